import { paint } from '@apex-actions/shared/action/paint';
import type { Assessment } from '@apex-actions/shared/analysis/verdict';
import type { Command } from '@apex-actions/shared/rollout/machine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeProgress, pollLine } from '../../src/rollout/poll-line.ts';
import { describeWait } from '../../src/rollout/wait.ts';
import { assessment, baking, NOW_MS } from './support.ts';

const finding = {
  check: 'error-rate',
  of: 'requests',
  canary: { n: 312, bad: 1 },
  stable: { n: 2940, bad: 3 },
  limit: 0.01,
  missing: 320,
} as const;
const convicted = {
  ...finding,
  check: 'probe-errors',
  of: 'probes',
  canary: { n: 353, bad: 71 },
  stable: { n: 353, bad: 0 },
  missing: undefined,
} as const;
const OBSERVE: Command = { type: 'observe' };
/** As if metrics came after three minutes. */
const due = (spanMs = 60_000) => NOW_MS - 400_000 + spanMs + 180_000;

const wait = (given: Assessment, coveredMs: number, next: Command = OBSERVE, state = baking) =>
  describeWait(state, given, coveredMs, next, NOW_MS, due);

describe('what a poll waits for', () => {
  it.each<[string, Assessment, number, string]>([
    [
      'before the first metrics',
      assessment('no-data'),
      0,
      'the first metrics of this step are due at 14:03:30Z (due)',
    ],
    [
      'within the bake, without a request',
      assessment('no-data'),
      60_000,
      'no request yet; judged when the metrics of the bake are in: 14:07:30Z (1m20s)',
    ],
    [
      'within the bake, after an outage of a minute',
      assessment('inconclusive', { heldMs: 60_000 }),
      300_000,
      'judged when the metrics of the bake are in: 14:08:30Z (2m20s)',
    ],
    [
      'beyond the bake',
      assessment('inconclusive', { check: 'error-rate', findings: [finding] }),
      360_000,
      'needs 320 more canary requests without an error, at most until 14:17:30Z (11m20s)',
    ],
    [
      'beyond the bake, by latency, with probes',
      assessment('inconclusive', {
        check: 'latency-p95',
        findings: [
          { ...finding, of: 'requests and probes', missing: 0 },
          { ...finding, check: 'latency-p95', missing: 12 },
        ],
      }),
      360_000,
      'needs 12 more canary requests that are fast enough, at most until 14:17:30Z (11m20s)',
    ],
    [
      'beyond the bake, by a gauge',
      assessment('inconclusive', { check: 'queue', findings: [{ ...finding, missing: 0 }] }),
      360_000,
      'it is inconclusive, at most until 14:17:30Z (11m20s)',
    ],
    [
      'in an outage',
      assessment('inconclusive', { holds: true, reason: 'both arms are down' }),
      60_000,
      'holding: both arms are down; if it lasts, stable is restored at 14:56:10Z (50m)',
    ],
  ])('%s', (_, given, coveredMs, expected) => {
    expect(wait(given, coveredMs)).toBe(expected);
  });

  it('is what comes next once it is decided', () => {
    const restore = { type: 'restore', reason: '', outcome: 'rolled-back' } as const;
    expect(wait(assessment('healthy'), 300_000, { type: 'shift', percent: 50 })).toBe(
      'every check is below its limit; next: 50 % of the users',
    );
    expect(wait(assessment('inconclusive'), 900_000, { type: 'promote' })).toBe(
      'nothing is proven; next: all users',
    );
    expect(
      wait(assessment('failing', { check: 'probe-errors', findings: [convicted] }), 60_000, restore),
    ).toBe('probe-errors over 1 %, counted since the probes began to count; next: stable is restored');
    expect(wait(assessment('failing', { check: 'queue', reason: 'queue: 5000' }), 60_000, restore)).toBe(
      'queue: 5000; next: stable is restored',
    );
  });

  it('is the end of the watch after promotion', () => {
    const watching = { ...baking, phase: 'watching' as const, step: 2 };
    expect(wait(assessment('healthy'), 60_000, OBSERVE, watching)).toBe(
      'watched until the metrics of 1h are in: 15:02:30Z (56m20s)',
    );
  });
});

const line = (given: Assessment, coveredMs: number, probed = false) =>
  paint(pollLine(baking, given, coveredMs, probed, '…'), false);

describe('the line of a poll', () => {
  const histogram = { boundsMs: [100, 200], counts: [90, 10, 0] };

  it('shows step, verdict, progress and both arms', () => {
    const arms = {
      canary: { requests: 312, errors: 1, latencies: histogram },
      stable: { requests: 2940, errors: 3, latencies: undefined },
    };
    expect(line(assessment('inconclusive', arms), 225_000)).toBe(
      ' 10 % | inconclusive | ██████░░  3m45s / 5m     | canary    312 req     0.32 % err P95   150 ms | stable   2940 req      0.1 % err P95     –    | …',
    );
  });

  it('names the probes that convicted, though none of them is in the step', () => {
    const failing = assessment('failing', { check: 'probe-errors', findings: [convicted] });
    expect(line(failing, 60_000, true)).toBe(
      ' 10 % | failing      | █░░░░░░░     1m / 5m     | canary      0 req          – err P95     –    +   353 probes     20.1 % err | stable      0 req          – err P95     –    +   353 probes        0 % err | …',
    );
  });

  it('has its columns where they were, whatever is in them', () => {
    const counts = fc
      .tuple(fc.nat(999_999), fc.nat(999_999), fc.nat(99_999))
      .map(([requests, errors, probes]) => ({
        requests,
        errors: Math.min(requests, errors),
        latencies: histogram,
        probes: { requests: probes, errors: Math.min(probes, errors) },
      }));
    const verdicts = fc.constantFrom('healthy', 'failing', 'inconclusive', 'no-data' as const);
    const borders = (text: string) => [...text.matchAll(/\|/g)].map(({ index }) => index);
    fc.assert(
      fc.property(verdicts, counts, counts, fc.nat(900_000), (verdict, canary, stable, coveredMs) => {
        const drawn = line(assessment(verdict, { canary, stable }), coveredMs, true);
        expect(borders(drawn)).toEqual(borders(line(assessment('no-data'), 0, true)));
      }),
    );
  });
});

it.each([
  [0, '░░░░░░░░     0s / 5m    '],
  [-5, '░░░░░░░░     0s / 5m    '],
  [299_999, '███████░  4m59s / 5m    '],
  [300_000, '████████     5m / 5m    '],
  [900_000, '████████    15m / 5m    '],
])('of five minutes %d ms are drawn as %j', (doneMs, expected) => {
  expect(describeProgress(doneMs, 300_000)).toBe(expected);
});
