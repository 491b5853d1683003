import { milliseconds, percent, whole } from './numbers-text.ts';
import type { Figures, LoadResult, Percentiles } from './plan.ts';

const BAR_LENGTH = 40;
const BAR = '█';
/** Something is never drawn as nothing. */
const LEAST_BAR = '▏';

function bar(count: number, most: number): string {
  return BAR.repeat(Math.round((count / most) * BAR_LENGTH)) || (count > 0 ? LEAST_BAR : '');
}

/** Columns as wide as their longest cell; the first to the left, the others to the right but for the last. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => {
        if (i === 0) return cell.padEnd(widths[i] ?? 0);
        return i === row.length - 1 ? cell : cell.padStart(widths[i] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** The latencies as lines of text: a bar for each range, with how many there were, and which share of all. */
export function histogramLines(histogram: LoadResult['histogram']): string[] {
  const total = histogram.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(...histogram.map(({ count }) => count));
  return columns(
    histogram.map(({ toMs, count }) => [
      `up to ${milliseconds(toMs)}`,
      whole(count),
      percent(count / total),
      bar(count, most),
    ]),
  );
}

/** The percentiles as lines of text: a row for each check, where there are several, and two for all of them. */
export function percentileLines({ total, checks }: Pick<LoadResult, 'total' | 'checks'>): string[] {
  const row = (name: string, { requests, errors }: Figures, { p50, p90, p95, p99, max }: Percentiles) => [
    name,
    whole(requests),
    whole(errors),
    ...[p50, p90, p95, p99, max].map((ms) => milliseconds(ms)),
    '',
  ];
  return columns([
    ['', 'requests', 'errors', 'P50', 'P90', 'P95', 'P99', 'longest', ''],
    ...(checks.size > 1 ? [...checks].map(([name, figures]) => row(name, figures, figures.corrected)) : []),
    row('all', total, total.corrected),
    row('all, as measured', total, total.measured),
  ]);
}
