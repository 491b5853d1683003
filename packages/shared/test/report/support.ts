import { noCounts } from '@apex-actions/shared/analysis/evidence';
import type { Finding } from '@apex-actions/shared/analysis/finding';
import type { Assessment, Verdict } from '@apex-actions/shared/analysis/verdict';
import type { RolloutReport } from '@apex-actions/shared/report/summary/rollout';
import type { StepReport } from '@apex-actions/shared/rollout/machine';

export const START_MS = Date.parse('2026-11-21T14:00:00Z');

export const finding: Finding = {
  check: 'error-rate',
  of: 'requests',
  canary: { n: 1000, bad: 41 },
  stable: { n: 9000, bad: 18 },
  limit: 0.01,
  missing: undefined,
};

export function assessment(verdict: Verdict, more: Partial<Assessment> = {}): Assessment {
  return {
    verdict,
    reason: `it is ${verdict}`,
    canary: { requests: 1000, errors: 41, latencies: undefined },
    stable: { requests: 9000, errors: 18, latencies: undefined },
    clean: false,
    heldMs: 0,
    holds: false,
    evidence: [],
    ...more,
  };
}

export function step(percent: number, verdict: Verdict, more: Partial<Assessment> = {}): StepReport {
  return { percent, startMs: START_MS, endMs: START_MS + 100_000, assessment: assessment(verdict, more) };
}

/** A release that failed 4.1 % of its requests at 10 %. */
export const rolledBack: RolloutReport = {
  id: { project: 'my-project', region: 'europe-west1', service: 'shop' },
  image: 'europe-west1-docker.pkg.dev/my-project/shop/api@sha256:0123',
  canary: 'shop-00042-abc',
  stable: [{ revision: 'shop-00041-def', percent: 100 }],
  ending: {
    outcome: 'rolled-back',
    verdict: 'failing',
    reason:
      'error-rate: canary 4.1 % errors in 1000 requests, stable 0.2 % errors in 9000 requests; the limit is 1 %',
    closed: true,
  },
  steps: [step(10, 'failing', { check: 'error-rate', findings: [finding] })],
  startedMs: START_MS - 60_000,
  endedMs: START_MS + 103_000,
  exposure: { sinceMs: START_MS, untilMs: START_MS + 100_000, percent: 10 },
  confidence: 0.99,
};

export const healthy = step(50, 'healthy', {
  canary: { ...noCounts, requests: 1200 },
  findings: [{ ...finding, canary: { n: 1200, bad: 1 }, missing: 0 }],
});

export const promoted: RolloutReport = {
  ...rolledBack,
  ending: { outcome: 'promoted', verdict: 'healthy', reason: 'every check is below its limit', closed: true },
  steps: [healthy],
  exposure: { sinceMs: START_MS, percent: 100 },
};
