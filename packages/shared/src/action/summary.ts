import { summary } from '@actions/core';

/** Adds to the job summary. Where there is no summary (a run outside of GitHub) nothing is written. */
export async function writeSummary(
  markdown: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  if (env.GITHUB_STEP_SUMMARY) await summary.addRaw(markdown, true).write();
}
