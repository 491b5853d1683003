/** The smoke checks of mindmirror and platform, from the bundle of smoke-test: good releases pass, bad ones do not. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Postgres, query, startPostgres } from '@apex-actions/testkit/postgres';
import { runAction } from '@apex-actions/testkit/run-action';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runToEnd, startService } from './support/example-services.ts';
import { root } from './support/examples.ts';

const folders = globSync('{mindmirror/services,platform}/*/smoke.yaml', { cwd: join(root, 'examples') })
  .map(dirname)
  .sort();
/** Those with a database, and what they write to. */
const tables = new Map([
  ['mindmirror/services/habits', 'habits'],
  ['mindmirror/services/journal', 'entries'],
  ['mindmirror/services/users', 'users'],
]);

let postgres: Postgres;
const databases = new Map<string, string>();
beforeAll(async () => {
  postgres = await startPostgres();
  for (const folder of tables.keys()) {
    const url = await postgres.createDatabase();
    databases.set(folder, url);
    const { code, output } = await runToEnd(folder, ['../../shared/migrate.mjs'], { DATABASE_URL: url });
    expect(code, output).toBe(0);
  }
});
afterAll(() => postgres?.stop());

async function smokeTest(folder: string, env: Record<string, string> = {}) {
  const database = databases.get(folder);
  const { url } = await startService(
    { folder, program: 'server.mjs' },
    { ...env, ...(database && { DATABASE_URL: database }) },
  );
  const { main } = await runAction({
    directory: join(root, 'actions/smoke-test'),
    inputs: { url, 'checks-file': `examples/${folder}/smoke.yaml`, timeout: '1s' },
    env: { GITHUB_WORKSPACE: root },
  });
  return main;
}

it('there are those of the services that have users', () => {
  expect(folders).toEqual(
    [
      ...['gateway', 'habits', 'journal', 'users', 'web'].map((name) => `mindmirror/services/${name}`),
      ...['agent', 'api', 'websocket'].map((name) => `platform/${name}`),
    ].sort(),
  );
});

describe.each(folders)('%s', (folder) => {
  it('passes on a good release, and leaves nothing behind', async () => {
    const result = await smokeTest(folder);
    expect(result.exitCode, result.log).toBe(0);
    expect(Number(result.outputs.passed)).toBeGreaterThan(1);
    const table = tables.get(folder);
    if (table) expect(await query(databases.get(folder) ?? '', `select * from ${table}`)).toEqual([]);
  });

  it.each([
    ['errors', { FAIL_SHARE: '1' }, /answered 500/],
    ['health', {}, /GET \/health answered 503/],
  ])('finds the release with BROKEN=%s', async (broken, env: Record<string, string>, told) => {
    const result = await smokeTest(folder, { BROKEN: broken, ...env });
    expect(result.exitCode).toBe(1);
    expect(result.annotations).toEqual([
      expect.objectContaining({ level: 'error', message: expect.stringMatching(told) }),
    ]);
  });

  it('is what the published JSON Schema allows', () => {
    const schema = JSON.parse(readFileSync(join(root, 'actions/smoke-test/checks.schema.json'), 'utf8'));
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    const text = readFileSync(join(root, 'examples', folder, 'smoke.yaml'), 'utf8');
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    const named = /\$schema=(\S+)/.exec(text)?.[1] ?? '';
    expect(join(root, 'examples', folder, named)).toBe(join(root, 'actions/smoke-test/checks.schema.json'));
  });
});

it('finds a database that was not migrated', async () => {
  const folder = 'mindmirror/services/journal';
  const { url } = await startService(
    { folder, program: 'server.mjs' },
    { DATABASE_URL: await postgres.createDatabase() },
  );
  const { main } = await runAction({
    directory: join(root, 'actions/smoke-test'),
    inputs: { url, 'checks-file': `examples/${folder}/smoke.yaml` },
    env: { GITHUB_WORKSPACE: root },
  });
  expect(main.exitCode).toBe(1);
  expect(main.log).toMatch(/Check "Write" failed: POST \/entries answered 500/);
});
