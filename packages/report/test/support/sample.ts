import type { Journal, JournalArm, JournalPoll } from '@apex-actions/shared/report/journal';

const START_MS = Date.UTC(2026, 10, 21, 12, 0, 0);
const LIMIT = 0.01;

function arm(requests: number, errors: number): JournalArm {
  const slow = Math.round(requests / 50);
  return { requests, errors, slow, p50Ms: 42, p95Ms: 180 + errors };
}

/** A rollout at 10 % and 50 % that is rolled back at the end, with so many intervals of `periodMs` and one poll in each. */
export function sampleJournal(count: number, periodMs = 60_000): Journal {
  const endMs = START_MS + 30_000 + count * periodMs;
  const at = (i: number) => START_MS + 30_000 + i * periodMs;
  const half = Math.ceil(count / 2);
  const percentAt = (i: number) => (i < half ? 10 : 50);
  const intervals = Array.from({ length: count }, (_, i) => ({
    startMs: at(i),
    endMs: at(i + 1),
    percent: percentAt(i),
    canary: i % 17 === 5 ? { requests: 0, errors: 0 } : arm(200, i < half ? i % 3 : 2 + (i % 9)),
    stable: arm(1800, i % 4),
  }));
  const polls = intervals.map(({ endMs: seenMs, percent }, i): JournalPoll => {
    const last = i === count - 1;
    return {
      atMs: seenMs,
      phase: 'baking',
      percent,
      coveredMs: i * periodMs,
      verdict: last ? 'failing' : i < 3 ? 'no-data' : 'inconclusive',
      reason: last
        ? 'error-rate: canary 4.1 % errors in 290 requests, stable 0.2 % errors in 2610 requests; the limit is 1 %'
        : 'the metrics of the whole bake are not complete yet',
      ...(last ? { check: 'error-rate' } : {}),
      holds: i % 50 === 20,
      evidence: [
        { check: 'error-rate', log: last ? 7 : Math.min(4, i / 10 - 1), needed: 4.96 },
        { check: 'latency-p95', log: -1.2, needed: 5.81 },
      ],
      gauges: [{ name: 'queue-depth', value: 100 + (i % 40), max: 200, outside: 0, needed: 3 }],
    };
  });
  const stable = [
    { revision: 'shop-00041-abc', percent: 70 },
    { revision: 'shop-00040-def', percent: 30 },
  ];
  return {
    version: 1,
    action: 'canary-deploy',
    service: { project: 'demo-project', region: 'europe-west1', service: 'shop' },
    run: {
      url: 'https://github.com/octo-org/shop/actions/runs/123/attempts/1',
      repository: 'octo-org/shop',
      workflow: 'Deploy',
      sha: 'a'.repeat(40),
      actor: 'octocat',
      attempt: 1,
    },
    startMs: START_MS,
    endMs: endMs + 5000,
    inputs: [
      { name: 'env-vars', value: 'API_URL, LOG_LEVEL (values not shown)' },
      { name: 'max-error-rate', value: '1%' },
      { name: 'steps', value: '10, 50' },
    ],
    image: {
      asked: 'europe-west1-docker.pkg.dev/demo-project/shop/api:v2',
      resolved: `europe-west1-docker.pkg.dev/demo-project/shop/api@sha256:${'b'.repeat(64)}`,
    },
    canary: 'shop-00042-ghi',
    stable,
    plan: {
      steps: [10, 50],
      bakeMs: 300_000,
      maxBakeMs: 900_000,
      pollIntervalMs: 15_000,
      timeoutMs: 5_400_000,
      watchMs: 0,
      onInconclusive: 'promote-if-clean',
    },
    policy: {
      maxErrorRate: LIMIT,
      maxErrorRatio: 2,
      maxLatencyP95Ms: 500,
      confidence: 0.99,
      watched: false,
      probed: false,
    },
    visibility: { periodMs, delayMs: 240_000 },
    before: { counts: arm(108_000, 40), spanMs: 3_600_000 },
    shifts: [
      { atMs: at(0), percent: 10 },
      { atMs: at(half), percent: 50 },
      { atMs: endMs + 3000, percent: 0 },
    ],
    changes: [
      { atMs: START_MS + 8000, what: 'created shop-00042-ghi at 0 %, under the tag canary', split: stable },
      {
        atMs: at(0),
        what: 'gave shop-00042-ghi 10 %',
        split: [...stable, { revision: 'shop-00042-ghi', percent: 10 }],
      },
      { atMs: endMs, what: 'renewed the lease of the rollout' },
      { atMs: endMs + 3000, what: 'ended the rollout as rolled-back', split: stable },
    ],
    polls,
    latencyBoundsMs: [],
    intervals,
    log: polls.map(({ atMs, reason }) => ({
      atMs,
      level: 'info',
      group: 'Shift 10 % to the canary and bake',
      text: reason,
    })),
    thinned: { polls: 0, lines: 12, intervalsInOne: 1 },
    ending: {
      outcome: 'rolled-back',
      verdict: 'failing',
      reason:
        'error-rate: canary 4.1 % errors in 290 requests, stable 0.2 % errors in 2610 requests; the limit is 1 %',
      closed: true,
    },
  };
}

/** A rollback by hand. */
export function sampleRollback(): Journal {
  const { service, run, inputs, startMs } = sampleJournal(1);
  const to = [{ revision: 'shop-00041-abc', percent: 100 }];
  return {
    version: 1,
    action: 'rollback',
    service,
    run,
    inputs,
    startMs,
    endMs: startMs + 9000,
    stable: [],
    shifts: [],
    changes: [{ atMs: startMs + 7000, what: 'moved all users, and wrote the history', split: to }],
    polls: [],
    latencyBoundsMs: [],
    intervals: [],
    log: [{ atMs: startMs, level: 'notice', group: '', text: 'Users have shop-00041-abc 100 % again' }],
    thinned: { polls: 0, lines: 0, intervalsInOne: 1 },
    rollback: {
      from: [{ revision: 'shop-00042-ghi', percent: 100 }],
      to,
      chosenAs: 'the last revision that held all the traffic before, according to the history',
      badSince: { atMs: startMs - 600_000, exact: true },
      history: [
        {
          atMs: startMs - 600_000,
          outcome: 'promoted',
          revision: 'shop-00042-ghi',
          to,
          reason: 'every check is below its limit',
        },
      ],
    },
  };
}

/** Each of them in one field or another breaks a page that trusts its data. */
const HOSTILE = [
  '</script><script>globalThis.attacked = true</script>',
  '<img src=x onerror="globalThis.attacked = true">',
  `lines\u2028and\u2029paragraphs <!-- <script>`,
  '\u202eright to left\u202c مرحبا بالعالم',
  'w'.repeat(10_000),
  'javascript:globalThis.attacked=true',
  '$& $` \\u003c \ud800 {{x}} %3Cscript%3E',
];

/** The same journal with a hostile text in every field that holds one, but for those that only ever say one of a few words. */
export function hostile(journal: Journal): Journal {
  let next = 0;
  const words = new Set(['action', 'verdict', 'level', 'outcome', 'onInconclusive', 'phase']);
  return JSON.parse(JSON.stringify(journal), (key, value: unknown) => {
    if (typeof value !== 'string' || words.has(key)) return value;
    next += 1;
    return HOSTILE[next % HOSTILE.length];
  });
}
