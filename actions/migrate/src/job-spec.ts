import type { Job } from '@apex-actions/shared/cloudrun/jobs';
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

/** On a job: the names of what it had from the service last time, so that what the service loses goes from the job, too. */
const TAKEN_ANNOTATION = 'apex.dev/taken-over';

type Named = { name?: string | null };
type Taken = { env: string[]; volumes: string[] };

const namesOf = (items: readonly Named[]): string[] => items.map(({ name }) => name ?? '');

function takenBefore(job: Job | undefined): Taken {
  try {
    const { env, volumes }: Partial<Taken> = JSON.parse(job?.annotations?.[TAKEN_ANNOTATION] ?? '{}');
    return { env: env ?? [], volumes: volumes ?? [] };
  } catch {
    return { env: [], volumes: [] }; // Edited by hand: then all of the job is somebody's.
  }
}

function without<T extends Named>(items: readonly T[] | null | undefined, names: readonly string[]): T[] {
  return (items ?? []).filter(({ name }) => !names.includes(name ?? ''));
}

function merged<T extends Named>(current: readonly T[], asked: readonly T[]): T[] {
  return [...without(current, namesOf(asked)), ...asked];
}

/** Account, network, key, databases and secrets of the service. Its plain variables, and other volumes, are its own. */
function takenOver(service: Service) {
  const { serviceAccount, vpcAccess, encryptionKey, containers } = service.template ?? {};
  const container = ingressContainer(containers ?? []);
  const volumes = (service.template?.volumes ?? []).filter(
    ({ secret, cloudSqlInstance }) => secret || cloudSqlInstance,
  );
  return {
    task: {
      ...(serviceAccount ? { serviceAccount } : {}),
      ...(vpcAccess ? { vpcAccess } : {}),
      ...(encryptionKey ? { encryptionKey } : {}),
    },
    volumes,
    env: (container?.env ?? []).filter(({ valueSource }) => valueSource),
    volumeMounts: (container?.volumeMounts ?? []).filter(({ name }) => namesOf(volumes).includes(name ?? '')),
  };
}

const NOTHING: ReturnType<typeof takenOver> = { task: {}, volumes: [], env: [], volumeMounts: [] };

/** The container that migrates, without its image, command and arguments. */
function containerFor(
  current: Container,
  from: ReturnType<typeof takenOver>,
  taken: Taken,
  asked: Asked,
): Container {
  const paths = from.volumeMounts.map(({ mountPath }) => mountPath);
  const mounts = without(current.volumeMounts, [...taken.volumes, ...namesOf(from.volumes)]);
  const before = {
    ...current,
    env: withVariable(without(current.env, taken.env), from.env),
    volumeMounts: [...mounts.filter(({ mountPath }) => !paths.includes(mountPath)), ...from.volumeMounts],
  };
  const specified = withSettings(before, asked.spec?.template?.template?.containers?.[0] ?? {});
  return { ...specified, env: withVariable(specified.env ?? [], variablesOf(asked)) };
}

/**
 * The job as it is to be: one task. Fields that neither the service nor the inputs name stay; command and arguments do not,
 * since those of a migration down must not be left for the next one up.
 */
export function jobFor(current: Job | undefined, asked: Asked, service: Service | undefined): Job {
  const before = current?.template?.template ?? {};
  const from = service ? takenOver(service) : NOTHING;
  const taken = service ? takenBefore(current) : { env: [], volumes: [] };
  const { template: specExecution, ...specJob } = asked.spec ?? {};
  const { containers: specContainers, volumes: specVolumes, ...specTask } = specExecution?.template ?? {};
  const [container = {}, ...sidecars] = before.containers ?? [];
  const taking: Taken = { env: namesOf(from.env), volumes: namesOf(from.volumes) };
  return {
    ...current,
    ...specJob,
    annotations: {
      ...current?.annotations,
      ...specJob.annotations,
      ...(service ? { [TAKEN_ANNOTATION]: JSON.stringify(taking) } : {}),
    },
    template: {
      ...current?.template,
      ...specExecution,
      taskCount: 1,
      parallelism: 1,
      template: {
        ...before,
        ...from.task,
        ...specTask,
        volumes: merged(merged(without(before.volumes, taken.volumes), from.volumes), specVolumes ?? []),
        maxRetries: asked.maxRetries,
        timeout: { seconds: Math.ceil(asked.timeoutMs / 1000), nanos: 0 },
        containers: [
          {
            ...containerFor(container, from, taken, asked),
            image: asked.image,
            command: [...asked.command],
            args: [...asked.args],
          },
          ...merged(sidecars, specContainers?.slice(1) ?? []),
        ],
      },
    },
  };
}
