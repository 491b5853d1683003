import { formatShare } from '@apex-actions/shared/action/share';
import type { Journal, JournalArm, JournalInterval } from '@apex-actions/shared/report/journal';
import { joined } from '@apex-actions/shared/report/thin';
import type { Point, Series } from './chart.ts';
import type { Chart } from './explorer.ts';
import { formatCount, formatEvidence, formatLatency, shortWhen } from './format.ts';
import { decidingPoll } from './story.ts';
import { wilson } from './wilson.ts';

type Arm = 'canary' | 'stable';
const ARMS: readonly Arm[] = ['canary', 'stable'];
/** P95 within a limit means that at most so many requests are slower. */
const SLOW_SHARE = 0.05;

/** What all charts of a journal have in common. */
type Common = Pick<Chart, 'span' | 'decidedMs'>;

/** More would be narrower than a line; the tables have all of them. */
const MOST_DRAWN = 240;

/** The intervals as they are drawn, and a note where several are drawn as one. */
function drawnOf({ intervals }: Journal): { drawn: readonly JournalInterval[]; note: string } {
  const { intervals: drawn, inOne } = joined(intervals, MOST_DRAWN);
  return { drawn, note: inOne > 1 ? ` Drawn ${inOne} in one; the table has each.` : '' };
}

function commonOf(journal: Journal): Common {
  const { startMs, endMs, intervals, shifts } = journal;
  const from = Math.min(startMs, intervals[0]?.startMs ?? startMs, shifts[0]?.atMs ?? startMs);
  return { span: [from, Math.max(endMs, from + 1000)], decidedMs: decidingPoll(journal)?.atMs };
}

/** High enough for the limit and every value; bands that few requests make wide may end at the edge. */
function domainFor(series: readonly Series[], limit: number, most: number): readonly [number, number] {
  const values = series.flatMap(({ points }) => points.map(({ value }) => value ?? 0));
  const highs = series.flatMap(({ points }) => points.map(({ high }) => high ?? 0));
  const [highest, widest] = [Math.max(0, ...values), Math.max(0, ...highs)];
  const needed = Math.max(limit * 1.5, highest * 1.15, Math.min(widest * 1.05, 6 * Math.max(limit, highest)));
  return [0, Math.min(most, needed > 0 ? needed : most)];
}

function traffic({ shifts, stable }: Journal, common: Common): Chart {
  const ends = [...shifts.slice(1).map(({ atMs }) => atMs), common.span[1]];
  const points: Point[] = shifts.map(({ atMs, percent }, i) => ({
    fromMs: atMs,
    toMs: ends[i] ?? atMs,
    value: percent / 100,
    low: 0,
    high: percent / 100,
  }));
  const [first] = points;
  const [from] = common.span;
  if (first && first.fromMs > from)
    points.unshift({ fromMs: from, toMs: first.fromMs, value: 0, low: 0, high: 0 });
  const others = points.map(({ fromMs, toMs, value }) => ({ fromMs, toMs, value: 1 - (value ?? 0) }));
  return {
    id: 'traffic',
    title: 'Traffic split',
    lead: 'The share of the users that each arm was given.',
    scale: 'linear',
    domain: [0, 1],
    format: formatShare,
    limits: [],
    series: [
      { label: 'canary', look: 'canary', points },
      ...(stable.length > 0 ? [{ label: 'stable', look: 'stable', points: others } as const] : []),
    ],
    tell: ({ label }, { value }) => `${label} ${formatShare(value ?? 0)}`,
    headers: ['From', 'Canary', 'Stable'],
    rows: () =>
      points.map(({ fromMs, value }) => [
        shortWhen(fromMs),
        formatShare(value ?? 0),
        formatShare(1 - (value ?? 0)),
      ]),
    ...common,
  };
}

type Tally = { bad: number; n: number };

function shareSeries(intervals: readonly JournalInterval[], count: (arm: JournalArm) => Tally): Series[] {
  return ARMS.map((arm) => ({
    label: arm,
    look: arm,
    points: intervals.map(({ startMs, endMs, [arm]: counts }): Point => {
      const { bad, n } = count(counts);
      const time = { fromMs: startMs, toMs: endMs };
      return n === 0 ? { ...time, value: undefined } : { ...time, value: bad / n, ...wilson(bad, n) };
    }),
  }));
}

function range({ low, high }: { low?: number; high?: number }): string {
  return `${formatShare(low ?? 0)} to ${formatShare(high ?? 1)}`;
}

type Shares = {
  id: string;
  title: string;
  lead: string;
  limit: { label: string; value: number };
  count: (arm: JournalArm) => Tally;
  bad: string;
};

