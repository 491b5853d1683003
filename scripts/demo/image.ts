import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ActionResult, runAction } from '@apex-actions/testkit/run-action';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A registry that the engine can push to, `host:port`. */
const { REGISTRY } = process.env;

export type Workshop =
  | { kind: 'none'; why: string }
  | { kind: 'engine' | 'engine and registry'; repository: string };

/** What this machine has for building images. */
export function findWorkshop(): Workshop {
  const { status } = spawnSync('docker', ['buildx', 'inspect', '--bootstrap'], {
    stdio: 'ignore',
    timeout: 60_000,
  });
  if (status !== 0) return { kind: 'none', why: 'there is no docker engine with buildx here' };
  return REGISTRY
    ? { kind: 'engine and registry', repository: `${REGISTRY}/demo-project/shop/api` }
    : { kind: 'engine', repository: 'europe-west1-docker.pkg.dev/demo-project/shop/api' };
}

/** Builds the shop with the action, and pushes it where there is a registry. */
export function buildShop(
  { kind, repository }: Exclude<Workshop, { kind: 'none' }>,
  onLine: (line: string) => void,
): Promise<ActionResult> {
  return runAction({
    directory: join(root, 'actions/build-push'),
    inputs: {
      image: repository,
      context: join(root, 'scripts/demo'),
      push: String(kind === 'engine and registry'),
      tags: 'demo',
      alias: 'staging-latest',
      'max-size': '10MB',
    },
    env: {
      DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(homedir(), '.docker'),
      ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
    },
    onLine,
  });
}
