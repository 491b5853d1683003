import type { Clock } from '../action/clock.ts';
import { type ArmCounts, type Evidence, type Interval, inOrder, type Usual } from '../analysis/evidence.ts';
import { type GaugeReadings, rowsOutside } from '../analysis/gauge.ts';
import { type Histogram, percentileMs, slowerThan } from '../analysis/histogram.ts';
import type { Policy } from '../analysis/policy.ts';
import type { Assessment } from '../analysis/verdict.ts';
import type { Split } from '../cloudrun/traffic.ts';
import type { Ending } from '../rollout/machine.ts';
import type { Journal, JournalArm, JournalInterval, JournalLine, JournalPoll } from './journal.ts';
import { FIRST_LINES, halved, joined, MOST_INTERVALS, MOST_LINES, MOST_POLLS } from './thin.ts';

type Facts = Pick<Journal, 'image' | 'canary' | 'stable' | 'plan' | 'policy' | 'visibility'>;

/** Where a step stood when it looked. */
type Stand = Pick<JournalPoll, 'phase' | 'percent'>;

/** What a rollout tells of itself while it runs. Nothing of it can fail, or change what the rollout does. */
export type RecordPort = {
  recordRollout(facts: Facts): void;
  recordShift(percent: number, atMs: number): void;
  /** A write to the API that was made, and what users have by it, where it is about that. */
  recordChange(what: string, split?: Split): void;
  recordPoll(stand: Stand, seen: { evidence: Evidence; coveredMs: number }, assessment: Assessment): void;
  /** A poll at which the metrics could not be read. */
  recordBlind(stand: Stand, reason: string): void;
  recordLine(line: Omit<JournalLine, 'atMs'>): void;
  recordEnding(ending: Ending): void;
  recordRollback(rollback: NonNullable<Journal['rollback']>): void;
};

/** What is known of a step from outside of what it did. */
export type Frame = Pick<Journal, 'action' | 'service' | 'run' | 'inputs' | 'error'>;

export type Recorder = RecordPort & {
  /** Everything until now. */
  journal(frame: Frame): Journal;
};

const LONGEST_TEXT = 2000;
/** JSON has no infinities; beyond these nothing changes any more. */
const LEAST_LOG = -100;
const MOST_LOG = 1000;
/** Of a grid of 60 s a week and a half; of one of a second five hours. Older ones go. */
const MOST_READINGS = 20_000;

function short(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text;
}

/** Numbers that JSON can say. */
function finite(value: number): number {
  return Number.isNaN(value) ? LEAST_LOG : Math.min(MOST_LOG, Math.max(LEAST_LOG, value));
}

function gaugeOf(readings: GaugeReadings): JournalPoll['gauges'][number] {
  const { name, max, min, intervals } = readings.check;
  const value = readings.values.findLast((each) => each !== undefined);
  return {
    name,
    ...(value === undefined ? {} : { value }),
    ...(max === undefined ? {} : { max }),
    ...(min === undefined ? {} : { min }),
    outside: rowsOutside(readings).now,
    needed: intervals,
  };
}

/** The bounds of the first histogram; Cloud Run's are the same for all. */
function boundsOf(readings: readonly Interval[], before: ArmCounts | undefined): readonly number[] {
  const arms = [before, ...readings.flatMap(({ canary, stable }) => [canary, stable])];
  return arms.find((counts) => counts?.latencies)?.latencies?.boundsMs ?? [];
}

function timesOf(latencies: Histogram, policy: Policy | undefined): Omit<JournalArm, 'requests' | 'errors'> {
  const [p50Ms, p95Ms] = [percentileMs(latencies, 0.5), percentileMs(latencies, 0.95)];
  const limitMs = policy?.maxLatencyP95Ms;
  const judged = limitMs !== undefined || policy?.maxLatencyRatio !== undefined;
  const buckets = latencies.counts.flatMap((count, i): [number, number][] => (count > 0 ? [[i, count]] : []));
  return {
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p95Ms === undefined ? {} : { p95Ms }),
    ...(limitMs === undefined ? {} : { slow: slowerThan(latencies, limitMs) }),
    ...(judged ? { latencies: buckets } : {}),
  };
}

function armOf({ requests, errors, latencies, probes }: ArmCounts, policy: Policy | undefined): JournalArm {
  return {
    requests,
    errors,
    ...(probes ? { probes } : {}),
    ...(latencies ? timesOf(latencies, policy) : {}),
  };
}

