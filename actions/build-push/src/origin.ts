import { readFileSync } from 'node:fs';
import { getExecOutput } from '@actions/exec';
import { type RunContext, readContext } from '@apex-actions/shared/action/context';
import { z } from 'zod';
import { isRemote } from './context.ts';
import type { Inputs } from './inputs.ts';

type Env = Readonly<Record<string, string | undefined>>;

const eventSchema = z.object({ number: z.number() });

/** The commit that a folder is at, where it is in a repository of Git. */
async function headOf(folder: string): Promise<string | undefined> {
  try {
    const { stdout, exitCode } = await getExecOutput('git', ['-C', folder, 'rev-parse', 'HEAD'], {
      silent: true,
      ignoreReturnCode: true,
    });
    return exitCode === 0 ? stdout.trim() : undefined;
  } catch {
    return undefined; // There is no git.
  }
}

/** Such a run is on the base branch; only its event tells which pull request it is for. */
function pullRequestOf({ GITHUB_EVENT_PATH: path }: Env): number | undefined {
  if (!path) return undefined;
  return eventSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data?.number;
}

/**
 * The run's context, with the commit and the ref of what is really built: on `workflow_run`, `pull_request_target` and
 * wherever a workflow checks out something else, the run's own are others.
 */
export async function originOf(inputs: Inputs, env: Env): Promise<RunContext> {
  const context = readContext(env);
  const local = inputs.kind === 'build' && !isRemote(inputs.context);
  const head = local ? await headOf(inputs.context) : undefined;
  const pr = context.eventName === 'pull_request_target' ? pullRequestOf(env) : undefined;
  return {
    ...context,
    ...(head === undefined ? {} : { sha: head }),
    ...(pr === undefined ? {} : { ref: `refs/pull/${pr}/merge` }),
  };
}
