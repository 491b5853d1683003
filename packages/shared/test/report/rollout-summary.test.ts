import type { Verdict } from '@apex-actions/shared/analysis/verdict';
import { type RolloutReport, rolloutSummary } from '@apex-actions/shared/report/summary/rollout';
import type { Exposure } from '@apex-actions/shared/rollout/exposure';
import type { Outcome } from '@apex-actions/shared/rollout/machine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { all, parseMarkdown, tablesOf, textOf } from './markdown.ts';
import { assessment, finding, healthy, promoted, rolledBack, START_MS, step } from './support.ts';

/** Heading, then verdict: what a reader sees first. */
function firstWords(report: RolloutReport): string {
  const [heading, paragraph] = parseMarkdown(rolloutSummary(report)).children ?? [];
  expect([heading?.type, heading?.depth, paragraph?.type]).toEqual(['heading', 2, 'paragraph']);
  return `${textOf(heading ?? { type: '' })}. ${textOf(paragraph ?? { type: '' })}`;
}

describe('the first words', () => {
  const unhealthy = { ...rolledBack.ending, reason: 'health check at 0 %: GET /health answered 500' };
  const probing = { ...finding, check: 'probe-errors', of: 'probes' } as const;
  it.each<[string, RolloutReport, string]>([
    [
      'a canary that failed requests',
      rolledBack,
      '❌ Rolled back: shop. With shop-00042-abc 4.1 % of the requests failed, against 0.2 % with the version before. Up to 10 % of the users had shop-00042-abc for 1m40s; everybody is on shop-00041-def.',
    ],
    [
      'a canary that only probes convicted',
      { ...rolledBack, steps: [step(10, 'failing', { check: 'probe-errors', findings: [probing] })] },
      '❌ Rolled back: shop. With shop-00042-abc 4.1 % of our probes failed, against 0.2 % with the version before. Up to 10 % of the users had shop-00042-abc for 1m40s; everybody is on shop-00041-def.',
    ],
    [
      'a gauge outside its limit, with a stable of two',
      {
        ...rolledBack,
        ending: { ...rolledBack.ending, reason: 'queue: 5000' },
        steps: [step(10, 'failing', { check: 'queue', findings: [finding] })],
        stable: [
          { revision: 'shop-1', percent: 70 },
          { revision: 'shop-2', percent: 30 },
        ],
      },
      '❌ Rolled back: shop. With shop-00042-abc a check failed: queue: 5000. Up to 10 % of the users had shop-00042-abc for 1m40s; users have shop-1 70 %, shop-2 30 %.',
    ],
    [
      'a canary that never had a user',
      { ...rolledBack, steps: [], exposure: 'nobody', ending: unhealthy },
      '❌ Rolled back: shop. shop-00042-abc was not fit to serve: health check at 0 %: GET /health answered 500. No user had shop-00042-abc; everybody is on shop-00041-def.',
    ],
    [
      'a promotion',
      promoted,
      '✅ Promoted: shop. shop-00042-abc serves all users. Every check was within its limit: 0.083 % of the requests failed, against 0.2 % with the version before.',
    ],
    [
      'a promotion that nothing has proven',
      {
        ...promoted,
        ending: { ...promoted.ending, verdict: 'inconclusive' },
        steps: [step(50, 'inconclusive', { findings: [{ ...finding, canary: { n: 0, bad: 0 } }] })],
      },
      '✅ Promoted: shop. shop-00042-abc serves all users. Its traffic proved too little for a verdict.',
    ],
    [
      'a cut-over without steps',
      { ...promoted, steps: [] },
      '✅ Promoted: shop. shop-00042-abc serves all users. It was given to all users at once, without a canary to judge.',
    ],
    [
      'a run that was cancelled while its first change was made',
      {
        ...rolledBack,
        ending: { ...rolledBack.ending, outcome: 'aborted', reason: 'the step was cancelled (SIGINT)' },
        steps: [],
        exposure: 'unknown',
      },
      '⚠️ Aborted: shop. It was stopped without a verdict: the step was cancelled (SIGINT). It is not known whether users had shop-00042-abc, or for how long; everybody is on shop-00041-def.',
    ],
    [
      'a restore that was not seen',
      {
        ...rolledBack,
        ending: { ...rolledBack.ending, closed: false },
        exposure: { sinceMs: START_MS, percent: 10 },
      },
      '❌ Rolled back: shop. With shop-00042-abc 4.1 % of the requests failed, against 0.2 % with the version before. Up to 10 % of the users have shop-00042-abc; the last change of the traffic could not be made or seen, and the post step tries again.',
    ],
    [
      'somebody else’s change',
      { ...rolledBack, ending: { ...rolledBack.ending, outcome: 'handed-over', reason: 'the traffic is X' } },
      '⚠️ Handed over: shop. Somebody else changed the traffic: the traffic is X. It was left as they set it.',
    ],
    [
      'a hold',
      {
        ...promoted,
        ending: { ...promoted.ending, outcome: 'held' },
        exposure: { sinceMs: START_MS, percent: 50 },
      },
      '⏸️ Held: shop. Every check was within its limit: 0.083 % of the requests failed, against 0.2 % with the version before. Up to 50 % of the users have shop-00042-abc; shop-00042-abc keeps its share of the users until the rollout is resumed or rolled back.',
    ],
  ])('of %s', (_, report, expected) => {
    expect(firstWords(report)).toBe(expected);
  });
});