/** A recording that goes wrong is missing from the report, which is better than a rollout that fails by it. */
function harmless<A extends unknown[]>(record: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      record(...args);
    } catch {
      // Nothing to be done for it.
    }
  };
}

/**
 * Collects a journal. What it keeps does not grow with the length of a rollout: beyond 2,000 polls every second one of those
 * that say the same goes, again and again; of the log the first 500 lines and the newest 1,500 stay; of the intervals
 * the newest reading of each, joined in the journal until they are no more than 2,000. Shifts and changes are few by nature.
 */
export function createRecorder(clock: Pick<Clock, 'nowMs'>): Recorder {
  const startMs = clock.nowMs();
  let facts: Facts = { stable: [] };
  let before: Usual | undefined;
  let ending: Ending | undefined;
  let rollback: Journal['rollback'];
  let polls: JournalPoll[] = [];
  let droppedPolls = 0;
  let droppedLines = 0;
  const readings = new Map<number, Interval>();
  const shifts: Journal['shifts'] = [];
  const changes: Journal['changes'] = [];
  const log: JournalLine[] = [];

  const addPoll = (poll: JournalPoll) => {
    polls.push(poll);
    if (polls.length <= MOST_POLLS) return;
    const kept = halved(polls);
    droppedPolls += polls.length - kept.length;
    polls = kept;
  };
  const addReadings = (intervals: readonly Interval[]) => {
    for (const interval of intervals) readings.set(interval.startMs, interval);
    for (const oldest of readings.keys()) {
      if (readings.size <= MOST_READINGS) break;
      readings.delete(oldest);
    }
  };

  return {
    recordRollout: harmless((given) => {
      facts = { ...facts, ...given };
    }),
    recordShift: harmless((percent, atMs) => {
      // What never had users is not taken back from any.
      if (percent > 0 || shifts.length > 0) shifts.push({ atMs, percent });
    }),
    recordChange: harmless((what, split) => {
      changes.push({ atMs: clock.nowMs(), what: short(what), ...(split ? { split } : {}) });
    }),
    recordPoll: harmless(({ phase, percent }, { evidence, coveredMs }, assessment) => {
      before ??= evidence.usual;
      addReadings(evidence.all);
      addPoll({
        atMs: clock.nowMs(),
        phase,
        percent,
        coveredMs,
        verdict: assessment.verdict,
        reason: short(assessment.reason),
        ...(assessment.check === undefined ? {} : { check: assessment.check }),
        holds: assessment.holds,
        evidence: assessment.evidence.map(({ check, log: value, needed }) => ({
          check,
          log: finite(value),
          needed,
        })),
        gauges: (evidence.gauges ?? []).map(gaugeOf),
      });
    }),
    recordBlind: harmless(({ phase, percent }, reason) => {
      addPoll({
        atMs: clock.nowMs(),
        phase,
        percent,
        coveredMs: 0,
        verdict: 'unseen',
        reason: short(reason),
        holds: true,
        evidence: [],
        gauges: [],
      });
    }),
    recordLine: harmless(({ level, group, text }) => {
      log.push({ atMs: clock.nowMs(), level, group: short(group), text: short(text) });
      if (log.length <= MOST_LINES) return;
      log.splice(FIRST_LINES, 1);
      droppedLines += 1;
    }),
    recordEnding: harmless((given) => {
      ending = { ...given, reason: short(given.reason) };
    }),
    recordRollback: harmless((given) => {
      rollback = given;
    }),
    journal(frame) {
      const seen = inOrder([...readings.values()]);
      const latencyBoundsMs = boundsOf(seen, before?.counts);
      const intervals = seen.map(
        ({ startMs: from, endMs, percent, canary, stable }): JournalInterval => ({
          startMs: from,
          endMs,
          percent,
          canary: armOf(canary, facts.policy),
          stable: armOf(stable, facts.policy),
        }),
      );
      const { intervals: fitting, inOne } = joined(intervals, MOST_INTERVALS);
      return {
        version: 1,
        ...frame,
        ...facts,
        startMs,
        endMs: clock.nowMs(),
        ...(before ? { before: { counts: armOf(before.counts, facts.policy), spanMs: before.spanMs } } : {}),
        shifts: [...shifts],
        changes: [...changes],
        polls: [...polls],
        latencyBoundsMs: [...latencyBoundsMs],
        intervals: fitting,
        log: [...log],
        thinned: { polls: droppedPolls, lines: droppedLines, intervalsInOne: inOne },
        ...(rollback ? { rollback } : {}),
        ...(ending ? { ending } : {}),
      };
    },
  };
}
