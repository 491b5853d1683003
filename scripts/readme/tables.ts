import type { ActionYml } from '@apex-actions/testkit/action-yml';
import type { WorkflowYml } from './workflow-yml.ts';

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

/** Everything that a caller of a reusable workflow has to know. */
export function workflowTables({ inputs, outputs, secrets, permissions }: WorkflowYml): string {
  const named = (head: string, rows: WorkflowYml['outputs']) =>
    table(
      [head, 'Description'],
      rows.map(({ name, description }) => [code(name), description]),
    );
  return [
    table(
      ['Input', 'Required', 'Type', 'Default', 'Description'],
      inputs.map((input) => [
        code(input.name),
        input.required ? 'yes' : '',
        input.type,
        code(input.default ?? ''),
        input.description,
      ]),
    ),
    ...(secrets.length > 0 ? [named('Secret', secrets)] : []),
    ...(outputs.length > 0 ? [named('Output', outputs)] : []),
    table(
      ['Permission that the caller grants', 'For'],
      permissions.map(({ scope, access, why }) => [code(`${scope}: ${access}`), why]),
    ),
  ].join('\n\n');
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
