import { budgetOf } from '../analysis/budget.ts';
import type { Usual } from '../analysis/evidence.ts';
import { missingFrom } from '../analysis/finding.ts';
import { judgeInterval, startJudge } from '../analysis/judge.ts';
import type { Policy } from '../analysis/policy.ts';
import { firstWhere } from '../analysis/search.ts';
import { binomialTail } from '../analysis/tail.ts';
import type { Visibility } from './observer.ts';
import type { Plan } from './plan.ts';

const DAY_S = 24 * 3600;
/** With what probability a fault counts as caught. */
const POWER = 0.9;
/** Beyond half of the traffic stable becomes too small to compare with. */
const MOST_TELLING = 50;
/** What a step should be able to tell from the limit: this many times the limit's share. */
const WORTH_SEEING = 5;

/** What one step can be expected to show, if the service goes on as in the hour before. */
export type StepForecast = {
  percent: number;
  /** Canary requests in the bake. */
  requests: number;
  /** The smallest share of errors that is caught within the bake with 90 % probability; 1 may not be, then `undefined`. */
  smallestShare: number | undefined;
  /** From the start of a total failure to its verdict, with 95 % probability; `undefined` if not within the longest bake. */
  totalFailureMs: number | undefined;
  /** Canary requests without an error that prove a step healthy. */
  healthyFrom: number;
};

type Traffic = { requestsPerMs: number; errorShare: number };

function trafficOf({ counts: { requests, errors }, spanMs }: Usual): Traffic {
  return {
    requestsPerMs: requests / Math.max(1, spanMs),
    errorShare: requests === 0 ? 0 : errors / requests,
  };
}

/**
 * Would so many bad requests of so many convict, spread evenly over so many intervals? Stable's errors are one standard
 * deviation high.
 */
function convicts(
  policy: Policy,
  canary: { n: number; bad: number },
  stable: { n: number; share: number },
  percent: number,
  intervals: number,
): boolean {
  const expected = stable.n * stable.share;
  const errors = Math.min(stable.n, Math.ceil(expected + Math.sqrt(expected)));
  let judge = startJudge(policy, undefined);
  for (let i = 0; i < intervals; i++) {
    const part = (all: number) => Math.floor((all * (i + 1)) / intervals) - Math.floor((all * i) / intervals);
    const arm = (requests: number, bad: number) => ({
      requests: part(requests - bad) + part(bad),
      errors: part(bad),
      latencies: undefined,
    });
    judge = judgeInterval(judge, {
      startMs: i,
      endMs: i + 1,
      percent,
      canary: arm(canary.n, canary.bad),
      stable: arm(stable.n, errors),
    });
    if (judge.failed) return true;
  }
  return false;
}

const SHARES = 1000;
/** How many intervals a bake is taken for: that of the defaults; how many there really are matters little. */
const OF_A_BAKE = 5;

function smallestShare(
  policy: Policy,
  traffic: Traffic,
  percent: number,
  bakeMs: number,
): number | undefined {
  const all = Math.round(traffic.requestsPerMs * bakeMs);
  const n = Math.round((all * percent) / 100);
  const stable = { n: all - n, share: traffic.errorShare };
  const bad = firstWhere(1, n, (count) => convicts(policy, { n, bad: count }, stable, percent, OF_A_BAKE));
  if (bad === undefined) return undefined;
  const share = firstWhere(1, SHARES, (i) => binomialTail(n, (i / SHARES) ** 2, bad) >= POWER);
  return share === undefined ? undefined : (share / SHARES) ** 2;
}

/** The requests that come with 95 % probability when `expected` do on average (a binomial count of many). */
function atLeast(expected: number): number {
  const trials = Math.max(1000, Math.ceil(expected * 100));
  const most = firstWhere(0, trials, (n) => binomialTail(trials, expected / trials, n) < 0.95);
  return Math.max(0, (most ?? 1) - 1);
}

function intervalsToCatchAll(
  policy: Policy,
  traffic: Traffic,
  percent: number,
  periodMs: number,
  most: number,
): number | undefined {
  return firstWhere(1, most, (intervals) => {
    const all = traffic.requestsPerMs * periodMs * intervals;
    const ofCanary = (all * percent) / 100;
    const ofStable = all - ofCanary;
    // Only intervals in which the other arm has requests, too (Poisson), can be compared.
    const comparable = (requests: number, others: number) =>
      atLeast(requests * -Math.expm1(-others / intervals));
    const n = comparable(ofCanary, ofStable);
    const stable = { n: comparable(ofStable, ofCanary), share: traffic.errorShare };
    return n > 0 && convicts(policy, { n, bad: n }, stable, percent, intervals);
  });
}

function healthyFrom(policy: Policy): number {
  const needed = -Math.log(budgetOf(policy, 'error-rate', false));
  return missingFrom({ n: 0, bad: 0 }, policy.maxErrorRate, needed) ?? Number.POSITIVE_INFINITY;
}

/** What the rollout can know, step by step, from what stable showed in the hour before. Errors of users only. */
export function forecast(
  plan: Plan,
  policy: Policy,
  before: Usual,
  { periodMs, delayMs }: Visibility,
): StepForecast[] {
  const traffic = trafficOf(before);
  return plan.steps.map((percent) => {
    const most = Math.max(1, Math.floor(plan.maxBakeMs / periodMs));
    const intervals = intervalsToCatchAll(policy, traffic, percent, periodMs, most);
    return {
      percent,
      requests: (traffic.requestsPerMs * plan.bakeMs * percent) / 100,
      smallestShare: smallestShare(policy, traffic, percent, plan.bakeMs),
      // It may begin just after an interval has, and be seen just before the next poll.
      totalFailureMs:
        intervals === undefined ? undefined : (intervals + 1) * periodMs + delayMs + plan.pollIntervalMs,
      healthyFrom: healthyFrom(policy),
    };
  });
}

/** What would let a step tell `share` from the limit: a larger percentage in the same bake, or a longer bake at the same. */
export type Remedy = { share: number; percent: number | undefined; bakeMs: number | undefined };

/** A step that cannot see what its limit promises, and the numbers that would help; `undefined` if it can. */
export function remedyFor(step: StepForecast, plan: Plan, policy: Policy, before: Usual): Remedy | undefined {
  const share = Math.min(1, WORTH_SEEING * policy.maxErrorRate);
  const sees = (found: number | undefined) => found !== undefined && found <= share;
  if (policy.maxErrorRate === 0 || sees(step.smallestShare)) return undefined;
  const traffic = trafficOf(before);
  const percent = firstWhere(step.percent, MOST_TELLING, (each) =>
    sees(smallestShare(policy, traffic, each, plan.bakeMs)),
  );
  const seconds = firstWhere(1, DAY_S, (each) =>
    sees(smallestShare(policy, traffic, step.percent, each * 1000)),
  );
  return { share, percent, bakeMs: seconds === undefined ? undefined : seconds * 1000 };
}
