/** A fault that is injected in front of a revision's process. */
export type RequestFault = {
  /** Share of requests (0 to 1) that are answered with `status` and never reach the process. */
  failShare?: number;
  /** Status of failed requests; 500 unless given. */
  status?: number;
  /** How long delayed requests wait before they go on to the process, or fail. */
  delayMs?: number;
  /** Share of requests (0 to 1) that wait; all of them unless given. */
  delayShare?: number;
};

/** What faults do to one request. */
export type Impact = { delayMs: number; status: number | undefined };

/** Draws what the faults that are in force do to one request: delays add up, the first failure wins. */
export function drawImpact(faults: readonly (RequestFault | undefined)[], random: () => number): Impact {
  const impact: Impact = { delayMs: 0, status: undefined };
  for (const fault of faults) {
    if (!fault) continue;
    if (fault.delayMs !== undefined && random() < (fault.delayShare ?? 1)) impact.delayMs += fault.delayMs;
    if (fault.failShare !== undefined && random() < fault.failShare) impact.status ??= fault.status ?? 500;
  }
  return impact;
}
