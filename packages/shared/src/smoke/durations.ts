import { parseDuration } from '../action/duration.ts';

/** Milliseconds of a duration that the schema has accepted. */
export function milliseconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`unreachable: the schema accepts no "${text}"`);
  return ms;
}