/** A share of bad requests per interval and arm, with its confidence band and the limit. */
function shares({ id, title, lead, limit, count, bad }: Shares, journal: Journal, common: Common): Chart {
  const { intervals } = journal;
  const { drawn, note } = drawnOf(journal);
  const series = shareSeries(drawn, count);
  return {
    id,
    title,
    lead: lead + note,
    scale: 'linear',
    domain: domainFor(series, limit.value, 1),
    format: formatShare,
    series,
    limits: [limit],
    tell: ({ label }, point) =>
      point.value === undefined
        ? `${label} no requests`
        : `${label} ${formatShare(point.value)} (95 %: ${range(point)})`,
    headers: [
      'From',
      'Canary at',
      ...ARMS.flatMap((arm) => [`${arm} requests`, `${arm} ${bad}`, `${arm} share`, `${arm} 95 % band`]),
    ],
    rows: () =>
      intervals.map((interval) => [
        shortWhen(interval.startMs),
        formatShare(interval.percent / 100),
        ...ARMS.flatMap((arm) => {
          const tally = count(interval[arm]);
          return tally.n === 0
            ? ['0', '0', '–', '–']
            : [
                formatCount(tally.n),
                formatCount(tally.bad),
                formatShare(tally.bad / tally.n),
                range(wilson(tally.bad, tally.n)),
              ];
        }),
      ]),
    ...common,
  };
}

function latency(journal: Journal, common: Common): Chart {
  const { intervals, policy } = journal;
  const { drawn, note } = drawnOf(journal);
  const series = ARMS.map(
    (arm): Series => ({
      label: arm,
      look: arm,
      points: drawn.map(({ startMs, endMs, [arm]: { p95Ms } }) => ({
        fromMs: startMs,
        toMs: endMs,
        value: p95Ms,
      })),
    }),
  );
  const limitMs = policy?.maxLatencyP95Ms;
  const cell = (ms: number | undefined) => (ms === undefined ? '–' : formatLatency(ms));
  return {
    id: 'latency',
    title: 'Latency, P95',
    lead:
      'The latency below which 95 % of the requests of an interval stayed, as far as the buckets of Cloud Monitoring tell.' +
      note,
    scale: 'linear',
    domain: domainFor(series, limitMs ?? 0, Number.POSITIVE_INFINITY),
    format: formatLatency,
    series,
    limits: limitMs === undefined ? [] : [{ label: `limit ${formatLatency(limitMs)}`, value: limitMs }],
    tell: ({ label }, { value }) => `${label} ${cell(value)}`,
    headers: ['From', 'Canary at', ...ARMS.flatMap((arm) => [`${arm} P50`, `${arm} P95`])],
    rows: () =>
      intervals.map((interval) => [
        shortWhen(interval.startMs),
        formatShare(interval.percent / 100),
        ...ARMS.flatMap((arm) => [cell(interval[arm].p50Ms), cell(interval[arm].p95Ms)]),
      ]),
    ...common,
  };
}

/** Beyond these no reader can tell a difference: a trillion to one. */
const MOST_EVIDENCE = 1e12;
const LEAST_EVIDENCE = 0.1;

function odds(log: number): number {
  return Math.min(MOST_EVIDENCE, Math.max(LEAST_EVIDENCE, Math.exp(log)));
}

function evidence({ polls }: Journal, common: Common): Chart {
  const names = [...new Set(polls.flatMap((poll) => poll.evidence.map(({ check }) => check)))];
  const seriesOf = (name: string, value: (poll: { log: number; needed: number }) => number): Point[] =>
    polls.map((poll, i) => {
      const found = poll.evidence.find(({ check }) => check === name);
      return {
        fromMs: poll.atMs,
        toMs: polls[i + 1]?.atMs ?? common.span[1],
        value: found && odds(value(found)),
      };
    });
  const needed = new Set(polls.flatMap((poll) => poll.evidence.map((each) => each.needed.toFixed(6))));
  const series = names.flatMap((name, i): Series[] => [
    { label: name, look: `check-${i % 4}`, points: seriesOf(name, ({ log }) => log) },
    // Every check has its own part of the error budget.
    ...(needed.size > 1
      ? [{ label: `${name}: enough`, look: 'limit', points: seriesOf(name, (each) => each.needed) } as const]
      : []),
  ]);
  const [only] = polls.flatMap((poll) => poll.evidence);
  const limits =
    needed.size === 1 && only
      ? [{ label: `enough: ${formatEvidence(odds(only.needed))}`, value: odds(only.needed) }]
      : [];
  const values = series.flatMap(({ points }) => points.map(({ value }) => value ?? 1));
  const highest = Math.max(10, ...values, ...limits.map(({ value }) => value));
  return {
    id: 'evidence',
    title: 'Evidence against the release',
    lead: 'How many times likelier what was seen is if the release is outside its limits, on a logarithmic scale; 1 says nothing. Each poll looks at everything since the canary first had users; what reaches “enough” rolls back.',
    scale: 'log',
    domain: [LEAST_EVIDENCE, Math.min(MOST_EVIDENCE, highest * 3)],
    format: formatEvidence,
    series,
    limits,
    tell: ({ label }, { value }) => `${label} ${value === undefined ? '–' : formatEvidence(value)}`,
    headers: ['At', 'Step', 'Verdict', ...names.flatMap((name) => [name, `${name}: enough`]), 'Reason'],
    rows: () =>
      polls.map((poll) => [
        shortWhen(poll.atMs),
        poll.phase === 'watching' ? 'watch' : `${poll.percent} %`,
        poll.verdict,
        ...names.flatMap((name) => {
          const found = poll.evidence.find(({ check }) => check === name);
          return found ? [formatEvidence(odds(found.log)), formatEvidence(odds(found.needed))] : ['–', '–'];
        }),
        poll.reason,
      ]),
    ...common,
  };
}

