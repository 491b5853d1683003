import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checksJsonSchema } from '@apex-actions/shared/smoke/schema';
import type { StaleFile } from './update.ts';

const FILE = 'actions/smoke-test/checks.schema.json';

/** The JSON Schema of the checks, which is published beside the action, where it is not what the code says. */
export function staleChecksSchema(root: string): StaleFile[] {
  const updated = `${JSON.stringify(checksJsonSchema(), undefined, 2)}\n`;
  const path = join(root, FILE);
  return existsSync(path) && readFileSync(path, 'utf8') === updated ? [] : [{ file: FILE, updated }];
}
