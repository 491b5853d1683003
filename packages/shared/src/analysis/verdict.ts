import { formatShare } from '../action/share.ts';
import type { Check } from './checks.ts';
import { type Count, logEvidenceBelow } from './eprocess.ts';
import { type ArmCounts, type Evidence, type Interval, totalOf } from './evidence.ts';
import { type Finding, missingFrom } from './finding.ts';
import { describeGauge, type GaugeReadings, rowsOutside } from './gauge.ts';
import type { Histogram } from './histogram.ts';
import { type Judge, judgeInterval, startJudge, type Track } from './judge.ts';
import { outagesOf } from './outage.ts';
import type { Policy } from './policy.ts';
import { logEvidence } from './process.ts';

export type Verdict = 'healthy' | 'failing' | 'inconclusive' | 'no-data';

export type Assessment = {
  verdict: Verdict;
  /** One sentence for people: which check, which figures. */
  reason: string;
  /** The check that decided, where one did: a `CheckName`, or the name of a gauge. */
  check?: string;
  /** Totals of the current step. */
  canary: ArmCounts;
  stable: ArmCounts;
  /**
   * True when the canary has shown no error since it first had users, and no more slow requests than its limit, outages of
   * both arms aside.
   */
  clean: boolean;
  /** How much of the step's complete time was an outage of both arms, which is no part of the bake. Milliseconds. */
  heldMs: number;
  /** True while such an outage goes on, or Cloud Monitoring shows nothing where it should: the step waits. */
  holds: boolean;
  /** What each check has counted, in the order of the checks; the one that convicts alone. */
  findings?: readonly Finding[];
  /**
   * Of every check the evidence against the release, as a natural logarithm, and from where on it convicts. Of a check that
   * has convicted the most that it ever was.
   */
  evidence: readonly { check: string; log: number; needed: number }[];
};

const NOUNS = {
  'error-rate': 'errors in',
  'probe-errors': 'errors in our',
  'latency-p95': 'slow requests in',
  'latency-ratio': 'slow requests in',
} as const;

function describe({ name }: Check, { n, bad }: Count): string {
  const unit = name === 'probe-errors' ? 'probes' : 'requests';
  return `${formatShare(n === 0 ? 0 : bad / n)} ${NOUNS[name]} ${Math.round(n)} ${unit}`;
}

type Without = {
  all: readonly Interval[];
  step: readonly Interval[];
  held: readonly Interval[];
  outage: Check | undefined;
};

/** The evidence without the intervals in which both arms were down, by any check, and the check that is down now. */
function withoutOutages({ all, step, usual, before }: Evidence, { tracks, reference }: Judge): Without {
  const down = tracks.map(({ check }) => ({
    check,
    intervals: new Set(outagesOf(check, all, reference, before ?? usual?.counts)),
  }));
  const isDown = (interval: Interval) => down.some(({ intervals }) => intervals.has(interval));
  const last = all.findLast(({ stable }) => stable.requests > 0);
  return {
    all: all.filter((interval) => !isDown(interval)),
    step: step.filter((interval) => !isDown(interval)),
    held: step.filter(isDown),
    outage: last && down.find(({ intervals }) => intervals.has(last))?.check,
  };
}

/** What a check has to prove healthy: probes count with the users' requests, and the text says so. */
function healthOf(
  { check }: Track,
  counts: ArmCounts,
  { reference, tracks }: Judge,
): { count: Count; text: string } {
  const own = check.count(counts, reference);
  const probes = tracks.find((track) => track.check.name === 'probe-errors')?.check;
  if (check.name !== 'error-rate' || !probes) return { count: own, text: describe(check, own) };
  const sent = probes.count(counts, reference);
  const count = { n: own.n + sent.n, bad: own.bad + sent.bad };
  return { count, text: `${describe(check, own)} and ${describe(probes, sent)}` };
}

/** A single error tells something; of requests some are always slower than others, and one of a few tells nothing. */
function isClean({ name, limit }: Check, { n, bad }: Count): boolean {
  return name === 'latency-p95' || name === 'latency-ratio' ? bad <= Math.ceil(limit * n) : bad === 0;
}

/** What each check has to prove healthy, and what it takes beyond that. Errors of probes count with the users'. */
function findingsOf(judge: Judge, canary: ArmCounts, stable: ArmCounts): Finding[] {
  const probed = judge.tracks.some(({ check }) => check.name === 'probe-errors');
  return judge.tracks
    .filter(({ check }) => check.name !== 'probe-errors')
    .map((track) => {
      const { name, limit } = track.check;
      const { count } = healthOf(track, canary, judge);
      return {
        check: name,
        of: probed && name === 'error-rate' ? 'requests and probes' : 'requests',
        canary: count,
        stable: healthOf(track, stable, judge).count,
        limit,
        missing: missingFrom(count, limit, track.needed),
      };
    });
}

/** What has convicted: everything since the canary first had users, also the intervals that belong to no step. */
function convictingFinding(
  { name, limit, count }: Check,
  all: readonly Interval[],
  reference: Histogram | undefined,
): Finding {
  const of = (arm: 'canary' | 'stable') => count(totalOf(all, arm), reference);
  return {
    check: name,
    of: name === 'probe-errors' ? 'probes' : 'requests',
    canary: of('canary'),
    stable: of('stable'),
    limit,
    missing: undefined,
  };
}

