import { InputReader } from '@apex-actions/shared/action/inputs';

export type Inputs = {
  service: string;
  region: string;
  projectId: string | undefined;
  to: string;
  reason: string | undefined;
  healthPath: string;
  force: boolean;
  dryRun: boolean;
};

/** Every input, parsed to its real type. All problems come in one error. */
export function readInputs(env: Record<string, string | undefined>): Inputs {
  const reader = new InputReader(env);
  const inputs: Inputs = {
    service: reader.requiredText('service'),
    region: reader.requiredText('region'),
    projectId: reader.text('project-id'),
    to: reader.text('to') ?? 'previous',
    reason: reader.text('reason'),
    healthPath: reader.requiredText('health-path'),
    force: reader.boolean('force') ?? false,
    dryRun: reader.boolean('dry-run') ?? false,
  };
  if (inputs.healthPath && !inputs.healthPath.startsWith('/')) {
    reader.problem('health-path', inputs.healthPath, 'a path that starts with `/`');
  }
  if (/[\s:@]/.test(inputs.to)) {
    reader.problem(
      'to',
      inputs.to,
      '`previous`, a revision, its number such as `00042`, an image tag, or a commit',
    );
  }
  reader.finish();
  return inputs;
}
