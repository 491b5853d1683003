import type { Job, TaskTemplate } from '@apex-actions/shared/cloudrun/jobs';
import { variablesOf, withSettings, withVariable } from '@apex-actions/shared/cloudrun/release';
import { type Container, ingressContainer, type Service } from '@apex-actions/shared/cloudrun/resources';
import type { Inputs } from './inputs.ts';

/** What the migration runs as; whatever it does not name stays as it is on the job. */
export type Asked = Pick<
  Inputs,
  'command' | 'args' | 'env' | 'secrets' | 'spec' | 'timeoutMs' | 'maxRetries'
> & {
  /** By digest where it could be resolved. */
  image: string;
};

type Named = { name?: string | null };

function merged<T extends Named>(current: readonly T[], asked: readonly T[]): T[] {
  return [...current.filter(({ name }) => !asked.some((other) => other.name === name)), ...asked];
}

/** The volumes that reach a database or hold a secret, and where the service's container has them. */
function volumesOf({ template }: Service) {
  const volumes = (template?.volumes ?? []).filter(
    ({ secret, cloudSqlInstance }) => secret || cloudSqlInstance,
  );
  const container = ingressContainer(template?.containers ?? []);
  const volumeMounts = (container?.volumeMounts ?? []).filter(({ name }) =>
    volumes.some((volume) => volume.name === name),
  );
  return { volumes, volumeMounts };
}

/** Account, network, key, databases and secrets of the service. Its plain variables are its own. */
function takenOver(service: Service): { task: TaskTemplate; container: Container } {
  const { serviceAccount, vpcAccess, encryptionKey, containers } = service.template ?? {};
  const { volumes, volumeMounts } = volumesOf(service);
  const env = (ingressContainer(containers ?? [])?.env ?? []).filter(({ valueSource }) => valueSource);
  return {
    task: {
      ...(serviceAccount ? { serviceAccount } : {}),
      ...(vpcAccess ? { vpcAccess } : {}),
      ...(encryptionKey ? { encryptionKey } : {}),
      volumes,
    },
    container: { env, volumeMounts },
  };
}

/**
 * The job as it is to be: one task in one container. Fields that neither the service nor the inputs name stay; command and
 * arguments do not, since those of a migration down must not be left for the next one up.
 */
export function jobFor(current: Job | undefined, asked: Asked, service: Service | undefined): Job {
  const { spec } = asked;
  const before = current?.template?.template ?? {};
  const from = service ? takenOver(service) : { task: {}, container: {} };
  const { containers: specContainers, volumes: specVolumes, ...specTask } = spec?.template?.template ?? {};
  const [container = {}] = before.containers ?? [];
  const specified = withSettings(
    {
      ...container,
      env: withVariable(container.env ?? [], from.container.env ?? []),
      volumeMounts: merged(container.volumeMounts ?? [], from.container.volumeMounts ?? []),
    },
    specContainers?.[0] ?? {},
  );
  const { template: specExecution, ...specJob } = spec ?? {};
  return {
    ...current,
    ...specJob,
    template: {
      ...current?.template,
      ...specExecution,
      taskCount: 1,
      parallelism: 1,
      template: {
        ...before,
        ...from.task,
        ...specTask,
        volumes: merged(merged(before.volumes ?? [], from.task.volumes ?? []), specVolumes ?? []),
        maxRetries: asked.maxRetries,
        timeout: { seconds: Math.ceil(asked.timeoutMs / 1000), nanos: 0 },
        containers: [
          {
            ...specified,
            image: asked.image,
            command: [...asked.command],
            args: [...asked.args],
            env: withVariable(specified.env ?? [], variablesOf(asked)),
          },
        ],
      },
    },
  };
}
