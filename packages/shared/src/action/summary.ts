import { appendFile, stat } from 'node:fs/promises';
import { debug, warning } from '@actions/core';
import { describeError } from './errors.ts';

/** A step's summary over this size is dropped as a whole by the runner. */
const MAX_BYTES = 1024 * 1024;
const CUT = '\n\n*The rest of this summary was cut: GitHub shows 1 MiB per step.*\n';

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

/** As many whole lines of the text as fit, and a note where that is not all. */
function fitting(markdown: string, bytes: number): string {
  const encoded = Buffer.from(markdown);
  if (encoded.length <= bytes) return markdown;
  const end = encoded.lastIndexOf('\n', Math.max(0, bytes - Buffer.byteLength(CUT)));
  return end < 0 ? '' : `${encoded.subarray(0, end)}${CUT}`;
}

/**
 * Adds to the job summary, up to the runner's limit per step. Where there is none (outside of a runner) nothing is
 * written, and a summary that cannot be written is a warning: it must not fail what it reports on.
 */
export async function writeSummary(
  markdown: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const path = env.GITHUB_STEP_SUMMARY;
  if (!path) return debug('No summary is written: GITHUB_STEP_SUMMARY is not set');
  try {
    await appendFile(path, fitting(`${markdown.trimEnd()}\n\n`, MAX_BYTES - (await sizeOf(path))));
  } catch (error) {
    warning(`The summary could not be written: ${describeError(error)}`);
  }
}
