import { join } from 'node:path';
import { type Emulator, startEmulator } from '@apex-actions/emulator/emulator';
import type { ScanInput as Scan } from '@apex-actions/emulator/scanning/scan';
import { parse } from 'yaml';
import { digestOf, platformsOf } from '../../support/registry.ts';
import type { Repository } from './repository.ts';

/** A service of an example: its name, its folder in the repository, and how it is started in place of its image. */
export type Service = { name: string; folder: string; command?: string[]; env?: Record<string, string> };

/** The Google Cloud of a repository, in which each service has run for a while, and its twin in staging. */
export type Cloud = {
  emulator: Emulator;
  /** Repository of the images of a service. */
  image(service: string): string;
  /** What users of a service have: percentages by revision. */
  users(service: string): Record<string, number>;
  /** Where a service is. */
  url(service: string): string;
  /** Digest of a tag of a service's image; `undefined` where there is none. */
  digest(service: string, tag: string): Promise<string | undefined>;
  /** Looks at an image that was pushed, as Artifact Registry does by itself. */
  scan(pushed: string): Promise<void>;
  /** From now on the scan finds these in the images of a service. */
  find(service: string, vulnerabilities: Scan['vulnerabilities']): void;
};

type ServiceJson = {
  name: string;
  uri: string;
  trafficStatuses: { revision: string; percent?: number; tag?: string }[];
};

/** The service as it was before: its 42nd revision, of an image that nobody has any more. */
function running(spec: string, name: string, repository: string) {
  const { template } = parse(spec);
  const [container, ...others] = template.containers;
  const revision = `${name}-00042-old`;
  const containers = [{ ...container, image: `${repository}@sha256:${'0'.repeat(64)}` }, ...others];
  return {
    name,
    template: { ...template, revision, containers },
    traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision, percent: 100 }],
  };
}

/** @param apps where the images are, `host:port/path` */
export async function startCloud(
  { directory, read }: Repository,
  apps: string,
  services: readonly Service[],
  secrets: Readonly<Record<string, string>>,
): Promise<Cloud> {
  const image = (service: string) => `${apps}/${service}`;
  const findings = new Map<string, Scan['vulnerabilities']>();
  const emulator = await startEmulator({
    project: 'my-project',
    region: 'europe-west1',
    images: services.map(({ name, folder, command = ['node', 'server.mjs'], env = {} }) => ({
      image: image(name),
      command,
      env,
      directory: join(directory, folder),
    })),
    metrics: { 'sample-period': '1s', 'ingest-delay': '1s' },
    secrets,
    services: services.flatMap(({ name, folder }) => {
      const spec = read(join(folder, 'service.yaml'));
      const staging = spec.replaceAll('-database-url', '-staging-database-url');
      return [running(spec, name, image(name)), running(staging, `${name}-staging`, image(name))];
    }),
  });
  const found = (service: string): ServiceJson => {
    const all = emulator.control.services() as ServiceJson[];
    const one = all.find(({ name }) => name.endsWith(`/services/${service}`));
    if (!one) throw new Error(`There is no service ${service}.`);
    return one;
  };
  return {
    emulator,
    image,
    users: (service) =>
      Object.fromEntries(
        found(service)
          .trafficStatuses.filter(({ percent = 0 }) => percent > 0)
          .map(({ revision, percent = 0 }) => [revision, percent]),
      ),
    url: (service) => found(service).uri,
    digest: (service, tag) => digestOf(image(service), tag),
    async scan(pushed) {
      const vulnerabilities = findings.get(pushed.replace(/@.*/, ''));
      for (const each of await platformsOf(pushed))
        emulator.control.setScan({ image: each, vulnerabilities });
    },
    find: (service, vulnerabilities) => void findings.set(image(service), vulnerabilities),
  };
}
