/** What is asked of a contender, and what it answers; each runs in a process of its own. */
export type Run = {
  url: string;
  connections: number;
  /** Of all connections; as fast as it goes without. */
  perSecond?: number;
  durationSeconds: number;
};

/** Latencies in milliseconds, as they were measured, without correction. */
export type Measured = { requestsPerSecond: number; errors: number; p50: number; p95: number; p99: number };

export function readRun(): Run {
  return JSON.parse(process.argv[2] ?? '');
}

export function answer(measured: Measured): void {
  console.log(JSON.stringify(measured));
}
