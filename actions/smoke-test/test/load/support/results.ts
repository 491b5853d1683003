import type { Figures, LoadResult, Percentiles } from '../../../src/load/plan.ts';

export const percentiles = (ms: number): Percentiles => ({
  p50: ms,
  p90: 2 * ms,
  p95: 3 * ms,
  p99: 4 * ms,
  max: 5 * ms,
});

export const figures: Figures = {
  requests: 1000,
  errors: 10,
  reasons: [{ reason: 'status 500', count: 10 }],
  corrected: percentiles(100),
  measured: percentiles(50),
};

export const result: LoadResult = {
  total: figures,
  checks: new Map([['query', figures]]),
  durationMs: 10_000,
  requestsPerSecond: 100,
  bytes: 11_000,
  histogram: [],
  lostShare: 0,
  notBegun: 0,
  stopped: false,
};
