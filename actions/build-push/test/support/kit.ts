import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ActionOptions,
  type RunningAction,
  type StepResult,
  startAction,
} from '@apex-actions/testkit/run-action';
import { onTestFinished } from 'vitest';

export { onlyError } from '@apex-actions/testkit/only-error';

const directory = fileURLToPath(new URL('../..', import.meta.url));

/** The registry that the engine can push to, such as `127.0.0.1:5000`. */
export const REGISTRY = process.env.REGISTRY ?? '';
/** The engine of the tests. The steps start with a home of their own, so docker has to be told. */
const ENGINE = Object.fromEntries(
  ['DOCKER_HOST', 'DOCKER_CONFIG', 'PATH'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);

export const SHA = '8f1c2ab64de0c7d75b3e91a05f4c6e0d2b9a7c11';

let count = 0;
/** A repository that no other test has. */
export const newRepository = (): string => `${REGISTRY}/shop/api-${process.pid}-${Date.now()}-${++count}`;

/** A folder with these files. */
export function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'context-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

/** A context whose Dockerfile can RUN: Debian's busybox is all there is to it. */
export function shellFolder(dockerfile: string, files: Readonly<Record<string, string>> = {}): string {
  const root = folder({ Dockerfile: `FROM scratch\nCOPY busybox /bin/sh\n${dockerfile}`, ...files });
  copyFileSync('/bin/busybox', join(root, 'busybox'));
  return root;
}

export function start(inputs: Record<string, string>, options: Partial<ActionOptions> = {}): RunningAction {
  const running = startAction({ directory, inputs, ...options, env: { ...ENGINE, ...options.env } });
  onTestFinished(() => running.dispose());
  return running;
}

/** Main and post. */
export async function run(
  inputs: Record<string, string>,
  options: Partial<ActionOptions> = {},
): Promise<StepResult> {
  const running = start(inputs, options);
  const result = await running.main;
  await running.post();
  return result;
}

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** What the registry itself says of a reference such as `127.0.0.1:5000/shop/api:main`. */
export async function registrySays(reference: string) {
  const [, repository = '', tag = ''] = /^[^/]+\/([^@]+?)[:@]([^/]+)$/.exec(reference) ?? [];
  const response = await fetch(`http://${REGISTRY}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: ACCEPT },
  });
  const body = Buffer.from(await response.arrayBuffer());
  return {
    status: response.status,
    digest: `sha256:${createHash('sha256').update(body).digest('hex')}`,
    manifest: response.ok ? JSON.parse(String(body)) : undefined,
  };
}

/** The whole of a blob. */
export async function blob(repository: string, digest: string): Promise<Buffer> {
  const response = await fetch(
    `http://${REGISTRY}/v2/${repository.slice(REGISTRY.length + 1)}/blobs/${digest}`,
  );
  return Buffer.from(await response.arrayBuffer());
}
