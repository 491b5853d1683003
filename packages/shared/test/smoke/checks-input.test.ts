import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputReader } from '@apex-actions/shared/action/inputs';
import { type How, readChecks } from '@apex-actions/shared/smoke/checks-input';
import { expect, onTestFinished, test } from 'vitest';

async function directory(files: Readonly<Record<string, string>>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'checks-'));
  onTestFinished(() => rm(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return path;
}

type Env = Record<string, string>;

function read(written: string, how: How, given: Env = {}, env: Env = {}) {
  const reader = new InputReader({ INPUT_CHECKS: written });
  const set = readChecks(reader, 'checks', how, given, env);
  let problems = '';
  try {
    reader.finish();
  } catch (error) {
    problems = String(error);
  }
  return { set, problems };
}

test.each<[how: How, written: string]>([
  ['text', 'GET /a'],
  ['either', 'GET /a'],
  ['either', '- GET /a'],
  ['either', '{"checks": ["GET /a"]}'],
  ['either', 'request: GET /a'],
])('as %s, %j is checks', (how, written) => {
  const { set, problems } = read(written, how);
  expect(problems).toBe('');
  expect(set?.checks).toMatchObject([{ name: 'GET /a' }]);
});

test('a path is that of a file, whose schemas lie beside it', async () => {
  const path = await directory({
    'checks.yml': 'request: GET /a\nexpect: {schema: a.json}',
    'a.json': '{"type": "object"}',
  });
  for (const how of ['file', 'either'] as const) {
    const { set } = read(join(path, 'checks.yml'), how);
    expect(set?.checks[0]?.expect.schema?.([])).toEqual(['the body must be object']);
  }
});

test('problems have the place in the file, or in the input', async () => {
  const path = join(await directory({ 'checks.yml': '- GET /a\n- GET b' }), 'checks.yml');
  expect(read(path, 'file').problems).toContain(`\`checks\` (${path}:2:3): this must be a method and a path`);
  expect(read('- GET /a\n- GET b', 'text').problems).toContain('`checks` (line 2, column 3): this must be');
});

test('of many problems the first are told', () => {
  const { problems } = read(Array(25).fill('- GET').join('\n'), 'text');
  expect(problems.match(/a method and a path/g)).toHaveLength(10);
  expect(problems).toContain('`checks` has 15 more problems');
});

test('a file that is missing, or a directory, is a problem of the input', async () => {
  const path = await directory({});
  expect(read(join(path, 'gone.yml'), 'file').problems).toMatch(
    /gone.yml`; accepted: the path of a file with checks/,
  );
  expect(read(path, 'either').problems).toMatch(
    /accepted: checks as YAML, or the path of a file with checks/,
  );
});

test('what is in use and may be secret is known as such', () => {
  const env = { TOKEN: 'a', HOME: 'b', GITHUB_SHA: 'c', GITHUB_TOKEN: 'd', UNUSED: 'e', constructor: 'f' };
  const given = { stage: 'g', api_key: 'h', HOME: 'i' };
  const names = ['TOKEN', 'HOME', 'GITHUB_SHA', 'GITHUB_TOKEN', 'constructor', 'stage', 'api_key'];
  const text = JSON.stringify({
    request: 'POST /a',
    form: Object.fromEntries(names.map((name) => [name, `\${${name}}`])),
  });
  const { set, problems } = read(text, 'text', given, env);
  expect(problems).toBe('');
  expect(set?.secrets).toEqual(['a', 'd', 'f', 'h']);
  expect(set?.variables.get('HOME')).toBe('i');
});

test('secrets in keys that are named as keys of the format are known, too', () => {
  const { set } = read(
    `request: POST /a\njson: {name: "\${A}", type: ["\${B}"]}`,
    'text',
    {},
    { A: 'a', B: 'b' },
  );
  expect(set?.secrets).toEqual(['a', 'b']);
});

test('inputs of the action are no variables', () => {
  expect(read(`GET /\${INPUT_CHECKS}`, 'text', {}, { INPUT_CHECKS: 'a' }).problems).toContain(
    'is neither a variable',
  );
});
