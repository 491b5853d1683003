/**
 * Many rollouts of many services at once, with random faults of the API and users all the time. Exits 0 only if every
 * rollout is promoted, no more users go without an answer than without rollouts, and the action stays within its memory and
 * its calls. `SOAK_SEED`, `SOAK_SERVICES` and `SOAK_ROLLOUTS` change what is tried.
 */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEmulator } from '@apex-actions/emulator/emulator';
import { startLoad } from '@apex-actions/emulator/load/index';
import { readJournal } from '@apex-actions/shared/report/page';
import { seeded } from '@apex-actions/testkit/random';
import { startAction } from '@apex-actions/testkit/run-action';
import { releases } from './demo/releases.ts';

const seed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 1e6));
const services = Number(process.env.SOAK_SERVICES ?? 20);
const rollouts = Number(process.env.SOAK_ROLLOUTS ?? 200);
/** Of what is held for a second: what a collection or the compiler needs for a moment is no leak. */
const MEMORY_LIMIT_MB = 150;
const SAMPLE_MS = 200;
const SAMPLES_HELD = 5;
/** A poll takes two or three, and what a short rollout does before and after adds one to each: 3.8 on two cores. */
const CALLS_LIMIT_PER_POLL = 8;
const USERS_PER_SECOND = 15;
/** The same users and no rollout, to compare with. */
const CONTROL_MS = 30_000;
const random = seeded(seed);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

const directory = fileURLToPath(new URL('../actions/canary-deploy', import.meta.url));
const shop = fileURLToPath(new URL('demo/shop.ts', import.meta.url));
const names = Array.from({ length: services }, (_, i) => `shop-${i + 1}`);
const { first, good } = releases;
const emulator = await startEmulator({
  project: 'demo-project',
  region: 'europe-west1',
  images: [first, good].map(({ image, env }) => ({ image, env, command: [process.execPath, shop] })),
  services: names.map((name) => ({ name, template: { containers: [{ image: first.image }] } })),
  metrics: { 'sample-period': '1s', 'ingest-delay': '500ms' },
});

/** Faults that pass: whatever they hit has to be tried again, read again, or decided again. */
const FAULTS = [
  { method: 'UpdateService', code: 'UNAVAILABLE', when: 'before' },
  { method: 'UpdateService', code: 'UNAVAILABLE', when: 'after' },
  { method: 'UpdateService', code: 'DEADLINE_EXCEEDED', when: 'after' },
  { method: 'GetService', code: 'RESOURCE_EXHAUSTED' },
  { method: 'GetService', code: 'UNAVAILABLE', delay: '2s' },
  { method: 'GetOperation', code: 'UNAVAILABLE' },
  { method: 'ListTimeSeries', code: 'UNAVAILABLE' },
  { kind: 'etag-race' },
  { kind: 'disconnect', method: 'UpdateService', when: 'before' },
  { kind: 'disconnect', method: 'UpdateService', when: 'after' },
] as const;

function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // The process has ended.
  }
}

/** From the report, since the log leaves polls out that show nothing new. */
function pollsOf(report: string | undefined): number {
  return report ? readJournal(readFileSync(report, 'utf8')).polls.length : 0;
}

const totals = { promoted: 0, minutes: 0, polls: 0, mostMb: 0, heldMb: 0 };
const wrong: string[] = [];

async function rollOut(service: string, nth: number): Promise<void> {
  if (random() < 0.7) emulator.control.addFault({ ...pick(FAULTS), nth: 1 + Math.floor(random() * 20) });
  const startedMs = Date.now();
  const running = startAction({
    directory,
    inputs: {
      service,
      region: emulator.region,
      'project-id': emulator.project,
      'health-path': '/health',
      image: nth % 2 === 0 ? good.image : first.image,
      'env-vars': `ROLLOUT=${nth}`,
      steps: '50',
      bake: '2s',
      'max-bake': '10s',
      'poll-interval': '500ms',
      'max-error-rate': '10%',
      'on-inconclusive': 'promote',
    },
    env: {
      CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: emulator.endpoints.run,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: emulator.endpoints.monitoring,
      GITHUB_RUN_ID: `${nth}`,
    },
  });
  let over = false;
  const main = running.main.finally(() => {
    over = true;
  });
  const samples: number[] = [];
  while (!over) {
    samples.push(residentMb(running.pid));
    await setTimeout(SAMPLE_MS);
  }
  const held = samples.slice(SAMPLES_HELD - 1).map((_, i) => Math.min(...samples.slice(i, i + SAMPLES_HELD)));
  totals.mostMb = Math.max(totals.mostMb, ...samples);
  totals.heldMb = Math.max(totals.heldMb, ...held);
  const result = await main;
  await running.post();
  totals.minutes += (Date.now() - startedMs) / 60_000;
  totals.polls += pollsOf(result.outputs.report);
  if (result.outputs.outcome === 'promoted') totals.promoted += 1;
  else wrong.push(`${service}, rollout ${nth}: ${result.outputs.outcome ?? 'no outcome'}\n${result.log}`);
  await running.dispose();
}

/** How many requests users sent while this ran, and how many of them were not answered with 200. */
async function underLoad(work: () => Promise<unknown>): Promise<{ sent: number; unanswered: number }> {
  const urls = (emulator.control.services() as { uri: string }[]).map(({ uri }) => uri);
  const loads = urls.map((url) => startLoad({ url, ratePerSecond: USERS_PER_SECOND }));
  await work();
  const stats = await Promise.all(loads.map((load) => load.stop()));
  const sent = stats.reduce((sum, each) => sum + each.sent, 0);
  return { sent, unanswered: sent - stats.reduce((sum, { byStatus }) => sum + (byStatus['200'] ?? 0), 0) };
}

console.log(`Soak: ${rollouts} rollouts of ${services} services, seed ${seed}`);
try {
  const control = await underLoad(() => setTimeout(CONTROL_MS));
  emulator.control.clearCalls();
  let next = 0;
  const users = await underLoad(() =>
    Promise.all(
      names.map(async (service) => {
        while (next < rollouts) {
          next += 1;
          await rollOut(service, next);
          if (next % 20 === 0) console.log(`${totals.promoted} promoted, ${wrong.length} not`);
        }
      }),
    ),
  );
  const calls = emulator.control.calls().length;
  const callsPerPoll = calls / totals.polls;
  console.log(`${totals.promoted} of ${rollouts} promoted`);
  console.log(
    `${control.sent} requests of users before the rollouts, ${control.unanswered} not answered with 200`,
  );
  console.log(`${users.sent} during the rollouts, ${users.unanswered} not answered with 200`);
  console.log(
    `${Math.round(totals.heldMb)} MB at most in one run of the action, ${Math.round(totals.mostMb)} MB for less than a second`,
  );
  console.log(
    `${callsPerPoll.toFixed(1)} API calls per poll, all others of a rollout included; ${(calls / totals.minutes).toFixed(0)} per rollout and minute, polling twice a second`,
  );
  for (const each of wrong) console.log(each);
  const asPromised =
    wrong.length === 0 &&
    users.unanswered <= control.unanswered &&
    totals.heldMb <= MEMORY_LIMIT_MB &&
    callsPerPoll <= CALLS_LIMIT_PER_POLL;
  process.exitCode = asPromised ? 0 : 1;
} finally {
  await emulator.stop();
}
