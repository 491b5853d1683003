import { mkdirSync, writeFileSync } from 'node:fs';
import { POLICY } from './apex.ts';
import { BAD_CELLS, GOOD_CELLS, HELD_OUT_CELLS } from './cells.ts';
import { measureAll } from './parallel.ts';
import { plot } from './plot.ts';
import { quickerThanOurs, ratios, summarise } from './summary.ts';

const runs = Number(process.env.BENCH_RUNS ?? 2000);
const budget = 1 - POLICY.confidence;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

console.log(`Verdicts: ${GOOD_CELLS.length + BAD_CELLS.length} cells of ${runs} simulated rollouts each`);
const good = await measureAll(GOOD_CELLS, runs);
const bad = await measureAll(BAD_CELLS, runs);
const heldOut = await measureAll(HELD_OUT_CELLS, Math.min(runs, 500));
const rows = summarise(good, bad);

console.table(
  rows.map((row) => ({
    policy: row.name,
    'false rollbacks, worst calm cell': percent(row.worstWhenCalm),
    '… of all cells': percent(row.worstFalseRollbacks),
    misses: percent(row.misses),
    'median intervals': row.median.toFixed(1),
    'P95 intervals': row.p95.toFixed(1),
    'bad responses': Math.round(row.badResponses),
    'minutes to promote': row.promotion,
  })),
);

function showRatios(title: string, found: ReturnType<typeof ratios>): void {
  const within = found.filter(({ ratio }) => ratio <= 1.5).length;
  const whole = found.filter((each) => each.whole).length;
  const worst = Math.max(...found.map(({ ratio }) => ratio));
  console.log(
    `${title}: ${found.length} cells have a bound above two intervals; our median is within 1.5 times it in ${within}, 1.5 times the bound in whole intervals in ${whole}, at worst ${worst.toFixed(2)} times`,
  );
}
console.table(
  ratios(bad).map(({ cell: { weather: _, times: __, ...cell }, bound, median, ratio }) => ({
    ...cell,
    bound: bound.toFixed(1),
    median,
    ratio: ratio.toFixed(2),
  })),
);
showRatios('The grid', ratios(bad));
showRatios('Held out', ratios(heldOut));

const down = bad.filter(({ cell }) => cell.bad === 1);
console.log(
  'Every request fails, our median in intervals by the requests a second and the start of the fault:',
);
console.table(
  down
    .filter(({ cell }) => cell.base === 0)
    .map(({ cell, bound, scores }) => ({
      rate: cell.rate,
      faultAt: cell.faultAt,
      bound: bound?.toFixed(2),
      median: scores[0]?.median,
    })),
);
const quicker = quickerThanOurs(rows, bad, budget);
console.log(
  `Cells where another policy that keeps false rollbacks within ${percent(budget)} everywhere is quicker: ${quicker.length}`,
);
for (const each of quicker) console.log(`  ${each}`);
console.log('Minutes to promote a good release, median, without the delay of the metrics:');
console.table(
  good
    .filter(({ cell }) => cell.weather === 'calm' && cell.times === 1 && cell.base < POLICY.maxErrorRate)
    .map(({ cell, promoted }) => ({ rate: cell.rate, base: percent(cell.base), minutes: promoted })),
);

const folder = new URL('../results/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(
  new URL('verdict.json', folder),
  `${JSON.stringify({ runs, rows, ratios: ratios(bad), quicker, good, bad, heldOut }, null, 1)}\n`,
);
writeFileSync(new URL('verdict.svg', folder), plot(rows, budget));
console.log('Written: bench/results/verdict.json, bench/results/verdict.svg');
