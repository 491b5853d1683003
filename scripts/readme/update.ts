import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ActionYml, readActionYml } from '@apex-actions/testkit/action-yml';
import { findActions } from '../bundle/actions.ts';
import { actionsTable, inputsTable, outputsTable, workflowTables } from './tables.ts';
import { readWorkflows } from './workflow-yml.ts';

export interface StaleFile {
  readonly file: string;
  /** The whole text as it should be. */
  readonly updated: string;
}

/**
 * Compares every table between markers with action.yml, or the workflow, and returns the files that differ.
 * Throws when an action has no README.md or a README.md lacks a marker.
 */
export function staleReadmes(root: string): StaleFile[] {
  const actions = new Map(
    findActions(root).map((name) => [name, readActionYml(join(root, 'actions', name))]),
  );
  return [
    ...[...actions].map(([name, action]) => actionReadme(root, name, action)),
    ...workflowsReadme(root),
    ...rootReadme(root, actions),
  ].filter(({ file, updated }) => readFileSync(join(root, file), 'utf8') !== updated);
}

export function writeReadmes(root: string, files: readonly StaleFile[]): void {
  for (const { file, updated } of files) writeFileSync(join(root, file), updated);
}

function actionReadme(root: string, name: string, action: ActionYml): StaleFile {
  const file = `actions/${name}/README.md`;
  if (!existsSync(join(root, file))) throw new Error(`${file} is missing`);
  const withInputs = fill(readFileSync(join(root, file), 'utf8'), 'inputs', inputsTable(action), file);
  return { file, updated: fill(withInputs, 'outputs', outputsTable(action), file) };
}

/** One for all workflows, since they lie flat; a marker for each. */
function workflowsReadme(root: string): StaleFile[] {
  const file = 'workflows/README.md';
  if (!existsSync(join(root, 'workflows'))) return [];
  const updated = [...readWorkflows(root)].reduce(
    (text, [name, workflow]) => fill(text, name, workflowTables(workflow), file),
    readFileSync(join(root, file), 'utf8'),
  );
  return [{ file, updated }];
}

/** The root README may list the actions; it need not. */
function rootReadme(root: string, actions: ReadonlyMap<string, ActionYml>): StaleFile[] {
  const file = 'README.md';
  if (!existsSync(join(root, file))) return [];
  const text = readFileSync(join(root, file), 'utf8');
  if (!text.includes('<!-- actions -->')) return [];
  return [{ file, updated: fill(text, 'actions', actionsTable(actions), file) }];
}

function fill(text: string, marker: string, content: string, file: string): string {
  const open = `<!-- ${marker} -->`;
  const close = `<!-- /${marker} -->`;
  const start = text.indexOf(open);
  const end = text.indexOf(close, start);
  if (start < 0 || end < 0) throw new Error(`${file} lacks the markers ${open} and ${close}`);
  return `${text.slice(0, start + open.length)}\n${content}\n${text.slice(end)}`;
}
