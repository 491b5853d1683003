import { existsSync, readdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { type ActionOptions, type RunningAction, runAction, startAction } from '../src/run-action.ts';
import { fixtureAction } from './support/fixture-action.ts';

const WAIT = 'setInterval(() => {}, 1000); console.log("ready");';
function start(options: ActionOptions): RunningAction {
  const action = startAction(options);
  onTestFinished(() => action.dispose());
  return action;
}
const ready = (line: string): boolean => line === 'ready';

test('sets every declared input, with its default, and passes undeclared ones on with a warning', async () => {
  const directory = fixtureAction({
    main: `for (const [k, v] of Object.entries(process.env)) if (k.startsWith('INPUT_')) console.log(k + '=' + v);`,
  });
  const { main, post } = await runAction({ directory, inputs: { Greeting: 'hi', typo: 'x' } });
  expect(main.lines.toSorted()).toEqual([
    'INPUT_DRY_RUN=false',
    'INPUT_GREETING=hi',
    'INPUT_NOTHING=',
    expect.stringMatching(/^INPUT_TOKEN=ghs_/),
    'INPUT_TYPO=x',
  ]);
  expect(main.log).toContain('INPUT_TOKEN=***');
  expect(main.annotations).toEqual([
    {
      level: 'warning',
      message: "Unexpected input(s) 'typo', valid inputs are ['greeting', 'dry run', 'nothing', 'token']",
    },
  ]);
  expect(post).toBeUndefined();
});

test('an input given as empty stays empty', async () => {
  const directory = fixtureAction({ main: `console.log('[' + process.env.INPUT_GREETING + ']');` });
  const { main } = await runAction({ directory, inputs: { greeting: '' } });
  expect(main.lines).toEqual(['[]']);
});

test('shows the action a job environment and nothing of ours but PATH', async () => {
  process.env.APEX_TEST_LEAK = 'leak';
  const directory = fixtureAction({
    main: `
      const { readdirSync } = require('node:fs');
      const event = require(process.env.GITHUB_EVENT_PATH);
      console.log(JSON.stringify({ ...process.env, cwd: process.cwd(), home: readdirSync(process.env.HOME), event }));`,
  });
  const { main } = await runAction({ directory, inputs: {}, env: { GITHUB_RUN_ID: '7', EXTRA: 'yes' } });
  delete process.env.APEX_TEST_LEAK;
  const seen = JSON.parse(main.lines[0] ?? '');
  expect(seen).toMatchObject({
    GITHUB_ACTIONS: 'true',
    GITHUB_RUN_ID: '7',
    EXTRA: 'yes',
    PATH: process.env.PATH,
    home: [],
    cwd: seen.GITHUB_WORKSPACE,
  });
  expect(seen.event.after).toBe(seen.GITHUB_SHA);
  expect(seen).not.toHaveProperty('APEX_TEST_LEAK');
});

test('reads outputs, state, environment, paths and summary', async () => {
  const directory = fixtureAction({
    main: `
      const { appendFileSync } = require('node:fs');
      appendFileSync(process.env.GITHUB_OUTPUT, 'answer=41\\nlong<<END\\none\\n\\ntwo=2<<x\\nEND\\nanswer=42\\n');
      appendFileSync(process.env.GITHUB_STATE, 'phase=deployed\\n');
      appendFileSync(process.env.GITHUB_ENV, 'LATER=on\\n');
      appendFileSync(process.env.GITHUB_PATH, '/opt/first\\n/opt/second\\n');
      appendFileSync(process.env.GITHUB_STEP_SUMMARY, '# Done\\n');`,
    post: `console.log([process.env.STATE_phase, process.env.LATER, process.env.PATH.split(':').slice(0, 2)].join(' '));`,
  });
  const { main, post } = await runAction({ directory, inputs: {} });
  expect(main).toMatchObject({
    exitCode: 0,
    conclusion: 'success',
    outputs: { answer: '42', long: 'one\n\ntwo=2<<x' },
    state: { phase: 'deployed' },
    env: { LATER: 'on' },
    paths: ['/opt/first', '/opt/second'],
    summary: '# Done\n',
    limitViolations: [],
  });
  expect(post?.lines).toEqual(['deployed on /opt/second,/opt/first']);
});

test('an output file that the runner cannot read fails the step', async () => {
  const directory = fixtureAction({
    main: `require('node:fs').writeFileSync(process.env.GITHUB_OUTPUT, 'answer<<END\\n42\\n');`,
  });
  const { main } = await runAction({ directory, inputs: {} });
  expect(main).toMatchObject({ exitCode: 0, conclusion: 'failure', outputs: {} });
  expect(main.annotations[0]?.message).toContain("Matching delimiter not found 'END'");
});

test('runs post after a main that failed, with the state it saved', async () => {
  const directory = fixtureAction({
    main: `require('node:fs').writeFileSync(process.env.GITHUB_STATE, 'phase=half\\n'); process.exit(3);`,
    post: `console.log('repairs ' + process.env.STATE_phase);`,
  });
  const { main, post } = await runAction({ directory, inputs: {} });
  expect(main).toMatchObject({ exitCode: 3, conclusion: 'failure' });
  expect(post).toMatchObject({ exitCode: 0, lines: ['repairs half'] });
});

test('main and post do not share output files, but masks', async () => {
  const directory = fixtureAction({
    main: `require('node:fs').writeFileSync(process.env.GITHUB_OUTPUT, 'answer=1\\n'); console.log('::add-mask::s3cret');`,
    post: `console.log(require('node:fs').readFileSync(process.env.GITHUB_OUTPUT, 'utf8') + 's3cret');`,
  });
  const { post } = await runAction({ directory, inputs: {} });
  expect(post).toMatchObject({ lines: ['s3cret'], log: '***', outputs: {} });
});

test('collects the lines of stdout and stderr, the last one without a line end too', async () => {
  const directory = fixtureAction({
    main: `process.stdout.write('one\\n'); setTimeout(() => process.stderr.write('two'), 20);`,
  });
  const { main } = await runAction({ directory, inputs: {} });
  expect(main.lines).toEqual(['one', 'two']);
});

test('cancel sends SIGINT to the node process alone, and post runs after it', async () => {
  const directory = fixtureAction({
    main: `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e',
        "process.on('SIGINT', () => console.log('child got SIGINT')); process.stdin.resume(); console.log('ready')"],
        { stdio: ['pipe', 'inherit', 'inherit'] });
      child.on('exit', () => process.exit(130));
      process.on('SIGINT', () => { console.log('main got SIGINT'); child.stdin.end(); });`,
    post: `console.log('post');`,
  });
  const action = start({ directory, inputs: {} });
  await action.waitForLine(ready);
  action.cancel();
  expect(await action.main).toMatchObject({
    exitCode: 130,
    conclusion: 'cancelled',
    lines: ['ready', 'main got SIGINT'],
  });
  expect(await action.post()).toMatchObject({ lines: ['post'] });
});

test('a main that ignores SIGINT gets SIGTERM, and one that ignores both is killed with its children', async () => {
  const directory = fixtureAction({
    main: `
      const { spawn } = require('node:child_process');
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log('ignored ' + signal));
      spawn(process.execPath, ['-e', ${JSON.stringify(WAIT)}], { stdio: 'inherit' });`,
  });
  const action = start({
    directory,
    inputs: {},
    cancelDelays: { sigtermAfterMs: 50, sigkillAfterMs: 50 },
  });
  await action.waitForLine(ready);
  action.cancel();
  // Pipes that a surviving child held open would keep main from ending with all its lines.
  expect(await action.main).toMatchObject({
    exitCode: null,
    signal: 'SIGKILL',
    conclusion: 'cancelled',
    lines: ['ready', 'ignored SIGINT', 'ignored SIGTERM'],
  });
});

test('a killed action, as on a lost runner, has no post', async () => {
  const directory = fixtureAction({ main: WAIT, post: `console.log('post');` });
  const action = start({ directory, inputs: {} });
  await action.waitForLine(ready);
  action.kill();
  expect(await action.main).toMatchObject({ signal: 'SIGKILL', conclusion: 'failure' });
  await expect(action.post()).rejects.toThrow('A lost runner runs no post step');
});

test('waitForLine finds lines of the past, and rejects with the log when the step ends without one', async () => {
  const directory = fixtureAction({ main: `console.log('ready');` });
  const action = start({ directory, inputs: {} });
  await action.main;
  expect(await action.waitForLine(ready)).toBe('ready');
  await expect(action.waitForLine((line) => line === 'never')).rejects.toThrow('It printed:\nready');
});

test('onLine gets the visible log of main and post as it appears', async () => {
  const directory = fixtureAction({
    main: `console.log('::add-mask::s3cret\\n::group::Build\\nuses s3cret\\n::endgroup::\\n::debug::hidden');`,
    post: `console.log('post');`,
  });
  const seen: string[] = [];
  await runAction({ directory, inputs: {}, onLine: (line) => seen.push(line) });
  expect(seen).toEqual(['##[group]Build', 'uses ***', '##[endgroup]', 'post']);
});

test('keeps the folders until it is disposed of, so that a test sees what an action left behind', async () => {
  const directory = fixtureAction({
    main: `require('node:fs').writeFileSync(process.env.RUNNER_TEMP + '/key.json', '{}');`,
  });
  const action = start({ directory, inputs: {} });
  await action.main;
  expect(readdirSync(action.directories.temp)).toContain('key.json');
  await action.dispose();
  expect(existsSync(action.directories.root)).toBe(false);
});

test('disposing of an action that still runs kills it', async () => {
  const action = start({ directory: fixtureAction({ main: WAIT }), inputs: {} });
  await action.waitForLine(ready);
  await action.dispose();
  expect(await action.main).toMatchObject({ signal: 'SIGKILL' });
});

test('an action that cannot start throws', () => {
  const directory = fixtureAction({ main: '' });
  expect(() => startAction({ directory, inputs: {}, node: '/nowhere/node' })).toThrow(
    'Cannot start /nowhere/node',
  );
  expect(() => startAction({ directory: '/nowhere', inputs: {} })).toThrow('/nowhere/action.yml');
});
