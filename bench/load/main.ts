/**
 * What our load costs and measures, beside autocannon and wrk: requests a second of a plain GET on one core, and the
 * percentiles where all should see the same. All run in turns, since the machine is not the same from minute to minute.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { autocannon, type Contender, ours, pinned, startServer, wrk } from './contenders.ts';
import type { Measured, Run } from './run.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const durationSeconds = Number(process.env.BENCH_SECONDS ?? 4);
/** Of autocannon's requests a second. */
const TARGET = 0.8;

const both = [ours, autocannon];
const all = wrk ? [...both, wrk] : both;

type Case = {
  name: string;
  delayMs: number;
  contenders: Contender[];
  run: Omit<Run, 'url' | 'durationSeconds'>;
};
const cases: Case[] = [
  { name: 'as fast as it goes', delayMs: 0, contenders: all, run: { connections: 32 } },
  { name: 'a service of 20 ms, 32 users', delayMs: 20, contenders: all, run: { connections: 32 } },
  {
    name: 'a service of 20 ms, 200 a second',
    delayMs: 20,
    contenders: both,
    run: { connections: 20, perSecond: 200 },
  },
  { name: '1000 a second', delayMs: 0, contenders: both, run: { connections: 20, perSecond: 1000 } },
];

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function measure({ delayMs, contenders, run }: Case): Promise<Map<string, Measured[]>> {
  const server = await startServer(delayMs);
  try {
    const measured = new Map<string, Measured[]>(contenders.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      // Each goes first in turn, so that none always finds the machine as another left it.
      for (const i of contenders.keys()) {
        const contender = contenders[(i + round) % contenders.length];
        if (!contender) continue;
        const result = await contender.run({ ...run, url: server.url, durationSeconds });
        if (result.errors > 0) throw new Error(`${contender.name} had ${result.errors} errors`);
        measured.get(contender.name)?.push(result);
      }
    }
    return measured;
  } finally {
    server.stop();
  }
}

function summary(name: string, runs: readonly Measured[]) {
  const of = (key: keyof Measured) => median(runs.map((run) => run[key]));
  return { name, requestsPerSecond: of('requestsPerSecond'), p50: of('p50'), p95: of('p95'), p99: of('p99') };
}

if (!wrk) console.log('wrk is not installed, and left out');
if (!pinned) console.log('Not pinned to one core each: taskset is not there, or only one core');
const results: { name: string; runs: Record<string, Measured[]> }[] = [];
for (const each of cases) {
  const measured = await measure(each);
  results.push({ name: each.name, runs: Object.fromEntries(measured) });
  console.log(`Load, ${each.name}: medians of ${rounds} runs of ${durationSeconds} s, latencies in ms`);
  console.table(
    [...measured].map(([contender, runs]) => {
      const { requestsPerSecond, p50, p95, p99 } = summary(contender, runs);
      return {
        contender,
        'requests a second': Math.round(requestsPerSecond),
        P50: p50.toFixed(2),
        P95: p95.toFixed(2),
        P99: p99.toFixed(2),
      };
    }),
  );
}

/** Of runs one after the other, so that both had the same machine. */
function ratioTo(other: string): number {
  const { [ours.name]: own = [], [other]: others = [] } = results[0]?.runs ?? {};
  return median(
    own.map(({ requestsPerSecond }, i) => requestsPerSecond / (others[i]?.requestsPerSecond ?? Number.NaN)),
  );
}
const toAutocannon = ratioTo(autocannon.name);
console.log(
  `Requests a second on one core: ${toAutocannon.toFixed(2)} times those of autocannon (wanted: ${TARGET}${toAutocannon >= TARGET ? '' : ', MISSED'})${wrk ? `, ${ratioTo(wrk.name).toFixed(2)} times those of wrk` : ''}`,
);

const folder = new URL('../results/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(
  new URL('load.json', folder),
  `${JSON.stringify({ date: new Date().toISOString(), rounds, durationSeconds, pinned, toAutocannon, results }, null, 1)}\n`,
);
console.log('Written: bench/results/load.json');
