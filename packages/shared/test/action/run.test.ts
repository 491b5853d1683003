import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const step = fileURLToPath(new URL('support/step.ts', import.meta.url));
const FILES = ['GITHUB_STATE', 'GITHUB_OUTPUT'];
let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  children = [];
  folder = mkdtempSync(join(tmpdir(), 'run-'));
  for (const name of FILES) writeFileSync(join(folder, name), '');
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts the step as the runner does. */
function start(scenario: string, env: Record<string, string> = {}): ChildProcess {
  const files = Object.fromEntries(FILES.map((name) => [name, join(folder, name)]));
  const child = spawn(process.execPath, [step], {
    env: { PATH: process.env.PATH, SCENARIO: scenario, ...files, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function finish(child: ChildProcess) {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    output.stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...output, lines: output.stdout.split('\n').filter((line) => line !== '') };
}

/** What was written to one of the runner's files: `name<<delimiter`, the value, the delimiter. */
function valuesIn(name: string): Record<string, string> {
  const text = readFileSync(join(folder, name), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^(.+)<<(.+)\n([\s\S]*?)\n\2$/gm)].map(([, key, , value]) => [key, value]),
  );
}

const state = () =>
  Object.fromEntries(Object.entries(valuesIn('GITHUB_STATE')).map(([k, v]) => [`STATE_${k}`, v]));

test('main runs first and post in the process that follows, with what main saved', async () => {
  const main = await finish(start('succeeds'));
  expect(main).toMatchObject({ code: 0, stdout: 'main\n', stderr: '' });
  expect(valuesIn('GITHUB_OUTPUT')).toEqual({ url: 'https://x', count: '3' });
  const post = await finish(start('succeeds', state()));
  expect(post).toMatchObject({ code: 0, stdout: 'post {"service":"api","percent":10}\n' });
});

test('post follows a main that failed, and knows that nothing was saved', async () => {
  await finish(start('fails unexpectedly'));
  expect(await finish(start('fails unexpectedly', state()))).toMatchObject({
    code: 0,
    stdout: 'post undefined\n',
  });
});

test('state that another version wrote is an error, not a silent nothing', async () => {
  const { code, stdout } = await finish(
    start('succeeds', { STATE_isPost: 'true', STATE_begun: '{"service":1}' }),
  );
  expect(code).toBe(1);
  expect(stdout).toContain('::error::Unexpected error:');
});

test('open handles do not keep the process alive, and all its output is out', async () => {
  const { code, lines } = await finish(start('leaves handles open'));
  expect(code).toBe(0);
  expect(lines).toHaveLength(20_001);
  expect(lines.at(-1)).toBe('the end');
});

test('an expected error is one annotation; its causes are for debugging', async () => {
  const { code, lines, stderr } = await finish(start('fails as expected'));
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(lines[0]).toBe('::error::It failed. Nothing was changed. Mend it.');
  expect(lines.slice(1).map((line) => line.replace(/%0A.*/, ''))).toEqual([
    '::debug::ActionError: It failed. Nothing was changed. Mend it.',
    '::debug::Error: 7 PERMISSION_DENIED',
    '::debug::Error: the root',
  ]);
});

test('an unexpected error says so, and where to report it', async () => {
  const env = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_ACTION_REPOSITORY: 'apex/canary-deploy' };
  const { code, lines } = await finish(start('fails unexpectedly', env));
  expect(code).toBe(1);
  expect(lines[0]).toMatch(
    /^::error::Unexpected error: no one knew ::set-output name=a::b\. It is not known/,
  );
  expect(lines[0]).toMatch(
    /open an issue with that log at https:\/\/github\.com\/apex\/canary-deploy\/issues\.$/,
  );
});

test.each(['throws outside', 'rejects outside'])(
  'an error that nobody waits for is reported too: %s',
  async (scenario) => {
    const { code, lines, stderr } = await finish(start(scenario));
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(lines[0]).toMatch(/^::error::Unexpected error: stray/);
    expect(lines.filter((line) => !/^::(error|debug)::/.test(line))).toEqual([]);
  },
);

test('a cancelled step is told which signal, ends in its own time, and fails', async () => {
  const child = start('waits for its signal');
  const finished = finish(child);
  child.stdout?.once('data', () => child.kill('SIGINT'));
  const { code, lines } = await finished;
  expect(code).toBe(1);
  expect(lines.slice(0, 3)).toEqual(['ready', 'told: the step was cancelled (SIGINT)', 'restored']);
  expect(lines[3]).toMatch(/^::error::Stopped: the step was cancelled \(SIGINT\)\./);
});

test('a step goes on to its end when the runner that listened is gone', async () => {
  const child = start('outlives its reader');
  child.stdout?.once('data', () => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  });
  const [code] = await once(child, 'exit');
  expect(code).toBe(7);
});
