import { inOrder, noCounts } from '@apex-actions/shared/analysis/evidence';
import { assess } from '@apex-actions/shared/analysis/verdict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arm, interval, policy } from './support.ts';

const quiet = interval(noCounts, arm(1000, 0));

function verdictOf(canary: [number, number], stable: [number, number], bakeCovered = true) {
  const one = interval(arm(...canary), arm(...stable));
  return assess(policy, { all: [one], step: [one], bakeCovered }).verdict;
}

describe('the verdict', () => {
  it.each([
    ['every request fails, in the first interval', [20, 20], [1000, 1], false, 'failing'],
    ['5 % against a limit of 1 %', [1000, 50], [1000, 1], false, 'failing'],
    ['both arms are down alike', [200, 200], [1000, 1000], true, 'inconclusive'],
    ['both arms above the limit alike', [1000, 40], [3000, 120], true, 'inconclusive'],
    ['above the limit, but less than twice stable', [1000, 30], [1000, 20], true, 'inconclusive'],
    ['three times stable, but below the limit', [3000, 9], [3000, 3], true, 'healthy'],
    ['flawless, with enough requests', [1000, 0], [1000, 0], true, 'healthy'],
    [
      'flawless, with enough requests, before the bake is covered',
      [1000, 0],
      [1000, 0],
      false,
      'inconclusive',
    ],
    ['flawless, with few requests', [50, 0], [1000, 0], true, 'inconclusive'],
    ['bad without a stable to compare with', [1000, 50], [0, 0], true, 'failing'],
    ['no request to the canary', [0, 0], [1000, 0], true, 'no-data'],
  ] as const)('%s', (_, canary, stable, bakeCovered, expected) => {
    expect(verdictOf([...canary], [...stable], bakeCovered)).toBe(expected);
  });

  it('does not take the requests of an earlier step for those of this one', () => {
    const earlier = interval(arm(5000, 0), arm(5000, 0));
    expect(assess(policy, { all: [earlier, quiet], step: [quiet], bakeCovered: true }).verdict).toBe(
      'no-data',
    );
  });

  it('convicts on the evidence of all steps together', () => {
    const half = interval(arm(200, 7), arm(200, 0));
    expect(assess(policy, { all: [half], step: [half], bakeCovered: false }).verdict).toBe('inconclusive');
    expect(assess(policy, { all: [half, half, half], step: [half], bakeCovered: false }).verdict).toBe(
      'failing',
    );
  });

  it('says whether the canary has been clean', () => {
    const bad = interval(arm(100, 1), arm(100, 0));
    expect(assess(policy, { all: [bad], step: [bad], bakeCovered: true }).clean).toBe(false);
    expect(assess(policy, { all: [quiet], step: [quiet], bakeCovered: true }).clean).toBe(true);
  });

  it('gives its figures and the limit as the reason', () => {
    const bad = interval(arm(1000, 50), arm(1000, 1));
    const { reason } = assess(policy, { all: [bad], step: [bad], bakeCovered: true });
    expect(reason).toBe(
      'error-rate: canary 5 % errors in 1000 requests, stable 0.1 % errors in 1000 requests; the limit is 1 %',
    );
  });
});

describe('latency', () => {
  const boundsMs = [50, 100, 200, 400, 800];
  const fast = { boundsMs, counts: [970, 20, 10, 0, 0, 0] };
  const slow = { boundsMs, counts: [100, 100, 300, 400, 100, 0] };
  const canaryIs = (latencies: typeof fast, stable = fast) =>
    interval(arm(1000, 0, latencies), arm(1000, 0, stable));

  it.each([
    ['P95 over its limit', { maxLatencyP95Ms: 400 }, slow, fast, 'failing'],
    ['P95 over its limit in both arms', { maxLatencyP95Ms: 400 }, slow, slow, 'inconclusive'],
    ['P95 under its limit', { maxLatencyP95Ms: 400 }, fast, fast, 'healthy'],
    ["more than twice stable's P95", { maxLatencyRatio: 2 }, slow, fast, 'failing'],
    ["stable's own P95", { maxLatencyRatio: 2 }, slow, slow, 'healthy'],
  ] as const)('%s', (_, limits, canary, stable, expected) => {
    const one = canaryIs(
      { ...canary, counts: [...canary.counts] },
      { ...stable, counts: [...stable.counts] },
    );
    expect(assess({ ...policy, ...limits }, { all: [one], step: [one], bakeCovered: true }).verdict).toBe(
      expected,
    );
  });

  it.each([
    [1, 8, true],
    [2, 8, false],
    [5, 100, true],
    [6, 100, false],
  ])('takes %s slow requests of %s for clean: %s', (slow, requests, clean) => {
    const one = canaryIs({ boundsMs, counts: [requests - slow, 0, 0, 0, 0, slow] });
    const evidence = { all: [one], step: [one], bakeCovered: true };
    expect(assess({ ...policy, maxLatencyP95Ms: 400 }, evidence).clean).toBe(clean);
  });
});

