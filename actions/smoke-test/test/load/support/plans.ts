import type { Exchange, LoadPlan } from '../../../src/load/plan.ts';

/** A GET that expects 200 of a path. */
export function get(path: string, more: Partial<Exchange> = {}): Exchange {
  return {
    name: path,
    method: 'GET',
    path,
    headers: ['accept', '*/*'],
    body: undefined,
    needsBody: false,
    judge: ({ status }) => (status === 200 ? undefined : `status ${status}`),
    ...more,
  };
}

/** Everybody does the same, for a short while. */
export function planOf(
  exchange: Exchange,
  more: Partial<LoadPlan> & Pick<LoadPlan, 'origin' | 'shape'>,
): LoadPlan {
  return {
    durationMs: 500,
    requestTimeoutMs: 20_000,
    user: async () => ({ next: () => exchange }),
    ...more,
  };
}
