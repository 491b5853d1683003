import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Emulator } from '@apex-actions/emulator/emulator';
import { inject } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../../..');
const STAND_INS = join(import.meta.dirname, 'stand-ins');

/** Third-party actions; everything else that the workflows name is published by this repository. */
const STAND_IN_ACTIONS = [
  ['google-github-actions/auth@7c6bc770dae815cd3e89ee6cdf493a5fab2cc093', 'auth'],
  ['actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f', 'upload-artifact'],
  ['slackapi/slack-github-action@0d95c9a7becc1e6e297d76df9bc735c44f4cbcbc', 'slack'],
] as const;

/** What act is told of where the jobs run and where everything comes from. */
export function runnerArgs(home: string): string[] {
  const local = STAND_IN_ACTIONS.map(([uses, folder]) => `${uses}=${join(STAND_INS, folder)}`);
  return [
    '--platform=ubuntu-latest=-self-hosted',
    '--platform=vpc=-self-hosted',
    '--no-cache-server',
    // They wait more than they work.
    '--concurrent-jobs=6',
    `--action-cache-path=${join(home, 'cache')}`,
    ...[...inject('published'), ...local].map((each) => `--local-repository=${each}`),
  ];
}

/** The environment of the runner's machine; nothing else of the test's is in it. */
export function runnerEnv(
  home: string,
  { endpoints }: Emulator,
  github: string,
  metadata: string,
): Record<string, string> {
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  wrap(bin, 'gh', `GH_HOST=github.localhost HTTP_PROXY=${github} exec gh "$@"`);
  // An engine of its own has no bridge between networks.
  wrap(
    bin,
    'docker',
    `if [[ $BUILDX_BUILDER == default && $1 == buildx && $2 == build ]]; then set -- buildx build --network host "\${@:3}"; fi
exec docker "$@"`,
  );
  return {
    HOME: home,
    PATH: [bin, join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    DOCKER_HOST: process.env.DOCKER_HOST ?? '',
    DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? '',
    BUILDX_BUILDER: process.env.BUILDX_BUILDER ?? 'default',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: endpoints.run,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: endpoints.monitoring,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: endpoints.logging,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINERANALYSIS: endpoints.containeranalysis,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL: endpoints.sql,
    GCE_METADATA_HOST: metadata,
    GITHUB_OF_TEST: github,
  };
}

/** A program that does something before the one of the same name. */
function wrap(bin: string, name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/bash\nPATH=\${PATH#"${bin}:"}\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}
