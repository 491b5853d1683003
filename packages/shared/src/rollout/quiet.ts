/** How things stand at a poll: what it means, in a word; and what was counted. */
export type Standing = { meaning: string; counted: string; atMs: number };

/** What was said last, and since when nothing new has come. */
export type Said = Standing & { sinceMs: number };

/** With nothing new, one line in so many milliseconds says that it is so. */
export const REMINDER_MS = 60_000;

/**
 * What a poll is worth: a change of what it means, and new figures, are said at once; the same again is said once a
 * minute, and otherwise not at all.
 */
export function worthOf(said: Said | undefined, now: Standing): 'news' | 'reminder' | 'nothing' {
  if (said?.meaning !== now.meaning || said.counted !== now.counted) return 'news';
  return now.atMs - said.atMs >= REMINDER_MS ? 'reminder' : 'nothing';
}
