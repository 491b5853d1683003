import { BETS, logStakes, sharesAbove } from '@apex-actions/shared/analysis/bets';
import { logWealth, newBook, openBets, settle } from '@apex-actions/shared/analysis/book';
import { budgetOf } from '@apex-actions/shared/analysis/budget';
import type { CheckName } from '@apex-actions/shared/analysis/checks';
import { logBetAbove, logBetOnRatio, logEvidenceBelow } from '@apex-actions/shared/analysis/eprocess';
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

describe('what is divided', () => {
  it('is never more than the whole: the stakes of one interval', () => {
    const limits = fc.double({ min: 1e-6, max: 0.9, noNaN: true });
    const requests = fc.integer({ min: 1, max: 1e9 });
    fc.assert(
      fc.property(limits, requests, fc.double({ min: 3, max: 12, noNaN: true }), (limit, n, needed) => {
        const sum = logStakes(sharesAbove(limit), limit, n, needed).reduce((a, log) => a + Math.exp(log), 0);
        expect(sum).toBeCloseTo(1, 9);
      }),
    );
  });

  it('is never more than the whole: the starts of a fault, whatever is seen', () => {
    const evenly = BETS.map(() => -Math.log(BETS.length));
    const intervals = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 3000 });
    fc.assert(
      fc.property(intervals, (seen) => {
        let book = newBook(BETS.length);
        for (const [stepBegins, alert] of seen) book = settle(openBets(book, stepBegins, evenly), [], alert);
        expect(logWealth(book)).toBeCloseTo(0, 6);
        expect(book.cash).toBeGreaterThan(0);
      }),
    );
  });

  it('is mostly kept until a step begins or an interval looks bad', () => {
    const evenly = BETS.map(() => -Math.log(BETS.length));
    const start = settle(openBets(newBook(BETS.length), true, evenly), [], false);
    const staked = (stepBegins: boolean, alert: boolean) =>
      1 - openBets({ ...start, alert }, stepBegins, evenly).cash / start.cash;
    expect(staked(false, false)).toBeLessThan(0.1);
    expect(staked(true, false)).toBeGreaterThan(0.5);
    expect(staked(false, true)).toBe(staked(true, false));
  });

  it.each([
    {},
    { watched: true },
    { maxLatencyP95Ms: 500 },
    { maxLatencyP95Ms: 500, maxLatencyRatio: 2, watched: true },
    { probed: true },
    { probed: true, maxLatencyP95Ms: 500, watched: true },
  ])('is never more than the whole: the error budget of %j', (more) => {
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
