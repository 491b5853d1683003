import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { type Emulator, startEmulator } from '@apex-actions/emulator/emulator';
import type { ScanInput as Scan } from '@apex-actions/emulator/scanning/scan';
import { type GitHub, startGitHub } from '@apex-actions/testkit/github';
import { inject } from 'vitest';
import { parse } from 'yaml';
import { digestOf, platformsOf } from '../../support/registry.ts';
import { git } from '../../support/release.ts';
import { type Event, type Run, type Running, runWorkflow } from './act.ts';
import { pushBaseImages } from './base-images.ts';
import { startMetadata } from './metadata.ts';
import { type Slack, startSlack } from './slack.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const STAND_INS = join(import.meta.dirname, 'stand-ins');
const TOKEN = 'token-of-the-run';
const { ACT = 'act', REGISTRY = '' } = process.env;

/** A service of an example: its name, its folder in the repository, and how it is started in place of its image. */
export type Service = { name: string; folder: string; command?: string[]; env?: Record<string, string> };

export type Options = {
  example: string;
  services: readonly Service[];
  /** Values of the secrets that the specs name. */
  secrets?: Readonly<Record<string, string>>;
  /** Variables of the repository, beside those that every example needs. */
  vars?: Readonly<Record<string, string>>;
};

/** As GitHub hands them on: `true` and `false` are text. */
type Inputs = Readonly<Record<string, string>>;

/** A repository of a user, with its runner, its Google Cloud, its GitHub and its Slack. */
export type World = {
  directory: string;
  emulator: Emulator;
  github: GitHub;
  slack: Slack;
  /** Repository of the images of a service. */
  image(service: string): string;
  /** What users of a service have: percentages by revision. */
  users(service: string): Record<string, number>;
  /** Where a service is. */
  url(service: string): string;
  /** Digest of a tag of a service's image; `undefined` where there is none. */
  digest(service: string, tag: string): Promise<string | undefined>;
  /** The commit of `main`. */
  head(): string;
  /** A file of the repository. */
  read(file: string): string;
  /** From now on the scan finds these in the images of a service. */
  find(service: string, vulnerabilities: Scan['vulnerabilities']): void;
  /** Commits the files; `null` deletes one, or a folder. */
  commit(files: Readonly<Record<string, string | null>>): string;
  push(): Promise<Run>;
  /** The same, for what is done to it while it runs. */
  startPush(): Running;
  tag(name: string): Promise<Run>;
  dispatch(workflow: string, inputs: Inputs): Promise<Run>;
  /** The same, for what is done to it while it runs. */
  startDispatch(workflow: string, inputs: Inputs): Running;
  stop(): Promise<void>;
};

