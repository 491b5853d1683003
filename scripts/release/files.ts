import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findActions } from '../bundle/actions.ts';

export interface PublishedFile {
  readonly path: string;
  /** Where it is in this repository; that of a bundle is not committed. */
  readonly source: string;
  readonly content: Buffer;
}

/** What becomes the tree of one repository, as it is in this one. */
export interface Publication {
  readonly name: string;
  readonly files: readonly PublishedFile[];
}

const WORKFLOWS = 'workflows';

/** Published beside action.yml where an action has them. */
const OPTIONAL = ['checks.schema.json'];

function readAction(root: string, name: string): Publication {
  const folder = `actions/${name}`;
  const optional = OPTIONAL.filter((file) => existsSync(join(root, folder, file)));
  return {
    name,
    files: [
      read(root, 'LICENSE', 'LICENSE'),
      ...['action.yml', 'README.md', ...optional].map((file) => read(root, `${folder}/${file}`, file)),
      ...filesBelow(join(root, folder, 'dist')).map((file) =>
        read(root, `${folder}/dist/${file}`, `dist/${file}`),
      ),
    ],
  };
}

export function readActions(root: string): Publication[] {
  return findActions(root).map((name) => readAction(root, name));
}

/** Undefined while the repository has no reusable workflows. */
export function readWorkflows(root: string): Publication | undefined {
  if (!existsSync(join(root, WORKFLOWS))) return undefined;
  const workflows = readdirSync(join(root, WORKFLOWS)).filter((file) => file.endsWith('.yml'));
  return {
    name: WORKFLOWS,
    files: [
      read(root, 'LICENSE', 'LICENSE'),
      read(root, `${WORKFLOWS}/README.md`, 'README.md'),
      ...workflows.sort().map((file) => read(root, `${WORKFLOWS}/${file}`, `.github/workflows/${file}`)),
    ],
  };
}

function read(root: string, source: string, path: string): PublishedFile {
  return { source, path, content: readFileSync(join(root, source)) };
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
