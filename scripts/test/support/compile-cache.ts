import { rmSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where Node keeps the compiled code of the bundles that the testkit starts, many times each. */
export const compileCache = resolve(import.meta.dirname, '../../../node_modules/.cache/compiled');

/** Every run begins without: nothing is left of earlier bundles, nor of those that tests make. */
export default function setup(): void {
  rmSync(compileCache, { recursive: true, force: true });
}