describe('what follows', () => {
  const tree = parseMarkdown(rolloutSummary(rolledBack));

  it('has a row for each step, and what decided', () => {
    const [steps, evidence] = tablesOf(tree);
    expect(steps?.slice(1)).toEqual([
      ['10 %', '1m40s', '1000', '4.1 %', '–', '9000', '0.2 %', '–', 'failing'],
    ]);
    expect(evidence?.slice(1)).toEqual([
      ['error-rate', '4.1 %', 'at most 1 %', '0.2 %', '21 ×', '1000 and 9000 requests'],
    ]);
    expect(rolloutSummary(rolledBack)).toContain('in at most 1 % of rollouts');
  });

  it('shows probes apart from users', () => {
    const counts = { requests: 0, errors: 0, latencies: undefined, probes: { requests: 50, errors: 5 } };
    const report = { ...rolledBack, steps: [step(10, 'failing', { canary: counts, stable: counts })] };
    const [steps] = tablesOf(parseMarkdown(rolloutSummary(report)));
    expect(steps?.[1]?.slice(2, 5)).toEqual(['0 + 50 probes', '–, probes 10 %', '–']);
  });

  it('draws the steps as a chart that GitHub knows', () => {
    const [chart] = all(tree, 'code');
    expect(chart?.lang).toBe('mermaid');
    expect(chart?.value?.split('\n').map((line) => line.trim())).toEqual([
      'gantt',
      'title The canary and its share of the users (UTC)',
      'dateFormat YYYY-MM-DD HH:mm:ss',
      'axisFormat %H:%M:%S',
      'todayMarker off',
      'section Steps',
      '10 % failing :crit, s0, 2026-11-21 14:00:00, 2026-11-21 14:01:40',
      'stable restored :milestone, last, 2026-11-21 14:01:43, 0s',
    ]);
  });

  it('thins out what is too much for a chart or a table, and says so', () => {
    const many = rolloutSummary({ ...promoted, steps: Array.from({ length: 5000 }, () => healthy) });
    const read = parseMarkdown(many);
    expect(all(read, 'code')[0]?.value?.match(/ :done, /g)).toHaveLength(60);
    expect(tablesOf(read)[0]).toHaveLength(61);
    expect(many).toContain('*4940 of 5000 steps are left out.*');
  });

  it('links to the revision, and to its requests and errors while it was tried', () => {
    const urls = all(tree, 'link').map(({ url = '' }) => new URL(url));
    expect(urls.map(({ origin }) => origin)).toEqual(Array(6).fill('https://console.cloud.google.com'));
    const [revision, metrics, errors, logs, revisions, overview] = urls;
    expect(revision?.pathname).toBe('/run/revisions/details/europe-west1/shop-00042-abc');
    expect(revisions?.pathname).toBe('/run/detail/europe-west1/shop/revisions');
    expect(overview?.pathname).toBe('/run/detail/europe-west1/shop/metrics');
    for (const url of urls) expect(url.searchParams.get('project')).toBe('my-project');

    const state = JSON.parse(metrics?.searchParams.get('pageState') ?? '');
    expect(state.xyChart.dataSets[0].timeSeriesFilter.filter).toBe(
      'metric.type="run.googleapis.com/request_count" resource.type="cloud_run_revision" resource.label."location"="europe-west1" resource.label."service_name"="shop" resource.label."revision_name"="shop-00042-abc"',
    );
    expect(state.timeSelection).toEqual({
      timeRange: 'custom',
      start: '2026-11-21T13:59:00.000Z',
      end: '2026-11-21T14:03:43.000Z',
    });
    const query = (url: URL | undefined) =>
      decodeURIComponent(/;query=(.*)$/.exec(url?.pathname ?? '')?.[1] ?? '');
    const lines = [
      'resource.type="cloud_run_revision"',
      'resource.labels.location="europe-west1"',
      'resource.labels.service_name="shop"',
      'resource.labels.revision_name="shop-00042-abc"',
    ];
    const time = ['timestamp>="2026-11-21T13:59:00.000Z"', 'timestamp<="2026-11-21T14:03:43.000Z"'];
    expect(query(errors).split('\n')).toEqual([...lines, 'severity>=ERROR', ...time]);
    expect(query(logs).split('\n')).toEqual([...lines, ...time]);
  });
});

