import type { IncomingHttpHeaders } from 'node:http';

/** One request of a user, ready to be sent, and what makes of its answer a success. */
export type Exchange = {
  /** The check that it comes from; figures are kept by it. */
  name: string;
  method: string;
  /** With its query, as on the request line. */
  path: string;
  /** Names and values in turn, as undici takes them; without `host`, `content-length` and `connection`. */
  headers: readonly string[];
  body: string | undefined;
  /** Whether `judge` needs the body; what it does not need is counted and let go. */
  needsBody: boolean;
  /** Why the answer is not what was expected, in a few words without anything secret; `undefined` for a good one. */
  judge(answer: Answer): string | undefined;
};

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** Somebody who uses the service: one request after the other, the next never before the answer to the last. */
export type User = { next(): Exchange };

export type LoadPlan = {
  /** Where everything is sent. */
  origin: URL;
  /**
   * `users`: so many at once, each as fast as it is answered (closed). `rate`: so many requests a second whatever the
   * service does (open), by as many users as that takes, up to `MAX_USERS`.
   */
  shape: { kind: 'users'; users: number } | { kind: 'rate'; perSecond: number };
  durationMs: number;
  /** Longest time for one request, with its body. */
  requestTimeoutMs: number;
  /** Makes the user of that number, from 0; rejects where it cannot begin. */
  user(number: number): Promise<User>;
};

/** Milliseconds; all NaN where nothing was answered. */
export type Percentiles = { p50: number; p90: number; p95: number; p99: number; max: number };

export type Figures = {
  requests: number;
  errors: number;
  /** How often each reason for an error came up, most frequent first, at most ten. */
  reasons: readonly { reason: string; count: number }[];
  /**
   * Measured is from when a request was sent, on an open connection, to the last byte of its answer; corrected is that
   * for coordinated omission, from when the request was due, with users from when they wanted to send it, on whichever connection. Of answers, good or bad, and of time-outs for as
   * long as they lasted; a connection that was refused or broke off has no latency.
   */
  corrected: Percentiles;
  measured: Percentiles;
};

export type LoadResult = {
  total: Figures;
  /** By the name of the check, in the order in which they first came up. */
  checks: ReadonlyMap<string, Figures>;
  /** What it really took, from the first request to the last answer. */
  durationMs: number;
  requestsPerSecond: number;
  bytes: number;
  /**
   * With users: the share of their time that went into requests without an answer, 0 to 1. Who waits for a service that is
   * down sends little meanwhile, so that by their number those requests would hardly count.
   */
  lostShare: number;
  /** Of the corrected latencies: how many were above `fromMs` and up to `toMs`. */
  histogram: readonly { fromMs: number; toMs: number; count: number }[];
  /**
   * With a rate: how many requests should have begun and could not, since `MAX_USERS` were waiting for answers. They
   * are not in `total`.
   */
  notBegun: number;
  /** `true` where the signal ended it before its time. */
  stopped: boolean;
};
