/**
 * Draws docs/rollout.svg from what a run of the demo printed: `pnpm demo > demo.log; node scripts/picture.ts demo.log`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Chapter, readChapters } from './picture/polls.ts';
import { drawRollouts } from './picture/svg.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node scripts/picture.ts DEMO_LOG');
const rollouts: Chapter[] = readChapters(readFileSync(path, 'utf8')).filter(({ polls }) => polls.length > 0);
if (rollouts.length < 2)
  throw new Error(`${path} shows ${rollouts.length} rollouts, not a good and a bad one`);
const target = fileURLToPath(new URL('../docs/rollout.svg', import.meta.url));
writeFileSync(target, drawRollouts(rollouts));
console.log(`wrote docs/rollout.svg from ${rollouts.map(({ polls }) => polls.length).join(' and ')} polls`);
