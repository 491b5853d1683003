function entity(character: string): string {
  return `&#${character.codePointAt(0)};`;
}

/**
 * Text from outside as plain text in a table cell: no markup, no HTML, no cell border, no line break, no link, no
 * mention. Entities, since Markdown never takes one for a mark (https://spec.commonmark.org/0.31.2/#entity-references).
 */
export function escapeCell(text: string): string {
  return (
    text
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
      .replace(/[&<>\\`*_~|[\]$]/g, entity)
      // GitHub links bare addresses …
      .replace(/:(?=\/\/)|(?<=\bwww)\./gi, entity)
      // … and names after an @; that filter sees through entities, but not across a space of no width.
      .replace(/(?<![\w.-])@(?=\w)/g, '@&#8203;')
  );
}

/** Lines from outside as a block of code; a longer fence keeps backticks inside. */
export function fenced(lines: readonly string[]): string {
  const text = lines.map((line) => line.replace(/[\r\n]+/g, ' ')).join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

/** A GitHub table. Cells are plain text; a row that is too short is filled up. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const row = (cells: readonly string[]) => line(headers.map((_, i) => escapeCell(cells[i] ?? '')));
  return [row(headers), line(headers.map(() => '---')), ...rows.map(row)].join('\n');
}

/**
 * Text from outside as inline code, in one line. Not for the cells of a table.
 * A longer fence keeps backticks inside (https://spec.commonmark.org/0.31.2/#code-spans).
 */
export function code(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line === '') return '';
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
