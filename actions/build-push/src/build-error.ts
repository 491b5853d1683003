/** Why a build failed, from what buildx wrote in its plain form. */
export type BuildFailure = {
  message: string;
  /** Line of the Dockerfile, from 1. */
  line: number | undefined;
  /** The last lines of the step that failed; of everything where that cannot be told. */
  output: string[];
};

const MAX_LINES = 20;
const RULE = /^-{5,}$/;

/** The lines between `------` and `------` under the failing step's name (` > [2/3] RUN …:`). */
function outputOfStep(lines: readonly string[]): string[] | undefined {
  const title = lines.findLastIndex((line, i) => line.startsWith(' > ') && RULE.test(lines[i - 1] ?? ''));
  if (title < 0) return undefined;
  const length = lines.slice(title + 1).findIndex((line) => RULE.test(line));
  return length < 0 ? undefined : lines.slice(title + 1, title + 1 + length);
}

/** The number after the Dockerfile's name, above the excerpt that buildx shows of it. */
function lineOf(lines: readonly string[]): number | undefined {
  const at = lines.findLastIndex((line, i) => /:\d+$/.test(line) && RULE.test(lines[i + 1] ?? ''));
  const number = /:(\d+)$/.exec(lines[at] ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}

export function explainBuild(lines: readonly string[]): BuildFailure {
  const error =
    lines.findLast((line) => line.startsWith('ERROR: ')) ?? lines.findLast((line) => line.trim() !== '');
  const message = (error ?? 'docker said nothing').replace(/^ERROR: (failed to (build|solve): )*/, '');
  const step = outputOfStep(lines)?.filter((line) => line.trim() !== '');
  return {
    message,
    line: lineOf(lines),
    output: (step?.length ? step : lines.filter((line) => line.trim() !== '')).slice(-MAX_LINES),
  };
}
