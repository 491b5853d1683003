/** The smoke checks of the reference systems, from the bundle of smoke-test: good releases pass, bad ones do not. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Postgres, query, startPostgres } from '@apex-actions/testkit/postgres';
import { runAction } from '@apex-actions/testkit/run-action';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runToEnd, services, startService } from './support/example-services.ts';
import { root } from './support/examples.ts';

const folders = globSync('{mindmirror/services,platform,apex-memory}/*/smoke.yaml', {
  cwd: join(root, 'examples'),
})
  .map(dirname)
  .sort();
const workers = ['mindmirror/services/celery-worker', 'apex-memory/worker'];
/** Those with a database, and what they write to. */
const tables = new Map([
  ['mindmirror/services/habits', 'habits'],
  ['mindmirror/services/journal', 'entries'],
  ['mindmirror/services/users', 'users'],
]);

const schema = JSON.parse(readFileSync(join(root, 'actions/smoke-test/checks.schema.json'), 'utf8'));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

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

async function smokeTest(folder: string, env: Record<string, string>, atEnd: (kill: () => void) => void) {
  const database = databases.get(folder);
  const { url } = await startService(
    { folder, program: 'server.mjs' },
    { ...env, ...(database && { DATABASE_URL: database }) },
    atEnd,
  );
  const { main } = await runAction({
    directory: join(root, 'actions/smoke-test'),
    inputs: { url, 'checks-file': `examples/${folder}/smoke.yaml`, timeout: '1s' },
    env: { GITHUB_WORKSPACE: root },
  });
  return main;
}

it('there are those of all services that are built; those of the API of apex-memory have a test of their own', () => {
  const built = services.filter(({ service }) => !['apex-api', 'qdrant'].includes(service));
  expect(folders).toEqual(built.map(({ folder }) => folder).sort());
});

describe.each(folders)('%s', (folder) => {
  it.concurrent('passes on a good release, and leaves nothing behind', async ({ expect, onTestFinished }) => {
    const result = await smokeTest(folder, {}, onTestFinished);
    expect(result.exitCode, result.log).toBe(0);
    expect(Number(result.outputs.passed)).toBeGreaterThan(workers.includes(folder) ? 0 : 1);
    const table = tables.get(folder);
    if (table) expect(await query(databases.get(folder) ?? '', `select * from ${table}`)).toEqual([]);
  });

  it.concurrent.for([
    [
      'errors',
      { FAIL_SHARE: '1' },
      workers.includes(folder) ? /json tasks\.done: expected .*, got 0/ : /answered 500/,
    ],
    ['health', {}, /GET \/health answered 503/],
  ] satisfies [string, Record<string, string>, RegExp][])(
    'finds the release with BROKEN=%s',
    async ([broken, env, told], { expect, onTestFinished }) => {
      const result = await smokeTest(folder, { BROKEN: broken, ...env }, onTestFinished);
      expect(result.exitCode).toBe(1);
      expect(result.annotations).toEqual([
        expect.objectContaining({ level: 'error', message: expect.stringMatching(told) }),
      ]);
    },
  );

  it('is what the published JSON Schema allows', () => {
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