describe('text from outside', () => {
  const pieces = fc.constantFrom(
    ...[
      '<img src=x onerror=alert(1)>',
      '](https://evil.example)',
      '[x](https://evil.example)',
      '|',
      '`',
      '```',
    ],
    ...[
      '\n',
      '\r',
      '\n\n# EVIL\n',
      '\n| a | b |\n| - | - |\n',
      '<!--',
      '-->',
      '\\',
      '*',
      '~~~',
      '$',
      ' ',
      '&lt;',
    ],
    ...[
      '@octocat',
      'https://evil.example',
      '\u001b[31m',
      '\u2028',
      '"',
      ')',
      ';',
      '#',
      ':',
      '%%',
      'x',
      '😀',
      '\ud800',
    ],
  );
  const short = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );
  const huge = fc
    .tuple(pieces, fc.integer({ min: 1000, max: 100_000 }))
    .map(([piece, length]) => piece.repeat(length / piece.length + 1));
  const text = fc.oneof({ arbitrary: short, weight: 12 }, { arbitrary: huge, weight: 1 });
  const count = fc.record({ n: fc.nat(), bad: fc.nat() });
  const steps = fc.array(
    fc.record({
      percent: fc.integer({ min: 1, max: 100 }),
      startMs: fc.integer({ min: 0, max: 4e12 }),
      endMs: fc.integer({ min: 0, max: 4e12 }),
      assessment: fc.option(
        fc
          .record({
            verdict: fc.constantFrom<Verdict[]>('healthy', 'failing', 'inconclusive', 'no-data'),
            reason: text,
            check: text,
            findings: fc.array(
              fc.record({ canary: count, stable: count }).map((arms) => ({ ...finding, ...arms })),
              { maxLength: 4 },
            ),
          })
          .map(({ verdict, ...more }) => assessment(verdict, more)),
        { nil: undefined },
      ),
    }),
    { maxLength: 5 },
  );
  const reports = fc.record({
    id: fc.record({ project: text, region: text, service: text }),
    image: text,
    canary: text,
    stable: fc.array(fc.record({ revision: text, percent: fc.nat(100) }), { maxLength: 12 }),
    ending: fc.record({
      outcome: fc.constantFrom<Outcome[]>('promoted', 'rolled-back', 'aborted', 'handed-over', 'held'),
      verdict: fc.constantFrom<Verdict[]>('healthy', 'failing', 'inconclusive', 'no-data'),
      reason: text,
      closed: fc.boolean(),
    }),
    steps,
    startedMs: fc.constant(START_MS),
    endedMs: fc.constant(START_MS + 1000),
    exposure: fc.constantFrom<Exposure[]>('nobody', 'unknown', { sinceMs: START_MS, percent: 10 }),
    confidence: fc.constant(0.99),
  });

  it('never makes a summary too large, an element of HTML, a link of its own or a table of another shape', () => {
    fc.assert(
      fc.property(reports, (report) => {
        const summary = rolloutSummary(report);
        expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_536);
        const tree = parseMarkdown(summary);
        expect(all(tree, 'html')).toEqual([]);
        expect(all(tree, 'image')).toEqual([]);
        expect(all(tree, 'heading').map(({ depth }) => depth)).toSatisfy(
          ([first, ...others]: number[]) => first === 2 && others.every((depth) => depth === 3),
        );
        for (const { url } of all(tree, 'link')) {
          expect(url).toMatch(/^https:\/\/console\.cloud\.google\.com\/(run|logs|monitoring)\//);
        }
        const [shown] = tablesOf(tree);
        if (report.steps.length > 0) {
          expect(shown).toHaveLength(report.steps.length + 1);
          for (const row of shown ?? []) expect(row).toHaveLength(9);
        }
        const code = all(tree, 'code');
        expect(code.map(({ lang }) => lang)).toEqual(report.steps.length > 0 ? ['mermaid'] : []);
        for (const line of code[0]?.value?.split('\n').slice(6) ?? []) {
          expect(line).toMatch(/^ {4}[\w %-]+ :(done|crit|active|milestone), \w+, [\d: -]+, [\d: -]+s?$/);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('that is too much is cut at whole blocks, with a note', () => {
    const huge = 'x'.repeat(100_000);
    const summary = rolloutSummary({ ...rolledBack, id: { ...rolledBack.id, project: huge } });
    expect(summary).toContain('### What decided');
    expect(summary).toMatch(
      /### Where to look\n\n\*The rest was left out: this summary would be over 64 KiB\.\*\n$/,
    );
  });
});
