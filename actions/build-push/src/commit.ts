import { randomUUID } from 'node:crypto';
import { getExecOutput } from '@actions/exec';
import { isRemote } from './build.ts';

/**
 * The commit that a context is at: on `workflow_run`, `pull_request_target` and others the run's own is another. What is
 * fetched by docker itself may be anything, so nothing built from it is taken for the same.
 */
export async function checkedOut(context: string, fallback: string | undefined): Promise<string | undefined> {
  if (isRemote(context)) return randomUUID();
  try {
    const { stdout, exitCode } = await getExecOutput('git', ['-C', context, 'rev-parse', 'HEAD'], {
      silent: true,
      ignoreReturnCode: true,
    });
    return exitCode === 0 ? stdout.trim() : fallback;
  } catch {
    return fallback; // There is no git.
  }
}
