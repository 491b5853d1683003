/** platform: three services that reach production within a maintenance window. */
import { type Load, startLoad } from '@apex-actions/emulator/load/index';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startWorld, type World } from './support/world.ts';

const NAMES = ['api', 'websocket', 'agent'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const loads: Load[] = [];
let world: World;

beforeAll(async () => {
  world = await startWorld({
    example: 'platform',
    services: NAMES.map((name) => ({ name, folder: name })),
    vars: {
      DEPLOY_WINDOW: `${DAYS[(new Date().getUTCDay() + 3) % 7]} 22:00-24:00 UTC`,
      WATCH: '4s',
      // Limits that do not depend on how busy this machine is.
      LOAD_RATE: '5/s',
      LOAD_MAX_P95: '30s',
      MAX_LATENCY_RATIO: '1000',
    },
  });
  for (const name of NAMES) {
    loads.push(startLoad({ url: world.url(name), ratePerSecond: 30, paths: ['/'] }));
  }
});

afterAll(async () => {
  await Promise.all(loads.map((load) => load.stop()));
  await world?.stop();
});

const production = () => NAMES.map((name) => world.users(name));
const at = (number: string, commit: string) =>
  NAMES.map((name) => ({ [`${name}-${number}-${commit.slice(0, 7)}`]: 100 }));

it('a push outside of the window ends with staging', async () => {
  const commit = world.commit({ 'shared/CHANGES': 'a good release\n' });
  const run = await world.push();
  expect(run.exitCode, run.log).toBe(0);
  for (const name of NAMES) {
    expect(world.users(`${name}-staging`)).toEqual({ [`${name}-staging-00043-${commit.slice(0, 7)}`]: 100 });
  }
  expect(production()).toEqual(NAMES.map((name) => ({ [`${name}-00042-old`]: 100 })));
  expect(run.log).toMatch(
    /It is \w{3} \d\d:\d\d UTC, and deploys begin within \w{3} 22:00-24:00 UTC\. Nothing was changed/,
  );
});

it('an emergency goes past it, with the image that staging has', async () => {
  const images = await Promise.all(NAMES.map((name) => world.digest(name, 'production-latest')));
  expect(images).toEqual([undefined, undefined, undefined]);
  const run = await world.dispatch('deploy.yml', { emergency: 'true' });
  expect(run.exitCode, run.log).toBe(0);
  const commit = world.head();
  expect(production()).toEqual(at('00043', commit));
  for (const name of NAMES) {
    const built = await world.digest(name, `main-${commit.slice(0, 7)}`);
    expect(await world.digest(name, 'production-latest')).toBe(built);
  }
});

it('one that fails its users is rolled back, and stops no other', async () => {
  const [before] = production();
  const alias = await world.digest('api', 'production-latest');
  const commit = world.commit({ 'shared/CHANGES': 'a bad release\n' });
  const canary = `api-00044-${commit.slice(0, 7)}`;
  const running = world.startDispatch('deploy.yml', { emergency: 'true' });
  // What only production shows, and only once it has users.
  await running.printed(new RegExp(`Users have .*${canary} 5 %`));
  world.emulator.control.setRevisionFault('api', canary, { failShare: 0.9 });
  const run = await running.ended;
  expect(run.exitCode).toBe(1);
  expect(run.log).toContain(`Canary ${canary} was rolled back: error-rate`);
  expect(production()).toEqual([before, ...at('00044', commit).slice(1)]);
  expect(await world.digest('api', 'production-latest')).toBe(alias);
});

it('a run that is cancelled in the middle of a canary leaves users with what they had', async () => {
  const before = production();
  const commit = world.commit({ 'shared/CHANGES': 'a release that is not wanted\n' });
  const running = world.startDispatch('deploy.yml', { emergency: 'true' });
  const canaries = NAMES.map((name) =>
    running.printed(
      new RegExp(`Users have ${name}-0004\\d-\\w+ 95 %, ${name}-0004\\d-${commit.slice(0, 7)} 5 %`),
    ),
  );
  await Promise.race(canaries);
  // None of the three goes on from here, however late another is.
  world.emulator.control.holdMetrics();
  onTestFinished(() => world.emulator.control.releaseMetrics());
  await Promise.all(canaries);
  running.cancel();
  const run = await running.ended;
  expect(run.exitCode, run.log).not.toBe(0);
  expect(production()).toEqual(before);
});
