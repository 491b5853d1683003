/** mindmirror: ten services in one repository, of which those that changed are deployed. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Load, startLoad } from '@apex-actions/emulator/load/index';
import { type Postgres, query, startPostgres } from '@apex-actions/testkit/postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from './support/world.ts';

const NAMES = readdirSync(resolve(import.meta.dirname, '../../../examples/mindmirror/services'));
const DATABASES = ['journal', 'habits', 'users'].flatMap((name) => [name, `${name}-staging`]);
const databases = new Map<string, string>();
const loads: Load[] = [];
let postgres: Postgres;
let world: World;

beforeAll(async () => {
  postgres = await startPostgres();
  for (const name of DATABASES) databases.set(name, await postgres.createDatabase());
  world = await startWorld({
    example: 'mindmirror',
    services: NAMES.map((name) => ({ name, folder: join('services', name) })),
    secrets: {
      ...Object.fromEntries([...databases].map(([name, url]) => [`${name}-database-url`, url])),
      'broker-url': 'amqp://127.0.0.1',
    },
  });
  for (const name of ['journal', 'meals', 'web']) {
    loads.push(startLoad({ url: world.url(name), ratePerSecond: 30, paths: ['/health'] }));
  }
});

afterAll(async () => {
  await Promise.all(loads.map((load) => load.stop()));
  await world?.stop();
  await postgres?.stop();
});

/** The services whose users have something else than at the start. */
const moved = () =>
  NAMES.flatMap((name) => [name, `${name}-staging`])
    .filter((name) => world.users(name)[`${name}-00042-old`] !== 100)
    .sort();
const artifacts = () =>
  world.github
    .repository()
    .artifacts.map(({ name }) => name)
    .sort();

it('a change in one service builds, migrates and deploys that one alone', async () => {
  const commit = world.commit({ 'services/journal/CHANGES': 'a good release\n' });
  const run = await world.push();
  expect(run.exitCode, run.log).toBe(0);
  expect(moved()).toEqual(['journal', 'journal-staging']);
  expect(world.users('journal')).toEqual({ [`journal-00043-${commit.slice(0, 7)}`]: 100 });
  for (const name of ['journal', 'journal-staging']) {
    const done = await query(databases.get(name) ?? '', 'select name from schema_migrations');
    expect(done.length, name).toBeGreaterThan(0);
  }
  const built = await world.digest('journal', `main-${commit.slice(0, 7)}`);
  expect(await world.digest('journal', 'staging-latest')).toBe(built);
  expect(await world.digest('journal', 'production-latest')).toBe(built);
  expect(run.log).toMatch(
    /\| journal \| ✅ journal-staging-00043-\w+ serves all users \| ✅ journal-00043-\w+ serves/,
  );
  expect(world.slack.messages()).toEqual([
    expect.stringMatching(/^:white_check_mark: \*journal-staging\* in staging: journal-staging-00043/),
    expect.stringMatching(/^:white_check_mark: \*journal\* in production: journal-00043/),
  ]);
});

it('a service whose migration fails is not deployed, and stops no other', async () => {
  const commit = world.commit({
    'services/users/migrations/0099_broken.sql': 'alter table there_is_none add column nothing int;\n',
    'services/meals/CHANGES': 'a good release\n',
  });
  const run = await world.push();
  expect(run.exitCode).toBe(1);
  expect(run.log).toMatch(/The migration failed .*there_is_none/s);
  expect(moved()).toEqual(['journal', 'journal-staging', 'meals', 'meals-staging']);
  expect(world.users('meals')).toEqual({ [`meals-00043-${commit.slice(0, 7)}`]: 100 });
  expect(await world.digest('users', 'production-latest')).toBeUndefined();
  expect(artifacts()).toEqual(
    expect.arrayContaining(['deploy-production-meals', 'deploy-staging-users-staging']),
  );
  expect(world.slack.messages()).toContainEqual(
    expect.stringMatching(
      /^:x: \*users-staging\* in staging: the migration failed, and nothing was deployed/,
    ),
  );
});

it('an image with a critical vulnerability is deployed nowhere', async () => {
  world.find('web', [
    { id: 'CVE-2026-0001', severity: 'CRITICAL', package: 'openssl', installed: '3.0.1', fixed: '3.0.2' },
  ]);
  world.commit({
    'services/users/migrations/0099_broken.sql': null,
    'services/web/CHANGES': 'old packages\n',
  });
  const run = await world.push();
  expect(run.exitCode).toBe(1);
  expect(run.log).toContain('CVE-2026-0001');
  expect(moved()).not.toContain('web-staging');
  world.find('web', []);
});

it('rolls back by hand to a revision by its number', async () => {
  const run = await world.dispatch('rollback.yml', {
    service: 'meals',
    revision: '00042',
    reason: 'a customer calls',
  });
  expect(run.exitCode, run.log).toBe(0);
  expect(world.users('meals')).toEqual({ 'meals-00042-old': 100 });
  expect(world.slack.messages().at(-1)).toMatch(
    /\*meals\* rolled back from meals-00043-\w+ to meals-00042-old/,
  );
});

it('a sweep finds nothing to restore where every rollout has ended', async () => {
  const before = moved();
  const run = await world.dispatch('sweep.yml', {});
  expect(run.exitCode, run.log).toBe(0);
  expect(moved()).toEqual(before);
});

it('a tag gives every service its version, and makes one release on GitHub', async () => {
  const kept = ['web', 'celery-worker'];
  const gone = NAMES.filter((name) => !kept.includes(name)).map((name) => [`services/${name}`, null]);
  const changed = kept.map((name) => [`services/${name}/CHANGES`, 'a good release\n']);
  const commit = world.commit(Object.fromEntries([...gone, ...changed]));
  const pushed = await world.push();
  expect(pushed.exitCode, pushed.log).toBe(0);
  const tagged = await world.tag('v1.2.3');
  expect(tagged.exitCode, tagged.log).toBe(0);
  const releases = world.github.repository().releases;
  expect(releases.map(({ tag }) => tag)).toEqual(['v1.2.3']);
  for (const name of kept) {
    const built = await world.digest(name, `main-${commit.slice(0, 7)}`);
    expect(await world.digest(name, 'v1.2.3')).toBe(built);
    expect(world.users(name)).toEqual({ [`${name}-00043-${commit.slice(0, 7)}`]: 100 });
    expect(releases[0]?.body).toContain(`- \`${name}\`: \`${world.image(name)}@${built}\``);
  }
  expect(world.github.violations()).toEqual([]);
});
