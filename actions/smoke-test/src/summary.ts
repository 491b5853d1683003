import { formatDuration } from '@apex-actions/shared/action/duration';
import { code, escapeCell, fenced, table } from '@apex-actions/shared/action/markdown';
import { type CheckResult, countOf, describeFailure } from '@apex-actions/shared/smoke/result';
import { histogramLines, percentileLines } from './load/histogram-text.ts';
import { describeShape } from './load.ts';
import type { Outcome } from './main.ts';

const MOST_ROWS = 100;
const MARKS = { passed: '✅ passed', failed: '❌ failed', skipped: '➖ left out' } as const;

function rowOf({ name, request, status, durationMs, attempts, failures, reason }: CheckResult): string[] {
  const why = status === 'skipped' ? (reason ?? '') : failures.map(describeFailure).join('; ');
  const took = status === 'skipped' ? '' : formatDuration(durationMs);
  const tries = attempts > 1 ? ` (attempt ${attempts})` : '';
  return [name, request, `${MARKS[status]}${tries}`, took, why];
}

function answersOf(results: readonly CheckResult[]): string[] {
  return results
    .filter(({ status, answer }) => status === 'failed' && answer?.excerpt)
    .slice(0, 10)
    .flatMap(({ name, answer }) => [
      `${code(name)} answered ${answer?.status}:`,
      fenced([answer?.excerpt ?? '']),
    ]);
}

function loadOf({ load, loadError }: Outcome): string[] {
  if (loadError) return [`❌ ${escapeCell(loadError.message)}`];
  if (!load) return [];
  const { result, shape } = load;
  const broken = load.violations.map(
    ({ limit, expected, got }) => `- ❌ ${limit}: ${got}, expected ${expected}`,
  );
  return [
    `### Load: ${describeShape(shape)} for ${formatDuration(result.durationMs)}, ${Math.round(result.requestsPerSecond)} answered a second`,
    ...(broken.length > 0 ? [broken.join('\n')] : []),
    fenced([...percentileLines(result), '', ...histogramLines(result.histogram)]),
    ...(result.total.reasons.length > 0
      ? [
          table(
            ['Errors', 'Why'],
            result.total.reasons.map(({ reason, count }) => [String(count), reason]),
          ),
        ]
      : []),
  ];
}

/** The part of the job summary that this step writes. */
export function summaryOf(outcome: Outcome): string {
  const { results, url, load, loadError } = outcome;
  const failed = countOf(results, 'failed');
  const passed = countOf(results, 'passed');
  const good = failed === 0 && (load?.violations.length ?? 0) === 0 && !loadError;
  const verdict =
    failed > 0
      ? `${failed} of ${results.length} checks failed`
      : `${passed} of ${results.length} checks passed`;
  const limits = load && load.violations.length > 0 ? ', the load is outside its limits' : '';
  const notBegun = loadError ? ', the load could not begin' : '';
  const more = results.length > MOST_ROWS ? [`And ${results.length - MOST_ROWS} more, in the report.`] : [];
  return `${[
    `## ${good ? '✅' : '❌'} Smoke test: ${verdict}${limits}${notBegun}`,
    `Of ${code(url)}`,
    table(['Check', 'Request', 'Result', 'Took', 'Why'], results.slice(0, MOST_ROWS).map(rowOf)),
    ...more,
    ...answersOf(results),
    ...loadOf(outcome),
  ].join('\n\n')}\n`;
}
