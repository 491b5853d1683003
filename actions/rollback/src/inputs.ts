import { InputReader } from '@apex-actions/shared/action/inputs';
import type { Verification } from '@apex-actions/shared/cloudrun/health';
import { readVerification } from '@apex-actions/shared/cloudrun/verification';
import type { GitHubInputs } from '@apex-actions/shared/github/announcer';
import { readGitHubInputs } from '@apex-actions/shared/github/inputs';

/** `to`: undo what dead rollouts left, instead of rolling back. */
const SWEEP = 'stable';

export type Inputs = {
  service: string;
  region: string;
  projectId: string | undefined;
  to: string;
  reason: string | undefined;
  verification: Verification;
  force: boolean;
  dryRun: boolean;
  /** Without a token GitHub is told nothing. */
  github: GitHubInputs | undefined;
};

/** All of a region, or one service, whose dead rollout is to be undone. */
export type SweepInputs = Pick<Inputs, 'region' | 'projectId' | 'dryRun'> & { service: string | undefined };

export type Request = { kind: 'rollback'; inputs: Inputs } | { kind: 'sweep'; inputs: SweepInputs };

/** Every input, parsed to its real type. All problems come in one error. */
export function readInputs(env: Record<string, string | undefined>): Request {
  const reader = new InputReader(env);
  const sweeps = reader.text('to') === SWEEP;
  const inputs: Inputs = {
    service: sweeps ? (reader.text('service') ?? '') : reader.requiredText('service'),
    region: reader.requiredText('region'),
    projectId: reader.text('project-id'),
    to: reader.text('to') ?? 'previous',
    reason: reader.text('reason'),
    verification: readVerification(reader, env),
    force: reader.boolean('force') ?? false,
    dryRun: reader.boolean('dry-run') ?? false,
    github: readGitHubInputs(reader),
  };
  if (/[\s:@]/.test(inputs.to)) {
    reader.problem(
      'to',
      inputs.to,
      '`previous`, `stable`, a revision, its number such as `00042`, an image tag, or a commit',
    );
  }
  reader.finish();
  const { region, projectId, dryRun, service } = inputs;
  return sweeps
    ? { kind: 'sweep', inputs: { region, projectId, dryRun, service: service || undefined } }
    : { kind: 'rollback', inputs };
}
