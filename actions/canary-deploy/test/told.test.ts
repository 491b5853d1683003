import { setTimeout } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { StepResult } from '@apex-actions/testkit/run-action';
import { describe, expect, it } from 'vitest';
import { createStage, image, type Stage } from './support/stage.ts';
import { told } from './support/told.ts';

/** Step, verdict, progress and both arms, in columns that all polls share. */
const COLUMNS =
  /^( {1,3}\d+ %|watch) \| [\w-]{7,12} *\| [█░]{8} +\S+ \/ \S+ *\| canary .{40,80} \| stable .{40,80} \| ./;

function expectReadable({ log, summary, limitViolations }: StepResult): void {
  const polls = stripVTControlCharacters(log)
    .split('\n')
    .filter((line) => /^ *(\d+ %|watch) \| /.test(line));
  expect(polls.filter((line) => !COLUMNS.test(line))).toEqual([]);
  expect(new Set(polls.map((line) => line.lastIndexOf(' | stable '))).size).toBeLessThanOrEqual(1);
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_536);
  expect(limitViolations).toEqual([]);
}

async function served(): Promise<Stage> {
  const stage = await createStage();
  await stage.create('v1');
  await stage.load();
  await setTimeout(2000); // until Cloud Monitoring shows them
  return stage;
}

const begun = (line: string) => line.includes('50 % |');

describe('what the log and the summary tell', () => {
  it('of a release that is promoted', async () => {
    const stage = await served();
    const result = await stage.deploy('v2');
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot();
  });

  it('of one that fails requests', async () => {
    const stage = await served();
    const result = await stage.deploy('failing');
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot();
  });

  it('of one that only fails probes', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const result = await stage.deploy('failing', { probe: '20/s /' });
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot();
  });

  it('of one that does not start', async () => {
    const stage = await served();
    const result = await stage.deploy('broken');
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot();
  });

  it('of one that an outage of both arms holds up until its time is over', async () => {
    const stage = await served();
    const running = stage.start('canary-deploy', { image: image('v2'), timeout: '10s' });
    await running.waitForLine(begun);
    stage.emulator.control.setServiceFault('shop', { failShare: 1 });
    await running.waitForLine((line) => line.includes('holding'));
    const result = await running.main;
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot();
  });

  it('of one whose time is over before Cloud Monitoring shows a request', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const result = await stage.deploy('v2', { timeout: '4s' });
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot();
  });

  it('of one that is cancelled', async () => {
    const stage = await served();
    const running = stage.start('canary-deploy', { image: image('v2') });
    await running.waitForLine(begun);
    running.cancel();
    const result = await running.main;
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot();
  });

  it('of one whose metrics cannot be read for a while', async () => {
    const stage = await served();
    const running = stage.start('canary-deploy', { image: image('v2') });
    await running.waitForLine(begun);
    stage.emulator.control.addFault({ method: 'ListTimeSeries', code: 'UNAVAILABLE', from: 1, count: 6 });
    const result = await running.main;
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot();
    expect(result.log).toMatch(/Trying again in \S+: UNAVAILABLE/);
  });

  it('without colours, where they are not wanted', async () => {
    const stage = await served();
    const result = await stage.run(
      'canary-deploy',
      { image: image('v2'), 'on-inconclusive': 'promote' },
      { NO_COLOR: '1' },
    );
    expect(result.log).not.toContain('\u001b');
    expectReadable(result);
  });
});
