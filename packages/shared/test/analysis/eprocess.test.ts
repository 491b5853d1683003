import { budgetOf } from '@apex-actions/shared/analysis/budget';
import type { CheckName } from '@apex-actions/shared/analysis/checks';
import {
  logBetAbove,
  logBetOnRatio,
  logBetOnSplit,
  logEvidenceBelow,
  splitOf,
} from '@apex-actions/shared/analysis/eprocess';
import { advance, logEvidence, startProcess } from '@apex-actions/shared/analysis/process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policy } from './support.ts';

const shares = fc.double({ min: 0.001, max: 0.95, noNaN: true });
const counts = fc.integer({ min: 1, max: 2000 });

describe('a bet', () => {
  it('on the ratio has an expectation of at most 1 wherever the canary is within it', () => {
    fc.assert(
      fc.property(
        counts,
        counts,
        shares,
        shares,
        shares,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (nc, ns, share, stableShare, trueStable, part) => {
          const ratio = 2;
          const trueCanary = part * Math.min(1, ratio * trueStable);
          const one = (canaryBad: number, stableBad: number) =>
            logBetOnRatio(
              { n: nc, bad: canaryBad * nc },
              { n: ns, bad: stableBad * ns },
              share,
              stableShare,
              ratio,
            );
          // Linear in the counts, so the log of the expectation is the sum over independent requests.
          const good = one(0, 0);
          const [perCanary, perStable] = [(one(1, 0) - good) / nc, (one(0, 1) - good) / ns];
          const log =
            good +
            nc * Math.log1p(trueCanary * Math.expm1(perCanary)) +
            ns * Math.log1p(trueStable * Math.expm1(perStable));
          expect(log).toBeLessThanOrEqual(1e-6);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('on the split of the bad events has one of at most 1 wherever the canary is within the ratio', () => {
    fc.assert(
      fc.property(
        counts,
        counts,
        shares,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (nc, ns, trueStable, part, more) => {
          const ratio = 2;
          const trueCanary = part * Math.min(1, ratio * trueStable);
          const [canary, stable] = [
            { n: nc, bad: 0 },
            { n: ns, bad: 0 },
          ];
          const fair = splitOf(canary, stable, ratio);
          const split = fair + more * (1 - fair) * 0.999;
          const perCanary = logBetOnSplit({ n: nc, bad: 1 }, stable, split, fair);
          const perStable = logBetOnSplit(canary, { n: ns, bad: 1 }, split, fair);
          const log =
            nc * Math.log1p(trueCanary * Math.expm1(perCanary)) +
            ns * Math.log1p(trueStable * Math.expm1(perStable));
          expect(log).toBeLessThanOrEqual(1e-6);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is not made within the limit, and takes one bad event as proof against a limit of zero', () => {
    expect(logBetAbove({ n: 10, bad: 10 }, 0.4, 0.5)).toBe(0);
    expect(logBetAbove({ n: 10, bad: 1 }, 0.4, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(logBetOnRatio({ n: 10, bad: 10 }, { n: 0, bad: 0 }, 0.5, 0.1, 2)).toBe(0);
  });
});

describe('the evidence of a process', () => {
  it('is never NaN for 0, 1 and 10⁹ requests and every share and limit', () => {
    for (const limit of [0, 1e-9, 0.01, 0.5, 1]) {
      for (const n of [0, 1, 1e9]) {
        for (const bad of [0, n / 2, n]) {
          for (const stableBad of [0, n]) {
            let process = startProcess({ limit, ratio: 2, needed: Math.log(100) });
            for (const percent of [10, 10, 50])
              process = advance(process, { n, bad }, { n, bad: stableBad }, percent);
            expect(logEvidence(process)).not.toBeNaN();
          }
          expect(logEvidenceBelow({ n, bad }, limit)).not.toBeNaN();
        }
      }
    }
  });

  it('grows with every bad event of the canary', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (good, bad) => {
        const after = (more: number) => {
          const start = startProcess({ limit: 0.01, ratio: 2, needed: Math.log(100) });
          const canary = { n: good + bad + 1, bad: bad + more };
          return logEvidence(advance(start, canary, { n: 0, bad: 0 }, 10));
        };
        expect(after(1)).toBeGreaterThan(after(0));
      }),
    );
  });
});

describe('the error budget', () => {
  it.each([
    {},
    { watched: true },
    { maxLatencyP95Ms: 500 },
    { maxLatencyP95Ms: 500, maxLatencyRatio: 2, watched: true },
    { probed: true },
    { probed: true, maxLatencyP95Ms: 500, watched: true },
  ])('of %j is never more than the whole', (more) => {
    const asked = { ...policy, ...more };
    const phases = asked.watched ? [false, true] : [false];
    const names: CheckName[] = [
      'error-rate',
      ...('probed' in more ? (['probe-errors'] as const) : []),
      ...('maxLatencyP95Ms' in more ? (['latency-p95'] as const) : []),
      ...('maxLatencyRatio' in more ? (['latency-ratio'] as const) : []),
    ] as const;
    const sum = phases
      .flatMap((after) => names.map((name) => budgetOf(asked, name, after)))
      .reduce((a, b) => a + b);
    expect(sum).toBeCloseTo(1 - asked.confidence, 12);
  });
});
