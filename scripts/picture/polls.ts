import { stripVTControlCharacters } from 'node:util';

/** One poll of a rollout, as canary-deploy logs those that show something new. Shares are 0 to 1. */
export type Poll = { percent: number; canaryErrors: number; stableErrors: number; verdict: string };

/** One chapter of the demo: its title, the polls of its rollout, and how it ended. */
export type Chapter = { title: string; polls: Poll[]; ending: 'promoted' | 'restored' };

const POLL =
  /│ +(?<percent>\d+) % \| (?<verdict>[\w-]+) +\| [^|]*\| canary (?<canary>[^|]*) \| stable (?<stable>[^|]*) \|/;

function errorsOf(arm: string): number {
  return Number(/([\d.]+) % err/.exec(arm)?.[1] ?? 0) / 100;
}

/** Reads the demo's output; terminal colours are ignored. */
export function readChapters(text: string): Chapter[] {
  const chapters: Chapter[] = [];
  for (const raw of text.split('\n')) {
    const line = stripVTControlCharacters(raw).trimEnd();
    const title = /^\d+\. (.*)$/.exec(line)?.[1];
    if (title !== undefined) chapters.push({ title, polls: [], ending: 'promoted' });
    const chapter = chapters.at(-1);
    const poll = POLL.exec(line)?.groups;
    if (!chapter) continue;
    if (line.includes('▸ Restore stable')) chapter.ending = 'restored';
    if (poll) {
      chapter.polls.push({
        percent: Number(poll.percent),
        canaryErrors: errorsOf(poll.canary ?? ''),
        stableErrors: errorsOf(poll.stable ?? ''),
        verdict: poll.verdict ?? '',
      });
    }
  }
  return chapters;
}
