import { describe, expect, it } from 'vitest';
import type { Answer, Contender, Counts } from '../contender.ts';
import { argoRollouts, argoRolloutsWith, type Measurement, SUCCESS_RATE } from '../policies/argo-rollouts.ts';
import { fixedThreshold } from '../policies/fixed-threshold.ts';
import { flagger } from '../policies/flagger.ts';
import { classify, kayenta, kayentaEveryTenMinutes } from '../policies/kayenta.ts';
import { releaseManager, releaseManagerAsSetUp } from '../policies/release-manager.ts';
import { sleep } from '../policies/sleep.ts';

const GOOD: Counts = { requests: 1000, errors: 0 };
const AT_LIMIT: Counts = { requests: 1000, errors: 10 };
const BAD: Counts = { requests: 1000, errors: 20 };
const IDLE: Counts = { requests: 0, errors: 0 };

const minutes = (count: number, counts: Counts): readonly Counts[] =>
  Array.from({ length: count }, () => counts);

/** What the policy decides, and in which minute (from 1); nothing if it is still going on at the end. */
function decisionOf(
  contender: Contender,
  canary: readonly Counts[],
  stable: Counts = GOOD,
): { answer: Answer; minute: number } | undefined {
  const judge = contender.start();
  for (const [i, counts] of canary.entries()) {
    const answer = judge.minute({ percent: 10, canary: counts, stable });
    if (answer !== 'go on') return { answer, minute: i + 1 };
  }
  return undefined;
}

const rollBack = (minute: number) => ({ answer: 'roll back', minute });
const promote = (minute: number) => ({ answer: 'promote', minute });

it('a judge of one release knows nothing of another', () => {
  for (const contender of [
    fixedThreshold,
    flagger,
    releaseManager,
    releaseManagerAsSetUp,
    argoRollouts,
    kayentaEveryTenMinutes,
  ]) {
    const alone = decisionOf(contender, minutes(200, GOOD));
    contender.start().minute({ percent: 10, canary: BAD, stable: GOOD });
    expect(decisionOf(contender, minutes(200, GOOD)), contender.name).toEqual(alone);
  }
});

describe('sleep 300', () => {
  it('promotes after five minutes, whatever the canary answers', () => {
    expect(decisionOf(sleep, minutes(5, GOOD))).toEqual(promote(5));
    expect(decisionOf(sleep, minutes(5, { requests: 100, errors: 100 }))).toEqual(promote(5));
  });
});

describe('a fixed threshold', () => {
  it('rolls back in the first minute above 1 %, and at 1 % does not', () => {
    expect(decisionOf(fixedThreshold, [...minutes(7, AT_LIMIT), BAD])).toEqual(rollBack(8));
  });

  it('passes minutes without requests and promotes at the end of the rollout', () => {
    expect(decisionOf(fixedThreshold, minutes(40, IDLE))).toEqual(promote(40));
  });

  it('rolls back for a single error in a quiet minute', () => {
    expect(decisionOf(fixedThreshold, [{ requests: 99, errors: 1 }])).toEqual(rollBack(1));
  });
});

describe('Cloud Run Release Manager', () => {
  it('promotes a healthy canary after four waits of 30 minutes', () => {
    expect(decisionOf(releaseManager, minutes(120, GOOD))).toEqual(promote(120));
  });

  it('rolls back in the minute in which the whole window is above 1 %, without waiting for the next step', () => {
    // 12 minutes of 0 %, then 2 %: half of the requests, or fewer, are bad until the 25th minute.
    expect(decisionOf(releaseManager, [...minutes(12, GOOD), ...minutes(20, BAD)])).toEqual(rollBack(25));
  });

  it('forgets what is older than 30 minutes', () => {
    // After 40 minutes of 0 %, 16 of the last 30 minutes must be bad.
    expect(decisionOf(releaseManager, [...minutes(40, GOOD), ...minutes(20, BAD)])).toEqual(rollBack(56));
  });

  it('lets unhealthy win over too few requests', () => {
    expect(decisionOf(releaseManager, [{ requests: 50, errors: 1 }])).toEqual(rollBack(1));
  });

  it('does not step forward with fewer than 100 requests in the window', () => {
    expect(decisionOf(releaseManager, minutes(500, { requests: 3, errors: 0 }))).toBeUndefined();
    expect(decisionOf(releaseManager, minutes(500, IDLE))).toBeUndefined();
  });

  it('with the arguments of its set-up waits four times ten minutes, without a minimum, and forgets after ten', () => {
    expect(decisionOf(releaseManagerAsSetUp, minutes(40, IDLE))).toEqual(promote(40));
    expect(decisionOf(releaseManagerAsSetUp, [...minutes(20, GOOD), ...minutes(10, BAD)])).toEqual(
      rollBack(26),
    );
  });
});

describe('Flagger', () => {
  it('promotes after maxWeight / stepWeight passed checks', () => {
    expect(decisionOf(flagger, minutes(10, AT_LIMIT))).toEqual(promote(10));
  });

  it('rolls back at the threshold of failed checks', () => {
    expect(decisionOf(flagger, minutes(10, BAD))).toEqual(rollBack(10));
  });

  it('adds up failed checks that are not consecutive', () => {
    const alternating = Array.from({ length: 19 }, (_, i) => (i % 2 === 0 ? BAD : GOOD));
    expect(decisionOf(flagger, alternating)).toEqual(rollBack(19));
  });

  it('holds the weight for each failed check', () => {
    expect(decisionOf(flagger, [...minutes(9, BAD), ...minutes(10, GOOD)])).toEqual(promote(19));
  });

  it('fails a check without values', () => {
    expect(decisionOf(flagger, minutes(10, IDLE))).toEqual(rollBack(10));
  });
});

