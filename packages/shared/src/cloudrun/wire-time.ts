/** `google.protobuf.Timestamp` and `Duration`, as Google's clients give them: seconds as a number, a text or a Long. */
type WireTime = { seconds?: unknown; nanos?: number | null } | null | undefined;

/** Milliseconds, for a timestamp since the epoch; 0 for one that is absent. */
export function wireMs(time: WireTime): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}
