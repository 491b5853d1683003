import { describe, expect, it } from 'vitest';
import { createStage, image, type Stage } from './support/stage.ts';

/** What would be commands of the runner if a line began with them, and ways to begin a line. */
const COMMANDS = [
  '::error::EVIL',
  '::set-output name=outcome::EVIL',
  '::add-mask::EVIL',
  '::stop-commands::EVIL',
  '::group::EVIL',
  '::save-state name=rollout::EVIL',
  '##[error]EVIL',
  '##[group]EVIL',
];
const LINE_STARTS = ['', 'text\n', 'text\r', 'text\r\n', 'text%0A', 'text\u2028', '\u001b[31m\n'];
const CORPUS = COMMANDS.flatMap((command) => LINE_STARTS.map((start) => `${start}${command}`));
/** All of it at once: what is harmful in any of them is harmful in this. */
const ALL = CORPUS.join('\n');

type Field = [name: string, run: (stage: Stage) => ReturnType<Stage['run']>];

const FIELDS: Field[] = [
  [
    'the message of an API error',
    (stage) => {
      stage.emulator.control.addFault({ method: 'GetService', code: 'PERMISSION_DENIED', message: ALL });
      return stage.deploy('v2');
    },
  ],
  [
    'the message of an API error that is tried again',
    (stage) => {
      stage.emulator.control.addFault({ method: 'GetService', nth: 1, code: 'UNAVAILABLE', message: ALL });
      return stage.deploy('v2', { 'dry-run': 'true' });
    },
  ],
  [
    'the message of an error of Cloud Monitoring',
    (stage) => {
      stage.emulator.control.addFault({ method: 'ListTimeSeries', code: 'INVALID_ARGUMENT', message: ALL });
      return stage.deploy('v2', { 'dry-run': 'true' });
    },
  ],
  [
    'the record of another rollout',
    async (stage) => {
      const record = {
        version: 1,
        id: 'theirs',
        runUrl: ALL,
        actor: ALL,
        startedAt: '2026-01-01T00:00:00.000Z',
        leaseUntil: '2999-01-01T00:00:00.000Z',
        phase: 'baking',
        percent: 10,
        canary: ALL,
        tag: 'canary',
        image: ALL,
        stable: [],
      };
      await stage.update({ annotations: { 'apex.dev/rollout': JSON.stringify(record) } }, ['annotations']);
      return stage.deploy('v2');
    },
  ],
  [
    'the history',
    async (stage) => {
      const entry = {
        at: '2026-01-01T00:00:00.000Z',
        outcome: 'rolled-back',
        revision: ALL,
        image: image('v2'),
        from: [],
        to: [],
        reason: ALL,
      };
      await stage.update({ annotations: { 'apex.dev/history': JSON.stringify([entry]) } }, ['annotations']);
      return stage.deploy('v2', { 'dry-run': 'true' });
    },
  ],
  [
    'the commit',
    (stage) => stage.run('canary-deploy', { image: image('v2'), 'dry-run': 'true' }, { GITHUB_SHA: ALL }),
  ],
  ['an image', (stage) => stage.run('canary-deploy', { image: `${image('v2')}${ALL}` })],
  ['a specification', (stage) => stage.deploy('v2', { spec: `template: { ${ALL}` })],
  ['custom checks', (stage) => stage.deploy('v2', { checks: `- name: ${JSON.stringify(ALL)}` })],
  ['an environment variable', (stage) => stage.deploy('v2', { 'env-vars': ALL.replaceAll('\n', '\\\n') })],
  ['the target of a rollback', (stage) => stage.run('rollback', { to: ALL })],
  ['the reason of a rollback', (stage) => stage.run('rollback', { to: '1', reason: ALL, 'dry-run': 'true' })],
];

describe('text from outside never starts a command of the runner', () => {
  it.each(FIELDS)('as %s', async (_, run) => {
    const stage = await createStage();
    await stage.create('v1');
    const result = await run(stage);
    expect(result.masks.filter((mask) => mask.includes('EVIL'))).toEqual([]);
    expect(result.groups.filter((title) => title.startsWith('EVIL'))).toEqual([]);
    expect(result.annotations.filter(({ message }) => message.startsWith('EVIL'))).toEqual([]);
    expect(Object.values(result.outputs).filter((value) => value.includes('EVIL'))).toEqual([]);
    expect(Object.values(result.state).filter((value) => value.includes('EVIL'))).toEqual([]);
    if (result.exitCode !== 0) {
      expect(result.annotations.filter(({ level }) => level === 'error')).toHaveLength(1);
    }
  });
});

describe('a secret value', () => {
  it('of an environment variable is in no log, summary, output or annotation of ours', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load();
    const secret = 'hunter2-very-secret';
    const result = await stage.deploy('v2', { 'env-vars': `PASSWORD=${secret}` });
    expect(result.outputs.outcome, result.log).toBe('promoted');
    const { annotations } = await stage.service();
    for (const text of [
      result.log,
      result.summary,
      JSON.stringify(result.outputs),
      JSON.stringify(annotations),
    ]) {
      expect(text).not.toContain(secret);
    }
  });

  it('is not repeated by the error about a malformed list', async () => {
    const stage = await createStage();
    const result = await stage.deploy('v2', { 'env-vars': 'hunter2-very-secret' });
    expect(result.exitCode).not.toBe(0);
    expect(result.log).not.toContain('hunter2');
  });
});
