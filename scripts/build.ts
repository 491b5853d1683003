import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findActions } from './bundle/actions.ts';
import { bundle } from './bundle/bundle.ts';
import { compile } from './bundle/compile.ts';
import { withBuildLock } from './bundle/lock.ts';
import { buildReportPage } from './bundle/report-page.ts';
import { inputHash, isStale, markBuilt } from './bundle/stale.ts';

// ncc itself calls fs.existsSync in a way that Node deprecated.
process.noDeprecation = true;

const { values } = parseArgs({ options: { 'if-stale': { type: 'boolean', default: false } } });
const root = join(import.meta.dirname, '..');

await withBuildLock(root, async () => {
  const names = findActions(root).filter((name) => !values['if-stale'] || isStale(root, name));
  if (names.length === 0) return;
  const hashes = new Map(names.map((name) => [name, inputHash(root, name)]));
  compile(root, names);
  const ofPage = await buildReportPage(root);
  for (const [name, hash] of hashes) {
    await bundle(root, name, ofPage);
    markBuilt(root, name, hash);
    console.log(`built actions/${name}/dist`);
  }
});
