import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The names of all actions of the repository: every folder of `actions/` with an action.yml, sorted. */
export function findActions(root: string): string[] {
  return readdirSync(join(root, 'actions'))
    .filter((name) => existsSync(join(root, 'actions', name, 'action.yml')))
    .sort();
}
