import { z } from 'zod';

/** Times are epoch milliseconds, shares 0 to 1. Everything is plain data: what JSON can say, and nothing else. */

const split = z.array(z.object({ revision: z.string(), percent: z.number() })).readonly();

const probes = z.object({ requests: z.number(), errors: z.number() });

/** What one arm did in one interval. */
const arm = z.object({
  requests: z.number(),
  errors: z.number(),
  /** Requests of our own, which are not among the others. */
  probes: probes.exactOptional(),
  /** Requests slower than `max-latency-p95`; only where that is given. */
  slow: z.number().exactOptional(),
  p50Ms: z.number().exactOptional(),
  p95Ms: z.number().exactOptional(),
  /** Requests by latency: the index of each bucket that is not empty, and its count. Only where latency is judged. */
  latencies: z.array(z.tuple([z.number().int().min(0), z.number().min(0)])).exactOptional(),
});

const interval = z.object({
  startMs: z.number(),
  endMs: z.number(),
  /** The canary's percentage at the end. */
  percent: z.number(),
  canary: arm,
  stable: arm,
});

/** The evidence of a check against the release, as a natural logarithm; from `needed` on it convicts. */
const evidence = z.object({ check: z.string(), log: z.number(), needed: z.number() });

/** A gauge: its last value, how many in a row have been outside its limits, and how many convict. */
const gauge = z.object({
  name: z.string(),
  value: z.number().exactOptional(),
  max: z.number().exactOptional(),
  min: z.number().exactOptional(),
  outside: z.number(),
  needed: z.number(),
});

const poll = z.object({
  atMs: z.number(),
  phase: z.string(),
  percent: z.number(),
  /** How much of the step the metrics show completely. */
  coveredMs: z.number(),
  /** `unseen`: the metrics could not be read. */
  verdict: z.enum(['healthy', 'failing', 'inconclusive', 'no-data', 'unseen']),
  reason: z.string(),
  /** The check that decided, where one did. */
  check: z.string().exactOptional(),
  /** The step waits: both arms are down, or nothing is shown where something should be. */
  holds: z.boolean(),
  evidence: z.array(evidence),
  gauges: z.array(gauge),
});

/** One write to the API, and the users' split that it leaves; without one where the write is not about traffic. */
const change = z.object({ atMs: z.number(), what: z.string(), split: split.exactOptional() });

const line = z.object({
  atMs: z.number(),
  level: z.enum(['info', 'notice', 'warning', 'error', 'group']),
  /** The title of the group of the log in which it stands. */
  group: z.string(),
  text: z.string(),
});

const plan = z.object({
  steps: z.array(z.number()).readonly(),
  bakeMs: z.number(),
  maxBakeMs: z.number(),
  pollIntervalMs: z.number(),
  timeoutMs: z.number(),
  watchMs: z.number(),
  onInconclusive: z.enum(['promote-if-clean', 'promote', 'abort']),
  holdAt: z.number().exactOptional(),
});

const policy = z.object({
  maxErrorRate: z.number(),
  maxErrorRatio: z.number(),
  maxLatencyP95Ms: z.number().exactOptional(),
  maxLatencyRatio: z.number().exactOptional(),
  confidence: z.number(),
  watched: z.boolean(),
  probed: z.boolean(),
});

/** What a rollback adds: where users were, where they went, and what the history of the service said. */
const rollback = z.object({
  from: split,
  to: split,
  chosenAs: z.string(),
  /** Since when users had what they were taken from; `exact` is false where that is the earliest it can have been. */
  badSince: z.object({ atMs: z.number(), exact: z.boolean() }).exactOptional(),
  /** What the service's own URL answered after the move. */
  health: z.object({ healthy: z.boolean(), detail: z.string() }).exactOptional(),
  history: z.array(
    z.object({
      atMs: z.number(),
      outcome: z.string(),
      revision: z.string(),
      to: split,
      reason: z.string().exactOptional(),
      actor: z.string().exactOptional(),
    }),
  ),
});

/** Everything that a step did and saw, from which its report is drawn and its verdict can be replayed. */
export const journalSchema = z.object({
  version: z.literal(1),
  action: z.enum(['canary-deploy', 'rollback']),
  service: z.object({ project: z.string(), region: z.string(), service: z.string() }),
  run: z.object({
    url: z.string().exactOptional(),
    repository: z.string().exactOptional(),
    workflow: z.string().exactOptional(),
    sha: z.string().exactOptional(),
    actor: z.string().exactOptional(),
    attempt: z.number().exactOptional(),
  }),
  startMs: z.number(),
  endMs: z.number(),
  /** As given; only those that cannot be secrets have their value. */
  inputs: z.array(z.object({ name: z.string(), value: z.string() })),
  image: z.object({ asked: z.string(), resolved: z.string() }).exactOptional(),
  canary: z.string().exactOptional(),
  stable: split,
  plan: plan.exactOptional(),
  policy: policy.exactOptional(),
  /** How Cloud Monitoring is read: its grid, and how late it is. */
  visibility: z.object({ periodMs: z.number(), delayMs: z.number() }).exactOptional(),
  /** What stable showed in the visible hour before, and how long ago the first request in it was. */
  before: z.object({ counts: arm, spanMs: z.number() }).exactOptional(),
  /** The canary's percentage from a time on. */
  shifts: z.array(z.object({ atMs: z.number(), percent: z.number() })),
  changes: z.array(change),
  polls: z.array(poll),
  /** The upper bounds of the buckets of `latencies`. */
  latencyBoundsMs: z.array(z.number()),
  intervals: z.array(interval),
  log: z.array(line),
  /** What a long rollout had too much of: polls and lines that are missing, and how many intervals each one here stands for. */
  thinned: z.object({ polls: z.number(), lines: z.number(), intervalsInOne: z.number() }),
  rollback: rollback.exactOptional(),
  ending: z
    .object({ outcome: z.string(), verdict: z.string(), reason: z.string(), closed: z.boolean() })
    .exactOptional(),
  /** Why the step failed. */
  error: z.string().exactOptional(),
});

export type Journal = z.infer<typeof journalSchema>;
export type JournalArm = z.infer<typeof arm>;
export type JournalInterval = z.infer<typeof interval>;
export type JournalPoll = z.infer<typeof poll>;
export type JournalLine = z.infer<typeof line>;