export async function startWorld({ example, services, secrets = {}, vars = {} }: Options): Promise<World> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), `act-${example}-`)));
  const directory = join(home, example);
  const apps = `${REGISTRY}/my-project/${example}-${process.pid}`;
  const image = (service: string) => `${apps}/${service}`;
  cpSync(join(ROOT, 'examples', example), directory, {
    recursive: true,
    filter: (each) => !each.includes('node_modules'),
  });
  // What an image would bring with it.
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  git(directory, 'init', '--quiet', '--initial-branch=main');
  git(directory, 'remote', 'add', 'origin', `https://github.com/acme/${example}`);
  git(directory, 'add', '--all');
  git(directory, 'commit', '--quiet', '--message', 'first');
  pushBaseImages(REGISTRY, join(home, 'base'));

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
    services: services.flatMap((service) => ['', '-staging'].map((suffix) => running(service, suffix))),
  });
  const github = await startGitHub({ repositories: [`acme/${example}`], token: TOKEN });
  const slack = await startSlack();
  const metadata = await startMetadata();
  let pushed = git(directory, 'rev-parse', 'HEAD');
  let runs = 0;
  const findings = new Map<string, Scan['vulnerabilities']>();

  /** The service as it was before: its 42nd revision, of an image that nobody has any more. */
  function running({ name, folder }: Service, suffix: string) {
    const text = readFileSync(join(directory, folder, 'service.yaml'), 'utf8');
    const { template } = parse(text.replaceAll('-database-url', `${suffix}-database-url`));
    const [container, ...others] = template.containers;
    const revision = `${name}${suffix}-00042-old`;
    const containers = [{ ...container, image: `${image(name)}@sha256:${'0'.repeat(64)}` }, ...others];
    return {
      name: `${name}${suffix}`,
      template: { ...template, revision, containers },
      traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision, percent: 100 }],
    };
  }

  /** As Artifact Registry does by itself. */
  async function scan(pushed: string): Promise<void> {
    const vulnerabilities = findings.get(pushed.replace(/@.*/, ''));
    for (const each of await platformsOf(pushed)) emulator.control.setScan({ image: each, vulnerabilities });
  }

  function start(event: Omit<Event, 'payload'>, payload: object): Running {
    runs += 1;
    const file = join(home, `event-${runs}.json`);
    writeFileSync(file, JSON.stringify(payload));
    const { run, monitoring, logging, containeranalysis, sql } = emulator.endpoints;
    const bin = join(home, 'bin');
    return runWorkflow(
      { ...event, payload: file },
      {
        act: ACT,
        directory,
        onLine: (line) => {
          const pushed = /^Pushed: (\S+)$/.exec(line)?.[1];
          if (pushed) void scan(pushed);
        },
        env: {
          HOME: home,
          PATH: [bin, join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter),
          DOCKER_HOST: process.env.DOCKER_HOST ?? '',
          DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? '',
          BUILDX_BUILDER: process.env.BUILDX_BUILDER ?? 'default',
          CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: run,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: monitoring,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: logging,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINERANALYSIS: containeranalysis,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL: sql,
          GCE_METADATA_HOST: metadata.host,
          GITHUB_OF_TEST: github.url,
        },
        args: [
          '--platform=ubuntu-latest=-self-hosted',
          '--platform=vpc=-self-hosted',
          '--no-cache-server',
          `--env=GITHUB_RUN_ID=${runs}`,
          // They wait more than they work.
          '--concurrent-jobs=6',
          `--action-cache-path=${join(home, 'cache')}`,
          ...inject('published').map((each) => `--local-repository=${each}`),
          ...STAND_IN_ACTIONS.map(
            ([uses, folder]) => `--local-repository=${uses}=${join(STAND_INS, folder)}`,
          ),
          ...Object.entries({
            PROJECT_ID: 'my-project',
            REGION: 'europe-west1',
            REGISTRY: apps,
            WORKLOAD_IDENTITY_PROVIDER:
              'projects/1/locations/global/workloadIdentityPools/github/providers/repository',
            DEPLOYER: 'deployer@my-project.iam.gserviceaccount.com',
            BAKE: '3s',
            MAX_BAKE: '4s',
            POLL_INTERVAL: '1s',
            ...vars,
          }).map(([name, value]) => `--var=${name}=${value}`),
          `--secret=GITHUB_TOKEN=${TOKEN}`,
          `--secret=SLACK_WEBHOOK_URL=${slack.url}`,
          '--secret=SMOKE_PASSWORD=correct horse battery staple',
        ],
      },
    );
  }

  const startPush = (): Running => {
    const before = pushed;
    pushed = git(directory, 'rev-parse', 'HEAD');
    return start(PUSH, { ...TO_MAIN, before, after: pushed, deleted: false });
  };
  const startDispatch = (workflow: string, inputs: Inputs): Running =>
    start({ name: 'workflow_dispatch', workflow: `.github/workflows/${workflow}` }, { ...TO_MAIN, inputs });

  const found = (service: string): ServiceJson => {
    const all = emulator.control.services() as ServiceJson[];
    const one = all.find(({ name }) => name.endsWith(`/services/${service}`));
    if (!one) throw new Error(`There is no service ${service}.`);
    return one;
  };

  writeWrappers(join(home, 'bin'), github.url);
  return {
    directory,
    emulator,
    github,
    slack,
    image,
    users: (service) =>
      Object.fromEntries(
        found(service)
          .trafficStatuses.filter(({ percent = 0 }) => percent > 0)
          .map(({ revision, percent = 0 }) => [revision, percent]),
      ),
    url: (service) => found(service).uri,
    digest: (service, tag) => digestOf(image(service), tag),
    head: () => git(directory, 'rev-parse', 'HEAD'),
    read: (file) => readFileSync(join(directory, file), 'utf8'),
    commit(files) {
      for (const [file, text] of Object.entries(files)) {
        if (text === null) rmSync(join(directory, file), { recursive: true });
        else {
          mkdirSync(dirname(join(directory, file)), { recursive: true });
          writeFileSync(join(directory, file), text);
        }
      }
      git(directory, 'add', '--all');
      git(directory, 'commit', '--quiet', '--message', 'change');
      return git(directory, 'rev-parse', 'HEAD');
    },
    push: () => startPush().ended,
    startPush,
    tag(name) {
      const after = git(directory, 'rev-parse', 'HEAD');
      github.repository().tags.set(name, after);
      const before = '0'.repeat(40);
      return start(PUSH, { ...TO_MAIN, ref: `refs/tags/${name}`, before, after, deleted: false }).ended;
    },
    dispatch: (workflow, inputs) => startDispatch(workflow, inputs).ended,
    startDispatch,
    find: (service, vulnerabilities) => void findings.set(image(service), vulnerabilities),
    async stop() {
      await Promise.all([emulator.stop(), github.stop(), slack.stop(), metadata.stop()]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

type ServiceJson = {
  name: string;
  uri: string;
  trafficStatuses: { revision: string; percent?: number; tag?: string }[];
};

const PUSH = { name: 'push', workflow: '.github/workflows/deploy.yml' } as const;
const TO_MAIN = { ref: 'refs/heads/main', repository: { default_branch: 'main' } };

/** Third-party actions; everything else that the workflows name is published by this repository. */
const STAND_IN_ACTIONS = [
  ['google-github-actions/auth@7c6bc770dae815cd3e89ee6cdf493a5fab2cc093', 'auth'],
  ['actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f', 'upload-artifact'],
  ['slackapi/slack-github-action@0d95c9a7becc1e6e297d76df9bc735c44f4cbcbc', 'slack'],
] as const;

/** `gh` asks the GitHub of the test; `docker` builds where there is no bridge between networks. */
function writeWrappers(bin: string, github: string): void {
  mkdirSync(bin);
  const wrap = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/bash\nPATH=\${PATH#"${bin}:"}\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  wrap('gh', `GH_HOST=github.localhost HTTP_PROXY=${github} exec gh "$@"`);
  wrap(
    'docker',
    `if [[ $BUILDX_BUILDER == default && $1 == buildx && $2 == build ]]; then set -- buildx build --network host "\${@:3}"; fi
exec docker "$@"`,
  );
}
