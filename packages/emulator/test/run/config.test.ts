import { ConfigError, parseConfig } from '@apex-actions/emulator/config';
import { expect, test } from 'vitest';

const MINIMAL = { project: 'demo', region: 'europe-west1' };

function problemOf(input: unknown): string {
  try {
    parseConfig(input);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('the configuration was expected to be refused');
}

test('fills in the delays of Cloud Monitoring and everything else that is left out', () => {
  expect(parseConfig(MINIMAL)).toEqual({
    ...MINIMAL,
    scans: [],
    images: [],
    services: [],
    faults: [],
    deny: [],
    samplePeriodMs: 60_000,
    ingestDelayMs: 180_000,
    logDelayMs: 1000,
    secrets: {},
    sql: { instances: [] },
    reconcileDelayMs: 50,
  });
});

test.each([
  [{ region: 'europe-west1' }, 'project'],
  [{ ...MINIMAL, region: 'europe' }, 'region: expected a region'],
  [{ ...MINIMAL, 'reconcile-delay': '5' }, 'reconcile-delay: expected a number with ms, s, m or h'],
  [{ ...MINIMAL, metrics: { 'sample-period': 60 } }, 'metrics.sample-period'],
  [{ ...MINIMAL, images: [{ image: 'x', command: [] }] }, 'images[0].command: expected the program'],
  [{ ...MINIMAL, imgaes: [] }, 'imgaes'],
  [{ ...MINIMAL, faults: [{ method: 'GetService', code: 'BROKEN' }] }, 'faults[0].code'],
  [
    { ...MINIMAL, faults: [{ method: 'GetService' }] },
    'faults[0].code: give a code, a delay, a hold, or several of them',
  ],
  [
    { ...MINIMAL, faults: [{ method: 'GetService', code: 'UNAVAILABLE', nth: 1, count: 2 }] },
    'give either nth',
  ],
])('an error names the key and what is accepted: %j', (input, message) => {
  expect(problemOf(input)).toContain(message);
});
