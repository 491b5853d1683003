import type { StepReport } from '../../rollout/machine.ts';
import { thin } from './blocks.ts';

/** More bars than that are no picture. */
const MOST = 60;

/** `2026-11-21 14:06:10`; read and shown in one time zone, so it stays UTC whatever that is. */
function time(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** The colours of a bar: red for what was convicted, grey for what is done, blue for what stayed open. */
const TAGS = { failing: 'crit', healthy: 'done', inconclusive: 'active', 'no-data': 'active' } as const;

function bar({ percent, startMs, endMs, assessment }: StepReport, id: number): string {
  const verdict = assessment?.verdict ?? 'no-data';
  // A bar of no length is not drawn.
  const end = Math.max(endMs, startMs + 1000);
  return `    ${percent} % ${verdict} :${TAGS[verdict]}, s${id}, ${time(startMs)}, ${time(end)}`;
}

/** Of what is drawn beside the steps: a point in time, in words of ours. */
export type Mark = { atMs: number; text: 'all users' | 'stable restored' | 'stopped' };

/**
 * The steps on a line of time, as a Gantt chart: of the kinds that GitHub draws the oldest, and where it is not drawn its
 * text reads as a list. Nothing from outside is in it, so nothing has to be escaped.
 * Syntax: https://mermaid.js.org/syntax/gantt.html
 */
export function timeline(steps: readonly StepReport[], mark: Mark): string {
  if (steps.length === 0) return '';
  const lines = [
    'gantt',
    '    title The canary and its share of the users (UTC)',
    '    dateFormat YYYY-MM-DD HH:mm:ss',
    '    axisFormat %H:%M:%S',
    '    todayMarker off',
    '    section Steps',
    ...thin(steps, MOST).map(bar),
    `    ${mark.text} :milestone, last, ${time(mark.atMs)}, 0s`,
  ];
  return ['```mermaid', ...lines, '```'].join('\n');
}