describe('Argo Rollouts', () => {
  it('promotes after its four pauses of ten minutes', () => {
    expect(decisionOf(argoRollouts, minutes(40, AT_LIMIT))).toEqual(promote(40));
  });

  it('aborts at the fourth failed measurement, one more than failureLimit', () => {
    expect(decisionOf(argoRollouts, minutes(40, BAD))).toEqual(rollBack(20));
  });

  it('tolerates failureLimit failed measurements', () => {
    expect(decisionOf(argoRollouts, [...minutes(15, BAD), ...minutes(25, GOOD)])).toEqual(promote(40));
  });

  it('measures the five minutes since the last measurement as one', () => {
    const fifth = [...minutes(4, GOOD), { requests: 1000, errors: 50 }];
    expect(decisionOf(argoRollouts, Array.from({ length: 8 }, () => fifth).flat())).toEqual(promote(40));
    const sixth = [...minutes(4, GOOD), { requests: 1000, errors: 51 }];
    expect(decisionOf(argoRollouts, Array.from({ length: 8 }, () => sixth).flat())).toEqual(rollBack(20));
  });

  it('takes NaN for a failed measurement', () => {
    expect(decisionOf(argoRollouts, minutes(40, IDLE))).toEqual(rollBack(20));
  });

  const measuring = (...results: readonly Measurement[]) => {
    const left = [...results];
    return { ...SUCCESS_RATE, measure: () => left.shift() ?? 'successful' };
  };

  it('aborts at the fifth error in succession, and a result between them starts the count again', () => {
    const four = ['error', 'error', 'error', 'error'] as const;
    expect(decisionOf(argoRolloutsWith(measuring(...four, 'error')), minutes(40, GOOD))).toEqual(
      rollBack(25),
    );
    const broken = measuring(...four, 'successful', 'error', 'error');
    expect(decisionOf(argoRolloutsWith(broken), minutes(40, GOOD))).toEqual(promote(40));
  });

  it('pauses for good when inconclusive, without rolling back', () => {
    const contender = argoRolloutsWith(measuring('inconclusive', 'failed', 'failed', 'failed', 'failed'));
    expect(decisionOf(contender, minutes(400, GOOD))).toBeUndefined();
  });

  it('stops measuring after count, in which errors are not included', () => {
    const results = ['error', 'successful', 'failed', 'failed', 'failed', 'failed'] as const;
    const contender = argoRolloutsWith({ ...measuring(...results), count: 4 });
    expect(decisionOf(contender, minutes(40, GOOD))).toEqual(promote(40));
    const longer = argoRolloutsWith({ ...measuring(...results), count: 5 });
    expect(decisionOf(longer, minutes(40, GOOD))).toEqual(rollBack(30));
  });
});

describe('Kayenta', () => {
  /** Errors per minute that spread around a mean, the same on each call. */
  const noisy = (count: number, errors: number) =>
    Array.from({ length: count }, (_, i) => ({ requests: 1000, errors: errors + ((i * 7) % 5) }));

  it('first judges after an hour, and promotes after the third judgement', () => {
    expect(decisionOf(kayenta, minutes(59, BAD))).toBeUndefined();
    expect(decisionOf(kayenta, minutes(60, BAD))).toEqual(rollBack(60));
    expect(decisionOf(kayenta, minutes(180, GOOD))).toEqual(promote(180));
  });

  it('judges every ten minutes when told so', () => {
    expect(decisionOf(kayentaEveryTenMinutes, minutes(40, BAD))).toEqual(rollBack(10));
    expect(decisionOf(kayentaEveryTenMinutes, minutes(40, GOOD))).toEqual(promote(40));
  });

  it('looks back to the start: a late regression must outweigh the healthy minutes', () => {
    const stable = { requests: 10_000, errors: 20 };
    const late = [...noisy(30, 0), ...noisy(10, 100)];
    expect(decisionOf(kayentaEveryTenMinutes, late, stable)).toEqual(promote(40));
    expect(decisionOf(kayentaEveryTenMinutes, noisy(10, 100), stable)).toEqual(rollBack(10));
  });

  it('has no limit of its own: a canary as bad as stable passes', () => {
    expect(decisionOf(kayentaEveryTenMinutes, minutes(40, BAD), BAD)).toEqual(promote(40));
  });

  it('fails without data on one side', () => {
    expect(decisionOf(kayentaEveryTenMinutes, minutes(10, IDLE))).toEqual(rollBack(10));
    expect(decisionOf(kayentaEveryTenMinutes, minutes(10, GOOD), IDLE)).toEqual(rollBack(10));
  });

  describe('labels a metric', () => {
    const around = (mean: number) => Array.from({ length: 30 }, (_, i) => mean + ((i * 7) % 11) - 5);

    it('High where the canary is clearly above stable, even when the mean of stable is 0', () => {
      expect(classify(around(20), around(10))).toBe('High');
      expect(
        classify(
          around(20),
          minutes(30, GOOD).map(() => 0),
        ),
      ).toBe('High');
    });

    it('Pass where it is below, where both are alike, and where the difference is not clear', () => {
      expect(classify(around(10), around(20))).toBe('Pass');
      expect(classify(around(10), around(10).toReversed())).toBe('Pass');
      expect(classify(around(10.5), around(10))).toBe('Pass');
    });

    it('Pass where no side has an error', () => {
      expect(classify([0, 0, 0], [0, 0])).toBe('Pass');
    });

    it('Nodata where a side has no values', () => {
      expect(classify([], [1])).toBe('Nodata');
      expect(classify([1], [])).toBe('Nodata');
    });
  });
});
