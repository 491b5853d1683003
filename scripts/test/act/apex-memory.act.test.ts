/** apex-memory: an API with a database, a worker without users, and a database by digest. */
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { type Load, startLoad } from '@apex-actions/emulator/load/index';
import { type Postgres, query, startPostgres } from '@apex-actions/testkit/postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from './support/world.ts';

const { ALEMBIC = 'alembic' } = process.env;
const SERVICES = ['apex-api', 'apex-api-staging', 'apex-worker', 'apex-worker-staging'];
let postgres: Postgres;
let database: string;
let staging: string;
let world: World;
let users: Load;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await postgres.createDatabase();
  staging = await postgres.createDatabase();
  const PATH = [dirname(ALEMBIC), process.env.PATH].join(delimiter);
  world = await startWorld({
    example: 'apex-memory',
    services: [
      { name: 'apex-api', folder: 'api', env: { PATH } },
      { name: 'apex-worker', folder: 'worker' },
      { name: 'qdrant', folder: 'qdrant', command: ['node', 'stand-in.mjs'] },
    ],
    secrets: {
      'apex-database-url': database,
      'apex-staging-database-url': staging,
      'apex-smoke-password': 'correct horse battery staple',
      'apex-temporal-api-key': 'key',
      'qdrant-api-key': 'key',
    },
    // A limit that does not depend on how busy this machine is.
    vars: { LOAD_MAX_P95: '30s' },
  });
  users = startLoad({ url: world.url('apex-api'), ratePerSecond: 60, paths: ['/api/v1/query?q=a'] });
});

afterAll(async () => {
  await users?.stop();
  await world?.stop();
  await postgres?.stop();
});

const versions = (url: string) => query(url, 'select version_num from alembic_version');
const allUsers = () => SERVICES.map((name) => [name, world.users(name)]);

it('a push to main goes to staging, and then to the users', async () => {
  const commit = world.commit({ 'api/CHANGES': 'a good release\n' });
  const run = await world.push();
  expect(run.exitCode, run.log).toBe(0);
  const revision = (name: string) => `${name}-00043-${commit.slice(0, 7)}`;
  expect(allUsers()).toEqual(SERVICES.map((name) => [name, { [revision(name)]: 100 }]));
  expect(await versions(database)).toEqual([{ version_num: '0002' }]);
  expect(await versions(staging)).toEqual([{ version_num: '0002' }]);
  const built = await world.digest('apex-api', `main-${commit.slice(0, 7)}`);
  expect(built).toMatch(/^sha256:/);
  expect(await world.digest('apex-api', 'production-latest')).toBe(built);
});

it('a tag is the image that main has built, and a release on GitHub', async () => {
  const before = allUsers();
  const run = await world.tag('v1.2.3');
  expect(run.exitCode, run.log).toBe(0);
  expect(allUsers()).toEqual(before);
  const built = await world.digest('apex-api', `main-${world.head().slice(0, 7)}`);
  expect(await world.digest('apex-api', 'v1.2.3')).toBe(built);
  const [release, ...others] = world.github.repository().releases;
  expect(others).toEqual([]);
  expect(release).toMatchObject({ tag: 'v1.2.3', draft: false, prerelease: false });
  expect(release?.body).toContain(`- \`apex-api\`: \`${world.image('apex-api')}@${built}\``);
  expect(release?.body).toContain('- `apex-worker`: `');
  expect(world.github.violations()).toEqual([]);
});

it('a release that fails its users is rolled back, and the alias stays', async () => {
  const before = allUsers();
  const alias = await world.digest('apex-api', 'production-latest');
  const commit = world.commit({ 'api/CHANGES': 'a bad release\n' });
  const canary = `apex-api-00044-${commit.slice(0, 7)}`;
  const running = world.startPush();
  // What only production shows, and only once it has users.
  await running.printed(new RegExp(`Users have .*${canary} 10 %`));
  world.emulator.control.setRevisionFault('apex-api', canary, { failShare: 0.9 });
  const run = await running.ended;
  expect(run.exitCode).toBe(1);
  expect(run.log).toContain(`Canary ${canary} was rolled back: error-rate`);
  const [api, ...others] = before;
  expect(world.users('apex-api')).toEqual(api?.[1]);
  expect(world.users('apex-api-staging')).toEqual({ [`apex-api-staging-00044-${commit.slice(0, 7)}`]: 100 });
  expect(allUsers().slice(2)).toEqual(others.slice(1));
  expect(await world.digest('apex-api', 'production-latest')).toBe(alias);
});

it('a release whose migration fails is deployed nowhere', async () => {
  const before = allUsers();
  world.commit({
    'api/migrations/versions/0003_broken.py': `from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    op.execute("alter table there_is_none add column nothing int")
`,
  });
  const run = await world.push();
  expect(run.exitCode).toBe(1);
  expect(run.log).toMatch(/The migration failed with exit code 1: .*there_is_none/s);
  expect(allUsers()).toEqual(before);
  expect(await versions(database)).toEqual([{ version_num: '0002' }]);
  expect(await versions(staging)).toEqual([{ version_num: '0002' }]);
});

it('a release that fails its checks after the promotion is taken back, and does not reach production', async () => {
  const before = allUsers();
  const text = world
    .read('api/service.yaml')
    .replace('name: BROKEN, value: ""', 'name: BROKEN, value: login');
  world.commit({ 'api/migrations/versions/0003_broken.py': null, 'api/service.yaml': text });
  const run = await world.push();
  expect(run.exitCode).toBe(1);
  expect(run.log).toMatch(/Check "Login" failed/);
  expect(run.log).toMatch(/apex-api-staging-0004\d-\w+ serves all users/);
  expect(allUsers()).toEqual(before);
});

it('a database of others is deployed by digest, with nothing built', async () => {
  const repository = world.image('qdrant');
  const { status, stderr } = spawnSync(
    'docker',
    ['buildx', 'build', '--push', '--tag', `${repository}:latest`, join(world.directory, '../base')],
    { encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
  const image = `${repository}@${await world.digest('qdrant', 'latest')}`;
  const run = await world.dispatch('qdrant.yml', { image });
  expect(run.exitCode, run.log).toBe(0);
  expect(run.log).not.toContain('Pushed:');
  expect(Object.keys(world.users('qdrant'))).toEqual([expect.stringMatching(/^qdrant-00043-/)]);
});

it('rolls back by hand to a revision by its number', async () => {
  const run = await world.dispatch('rollback.yml', {
    service: 'apex-api',
    revision: '00042',
    reason: 'a customer calls',
    force: 'true', // it is older than the migrations
  });
  expect(run.exitCode, run.log).toBe(0);
  expect(world.users('apex-api')).toEqual({ 'apex-api-00042-old': 100 });
});
