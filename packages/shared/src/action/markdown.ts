/** Text from outside in a table cell: no markup, no cell border, no line break, no mention. */
function cell(text: string): string {
  return text
    .replace(/\s*\r?\n\s*/g, ' ')
    .replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`)
    .replace(/[\\`*_[\]|@]/g, (letter) => `\\${letter}`);
}

/** A GitHub table. Cells are plain text. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(headers), line(headers.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text from outside as inline code; its own backticks are replaced, since nothing can escape them there. */
export function code(text: string): string {
  return `\`${text.replace(/`/g, "'").replace(/\s*\r?\n\s*/g, ' ')}\``;
}
