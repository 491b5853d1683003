import { noCounts } from '@apex-actions/shared/analysis/evidence';
import { assess } from '@apex-actions/shared/analysis/verdict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arm, interval, policy } from './support.ts';

const probes = (requests: number, errors: number) => ({ ...noCounts, probes: { requests, errors } });

describe('what a check has found', () => {
  it('names the requests that are missing to prove it healthy, exactly', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(3), (good, bad) => {
        const judge = (n: number) => {
          const one = interval(arm(n, bad), arm(1000, 0));
          return assess(policy, { all: [one], step: [one], bakeCovered: true });
        };
        const before = judge(good + bad);
        fc.pre(before.verdict === 'inconclusive');
        const missing = before.findings?.[0]?.missing ?? 0;
        expect(missing).toBeGreaterThan(0);
        expect(judge(good + bad + missing - 1).verdict).toBe('inconclusive');
        expect(judge(good + bad + missing).verdict).toBe('healthy');
      }),
    );
  });

  it('counts probes with the requests where they prove health', () => {
    const one = interval(probes(300, 0), probes(300, 0));
    const { findings } = assess({ ...policy, probed: true }, { all: [one], step: [one], bakeCovered: true });
    expect(findings).toMatchObject([
      { check: 'error-rate', of: 'requests and probes', canary: { n: 300, bad: 0 }, stable: { n: 300 } },
    ]);
  });

  it('has everything since the canary first had users where it convicts, though no interval is in the step', () => {
    const one = interval(probes(353, 71), probes(353, 0));
    const { verdict, findings } = assess(
      { ...policy, probed: true },
      { all: [one], step: [], bakeCovered: false },
    );
    expect(verdict).toBe('failing');
    expect(findings).toMatchObject([
      { check: 'probe-errors', of: 'probes', canary: { n: 353, bad: 71 }, stable: { n: 353, bad: 0 } },
    ]);
  });
});
