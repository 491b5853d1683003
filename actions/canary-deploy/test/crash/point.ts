import { setTimeout } from 'node:timers/promises';
import { createStage, type Stage } from '../support/stage.ts';
import { NEXT, type Scenario } from './scenarios.ts';

/** One call of the API, counted by its method, and whether it takes effect. */
export type Call = { method: string; nth: number; effect: 'takes effect' | 'is lost' };
/** `drop`: the connection breaks, and the caller lives. */
export type Crash = 'SIGKILL' | 'cancel' | 'drop';
/** `nothing`: to see that the checks would notice. */
export type Repair = 'post' | 'next deploy' | 'rollback' | 'nothing';
export type Point = { call: Call; crash: Crash; repair: Repair };

async function onStage<T>(scenario: Scenario, use: (stage: Stage) => Promise<T>): Promise<T> {
  const ends: (() => Promise<void>)[] = [];
  const stage = await createStage({}, (end) => void ends.unshift(end));
  try {
    await scenario.prepare(stage);
    stage.emulator.control.clearCalls();
    return await use(stage);
  } finally {
    for (const end of ends) await end();
  }
}

const shortName = (method: string) => method.split('/').at(-1) ?? method;

/** The names of the calls that the scenario makes when nothing goes wrong. */
export function recordCalls(scenario: Scenario): Promise<string[]> {
  return onStage(scenario, async (stage) => {
    const running = stage.start(scenario.run.action, scenario.run.inputs);
    await running.main;
    const calls = stage.emulator.control.calls().map(({ method }) => shortName(method));
    await running.dispose();
    return calls;
  });
}

function faultOf({ method, nth, effect }: Call, crash: Crash) {
  if (crash === 'drop') {
    const when = effect === 'is lost' ? ('before' as const) : ('after' as const);
    return { kind: 'disconnect' as const, method, nth, when };
  }
  return {
    method,
    nth,
    hold: true as const,
    ...(effect === 'is lost' ? { code: 'UNAVAILABLE' as const } : {}),
  };
}

/** Runs the scenario up to the call, crashes it there, repairs, and says what is then wrong. */
export function tryPoint(scenario: Scenario, { call, crash, repair }: Point): Promise<string[]> {
  return onStage(scenario, async (stage) => {
    const { control } = stage.emulator;
    const before = scenario.title === 'a first deploy' ? {} : await stage.split();
    const stable = scenario.title.includes('resumed') ? undefined : before;
    control.clearCalls();
    control.addFault(faultOf(call, crash));
    const running = stage.start(scenario.run.action, scenario.run.inputs);
    let over = false;
    const main = running.main.finally(() => {
      over = true;
    });
    const reached = () =>
      control.calls().filter(({ method }) => shortName(method) === call.method).length >= call.nth;
    while (!over && !reached()) await setTimeout(10);
    if (crash === 'SIGKILL' && !over) process.kill(running.pid, 'SIGKILL');
    if (crash === 'cancel' && !over) running.cancel();
    // A killed process is gone before its call is handled; one that is cancelled may act on that, or wait for its call.
    await (crash === 'cancel' ? Promise.race([main, setTimeout(500)]) : main);
    control.clearFaults();
    await main;
    await stage.writesEnded();

    const wrong: string[] = [];
    const step = repair === 'post' || repair === 'nothing' ? undefined : repairStep(repair, scenario, stage);
    if (repair === 'post' && running.hasPost) {
      const post = await running.post();
      if (post.exitCode !== 0) wrong.push(`post failed: ${post.log}`);
    }
    const done = await step;
    // A rollout that is held is nobody's to repair: the next deploy is told so.
    const refused = (await isHeld(stage)) && done?.log.includes('is held at');
    if (repair === 'next deploy' && done?.exitCode !== 0 && !refused)
      wrong.push(`the next deploy failed: ${done?.log}`);
    return [...wrong, ...(await violations(stage, scenario, repair, stable))];
  });
}

function repairStep(repair: Exclude<Repair, 'post' | 'nothing'>, { next = NEXT }: Scenario, stage: Stage) {
  return repair === 'rollback'
    ? stage.run('rollback', { force: 'true' })
    : stage.run(next.action, next.inputs, { GITHUB_RUN_ATTEMPT: '2' });
}

async function isHeld(stage: Stage): Promise<boolean> {
  const service = await stage.service().catch(() => undefined);
  const record = service?.annotations?.['apex.dev/rollout'];
  return record !== undefined && JSON.parse(record).phase === 'held';
}

async function settledService(stage: Stage) {
  for (;;) {
    const service = await stage.service().catch(() => undefined);
    if (!service?.reconciling) return service;
    await setTimeout(10);
  }
}

/** What must hold after every crash and repair. */
async function violations(
  stage: Stage,
  { title }: Scenario,
  repair: Repair,
  stable: Record<string, number> | undefined,
): Promise<string[]> {
  const wrong: string[] = [];
  const service = await settledService(stage);
  if (!service) return title === 'a first deploy' ? [] : ['the service is gone'];
  const split = await stage.split();
  const shown = JSON.stringify(split);
  const sum = Object.values(split).reduce((total, percent) => total + percent, 0);
  if (sum !== 100 && !(title === 'a first deploy' && sum === 0)) wrong.push(`users have ${shown}`);
  const [revisions] = await stage.revisions.listRevisions({ parent: service.name ?? '' });
  for (const revision of Object.keys(split)) {
    const ready = revisions
      .find(({ name }) => name?.endsWith(`/${revision}`))
      ?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.state !== 'CONDITION_SUCCEEDED') wrong.push(`${revision} has users and is not Ready`);
  }
  const record = service.annotations?.['apex.dev/rollout'];
  const held = await isHeld(stage);
  if (record && !(held && repair !== 'rollback')) wrong.push(`the record is still there: ${record}`);
  const tags = (service.traffic ?? []).flatMap(({ tag }) => (tag ? [tag] : []));
  if (tags.length > 0 && !held) wrong.push(`tags are left: ${tags.join(', ')}`);
  const whole = Object.values(split).every((percent) => percent === 100);
  const restored = stable !== undefined && JSON.stringify(sorted(split)) === JSON.stringify(sorted(stable));
  if (!whole && !restored && !held)
    wrong.push(`users were left half-way: ${shown}, stable was ${JSON.stringify(stable)}`);
  if (service.labels?.team !== 'shop' || service.annotations?.['example.com/owner'] !== 'ada') {
    wrong.push('labels or annotations of others are gone');
  }
  return wrong;
}

const sorted = (split: Record<string, number>) => Object.entries(split).sort(([a], [b]) => (a < b ? -1 : 1));
