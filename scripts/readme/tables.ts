import type { ActionYml } from '@apex-actions/testkit/action-yml';

export function inputsTable({ inputs }: ActionYml): string {
  return table(
    ['Input', 'Required', 'Default', 'Description'],
    inputs.map((input) => [
      code(input.name),
      input.required ? 'yes' : '',
      input.default === undefined ? '' : code(input.default),
      input.description,
    ]),
  );
}

export function outputsTable({ outputs }: ActionYml): string {
  return table(
    ['Output', 'Description'],
    outputs.map((output) => [code(output.name), output.description]),
  );
}

/** One row per action, by the name of its folder. */
export function actionsTable(actions: ReadonlyMap<string, ActionYml>): string {
  return table(
    ['Action', 'Name', 'What it does'],
    [...actions].map(([folder, action]) => [
      `[${code(folder)}](actions/${folder}/README.md)`,
      action.name,
      action.description,
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(cell).join(' | ')} |`)
    .join('\n');
}

function cell(text: string): string {
  return text
    .trim()
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, '<br>');
}

/** Line by line, since inline code cannot hold the `<br>` that a cell needs for a new line. */
function code(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => (line === '' ? '' : `\`${line}\``))
    .join('\n');
}