const ofCheck = ({ name }: Check) => ({ check: name });

/**
 * Evidence → verdict. `failing` may be said at any poll: each check is an e-process over everything since the canary
 * first had users (after promotion: since then), and the parts of the error budget that the checks have sum to
 * 1 − confidence, so that together they roll a good release back with at most that probability. Gauges fail by their own
 * rule. `healthy` needs the whole bake, complete, and every check's share below its limit with the same confidence.
 */
export function assess(policy: Policy, evidence: Evidence): Assessment {
  return concluded(evidence.all.reduce(judgeInterval, startJudge(policy, evidence.before)), evidence);
}

/** What a judge says who has seen `all` of the evidence. */
export function concluded(judge: Judge, evidence: Evidence): Assessment {
  const { tracks, reference, failed } = judge;
  const { all, step, held, outage } = withoutOutages(evidence, judge);
  const ever = totalOf(all, 'canary');
  const seen = totalOf(step, 'canary');
  const silent = isSilent(evidence);
  const answer = (verdict: Verdict, reason: string, check: { check?: string } = {}): Assessment => ({
    verdict,
    reason,
    ...check,
    canary: totalOf(evidence.step, 'canary'),
    stable: totalOf(evidence.step, 'stable'),
    clean: tracks.every(({ check }) => isClean(check, check.count(ever, reference))),
    heldMs: held.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0),
    holds: outage !== undefined || silent,
    findings: failed
      ? [convictingFinding(failed, evidence.all, reference)]
      : findingsOf(judge, seen, totalOf(step, 'stable')),
    evidence: tracks.map(({ check, needed, process, most }) => ({
      check: check.name,
      log: most >= needed ? most : logEvidence(process),
      needed,
    })),
  });

  if (failed) return answer('failing', convictionOf(failed, evidence.all, reference), ofCheck(failed));
  const gauges = evidence.gauges ?? [];
  const failedGauge = gauges.find((gauge) => rowsOutside(gauge).longest >= gauge.check.intervals);
  if (failedGauge) return answer('failing', describeGauge(failedGauge), { check: failedGauge.check.name });
  if (outage) return answer('inconclusive', outageReason(outage, evidence, reference), ofCheck(outage));
  if (silent) return answer('no-data', SILENCE);
  if (seen.requests + (seen.probes?.requests ?? 0) === 0)
    return answer('no-data', 'no complete interval of this step shows a request to the canary');
  if (!evidence.bakeCovered)
    return answer('inconclusive', 'the metrics of the whole bake are not complete yet');
  const health = tracks
    .filter(({ check }) => check.name !== 'probe-errors')
    .map((track) => ({ ...track, ...healthOf(track, seen, judge) }));
  const open = health.find(({ check, count, needed }) => logEvidenceBelow(count, check.limit) < needed);
  if (open) {
    const reason = `${open.check.name}: ${open.text} do not prove a share below ${formatShare(open.check.limit)}`;
    return answer('inconclusive', reason, ofCheck(open.check));
  }
  const rising = gauges.find((gauge) => rowsOutside(gauge).now > 0);
  if (rising) return answer('inconclusive', gaugeReason(rising), { check: rising.check.name });
  const shown = health.map(({ check, text }) => `${check.name}: ${text}`).join(', ');
  return answer('healthy', `every check is below its limit (${shown})`);
}

/** The chance of none where so many are expected is 2·10⁻⁹ (Poisson). */
const SURELY_SOME = 20;
const SILENCE =
  'neither arm shows a request, though stable had them all the time before: Cloud Monitoring seems to be silent, and the step waits until it is not';

/** Neither arm shows anything in a step in which, going by the hour before, there were at least twenty requests. */
function isSilent({ step, usual, before, showsProbes }: Evidence): boolean {
  const [first, last] = [step[0], step.at(-1)];
  if (before || showsProbes || !usual || !first || !last) return false;
  const expected = (usual.counts.requests * (last.endMs - first.startMs)) / Math.max(1, usual.spanMs);
  return (
    expected >= SURELY_SOME && step.every(({ canary, stable }) => canary.requests + stable.requests === 0)
  );
}

function convictionOf(failed: Check, all: readonly Interval[], reference: Histogram | undefined): string {
  const of = (arm: 'canary' | 'stable') => failed.count(totalOf(all, arm), reference);
  const [canary, stable] = [of('canary'), of('stable')];
  const against = stable.n > 0 ? `, stable ${describe(failed, stable)}` : '';
  return `${failed.name}: canary ${describe(failed, canary)}${against}; the limit is ${formatShare(failed.limit)}`;
}

function outageReason(check: Check, { all }: Evidence, reference: Histogram | undefined): string {
  const last = all.slice(-1);
  const of = (arm: 'canary' | 'stable') => describe(check, check.count(totalOf(last, arm), reference));
  return `both arms are down: in the last interval stable shows ${of('stable')}, canary ${of('canary')}; this is not held against the canary, the step waits until it clears`;
}

function gaugeReason(gauge: GaugeReadings): string {
  return `the last value is outside its limit (${describeGauge(gauge)})`;
}