/** The values of a gauge at each poll, with its limits. */
function gauge(name: string, nth: number, { polls }: Journal, common: Common): Chart {
  const readings = polls.map(({ gauges }) => gauges.find((each) => each.name === name));
  const points = polls.map(
    ({ atMs }, i): Point => ({
      fromMs: atMs,
      toMs: polls[i + 1]?.atMs ?? common.span[1],
      value: readings[i]?.value,
    }),
  );
  const known = readings.find((each) => each !== undefined);
  const format = (value: number) => String(Number(value.toPrecision(4)));
  const limits = [
    ...(known?.max === undefined ? [] : [{ label: `at most ${format(known.max)}`, value: known.max }]),
    ...(known?.min === undefined ? [] : [{ label: `at least ${format(known.min)}`, value: known.min }]),
  ];
  const values = [
    ...points.flatMap(({ value }) => (value === undefined ? [] : [value])),
    ...limits.map(({ value }) => value),
  ];
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return {
    id: `gauge-${nth}`,
    title: name,
    lead: `A check of your own; ${known?.needed ?? 0} values in a row outside its limit roll back.`,
    scale: 'linear',
    domain: [low * 1.15, high > 0 ? high * 1.15 : 1],
    format,
    series: [{ label: name, look: 'canary', points }],
    limits,
    tell: ({ label }, { value }) => `${label} ${value === undefined ? '–' : format(value)}`,
    headers: ['At', 'Value', 'Outside in a row'],
    rows: () =>
      polls.map(({ atMs }, i) => {
        const { value, outside } = readings[i] ?? {};
        return [shortWhen(atMs), value === undefined ? '–' : format(value), String(outside ?? '–')];
      }),
    ...common,
  };
}

/** The charts of a journal, on one axis of time; those for which there is data. */
export function chartsOf(journal: Journal): Chart[] {
  const { intervals, policy, polls, shifts } = journal;
  const common = commonOf(journal);
  const charts: Chart[] = shifts.length > 0 ? [traffic(journal, common)] : [];
  if (intervals.length > 0 && policy) {
    const value = policy.maxErrorRate;
    charts.push(
      shares(
        {
          id: 'errors',
          title: 'Errors',
          lead: 'The share of requests that ended in 5xx, per interval, with its 95 % confidence band (Wilson).',
          limit: { label: `limit ${formatShare(value)}`, value },
          count: ({ errors, requests }) => ({ bad: errors, n: requests }),
          bad: 'errors',
        },
        journal,
        common,
      ),
    );
  }
  if (intervals.some(({ canary, stable }) => (canary.p95Ms ?? stable.p95Ms) !== undefined))
    charts.push(latency(journal, common));
  if (intervals.length > 0 && policy?.maxLatencyP95Ms !== undefined) {
    charts.push(
      shares(
        {
          id: 'slow',
          title: `Requests slower than ${formatLatency(policy.maxLatencyP95Ms)}`,
          lead: 'Their share per interval, with its 95 % confidence band: a P95 within the limit means that it is at most 5 %.',
          limit: { label: `limit ${formatShare(SLOW_SHARE)}`, value: SLOW_SHARE },
          count: ({ slow = 0, requests }) => ({ bad: Math.min(slow, requests), n: requests }),
          bad: 'slow',
        },
        journal,
        common,
      ),
    );
  }
  if (polls.some((poll) => poll.evidence.length > 0)) charts.push(evidence(journal, common));
  const gauges = [...new Set(polls.flatMap((poll) => poll.gauges.map(({ name }) => name)))];
  charts.push(...gauges.map((name, i) => gauge(name, i, journal, common)));
  return charts;
}
