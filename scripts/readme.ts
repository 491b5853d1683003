import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { staleChecksSchema } from './readme/checks-schema.ts';
import { staleReadmes, writeReadmes } from './readme/update.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = join(import.meta.dirname, '..');

const stale = [...staleReadmes(root), ...staleChecksSchema(root)];
if (values.check) {
  for (const { file } of stale) console.error(`${file} is not what the sources say; run \`pnpm readme\``);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  writeReadmes(root, stale);
  for (const { file } of stale) console.log(`updated ${file}`);
}