describe('after promotion', () => {
  it('allows what stable showed before, times the ratio', () => {
    const one = interval(arm(2000, 60));
    const judged = (before: ReturnType<typeof arm>) =>
      assess({ ...policy, watched: true }, { all: [one], step: [one], bakeCovered: true, before }).verdict;
    expect(judged(arm(10_000, 5))).toBe('failing');
    expect(judged(arm(10_000, 250))).toBe('healthy');
  });
});

describe('readings', () => {
  const minute = (nth: number, errors: number) => ({
    ...interval(arm(100, errors), arm(100, 0)),
    startMs: nth * 60_000,
    endMs: (nth + 1) * 60_000,
  });

  it('count once, in the order of time, and a later one of the same interval corrects it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(100)), { maxLength: 60 }), (readings) => {
        const ordered = inOrder(readings.map(([nth, errors]) => minute(nth, errors)));
        const last = new Map(readings);
        expect(ordered.map(({ startMs, canary }) => [startMs / 60_000, canary.errors])).toEqual(
          [...last].sort(([a], [b]) => a - b),
        );
      }),
    );
  });
});

describe('an outage of both arms', () => {
  const calm = interval(arm(500, 0), arm(500, 0));
  const down = { ...interval(arm(500, 150), arm(500, 150)), startMs: 60_000, endMs: 120_000 };
  const later = { ...calm, startMs: 120_000, endMs: 180_000 };
  const usual = { counts: arm(30_000, 30), spanMs: 3_600_000 };
  const at = (intervals: (typeof calm)[]) =>
    assess(policy, { all: intervals, step: intervals, bakeCovered: true, usual });

  it('holds while it lasts, and is no part of the bake', () => {
    expect(at([calm, down])).toMatchObject({
      verdict: 'inconclusive',
      holds: true,
      heldMs: 60_000,
      check: 'error-rate',
    });
    expect(at([calm, down]).reason).toMatch(
      /^both arms are down: in the last interval stable shows 30 % errors/,
    );
  });

  it('is forgotten when it clears: neither its errors nor its minutes count', () => {
    expect(at([calm, down, later])).toMatchObject({
      verdict: 'healthy',
      holds: false,
      heldMs: 60_000,
      clean: true,
    });
  });

  it('is not what a service shows that is always above its limit', () => {
    const noisy = interval(arm(500, 15), arm(5000, 150));
    const seen = assess(policy, {
      all: [noisy],
      step: [noisy],
      bakeCovered: true,
      usual: { counts: arm(60_000, 1800), spanMs: 3_600_000 },
    });
    expect(seen).toMatchObject({ verdict: 'inconclusive', holds: false, clean: false });
  });
});

describe('probes', () => {
  const probed = { ...policy, probed: true };
  const withProbes = (requests: number, errors: number) => ({ ...noCounts, probes: { requests, errors } });

  it('prove a release healthy, and fail one by a check of their own', () => {
    const good = interval(withProbes(1000, 0), withProbes(1000, 0));
    const seen = assess(probed, { all: [good], step: [good], bakeCovered: true });
    expect(seen.verdict).toBe('healthy');
    expect(seen.reason).toContain('0 % errors in 0 requests and 0 % errors in our 1000 probes');
    const bad = interval(withProbes(100, 40), withProbes(100, 0));
    expect(assess(probed, { all: [bad], step: [bad], bakeCovered: true })).toMatchObject({
      verdict: 'failing',
      check: 'probe-errors',
    });
  });
});

describe('a silent Cloud Monitoring', () => {
  const blank = (nth: number) => ({
    ...interval(noCounts, noCounts),
    startMs: nth * 60_000,
    endMs: (nth + 1) * 60_000,
  });
  const five = [0, 1, 2, 3, 4].map(blank);
  const seen = (requests: number, showsProbes = false) =>
    assess(policy, {
      all: five,
      step: five,
      bakeCovered: true,
      showsProbes,
      usual: { counts: arm(requests, 0), spanMs: 3_600_000 },
    });

  it('is told from a service without users by what stable showed in the hour before', () => {
    expect(seen(6000)).toMatchObject({ verdict: 'no-data', holds: true });
    expect(seen(6000).reason).toContain('Cloud Monitoring seems to be silent');
    expect(seen(6000, true).holds).toBe(false);
    expect(seen(60)).toMatchObject({ verdict: 'no-data', holds: false });
  });
});
