import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GitHub, startGitHub } from '@apex-actions/testkit/github';
import { type Event, type Run, type Running, runWorkflow } from './act.ts';
import { pushBaseImages } from './base-images.ts';
import { type Cloud, type Service, startCloud } from './cloud.ts';
import { startMetadata } from './metadata.ts';
import { copyExample, type Repository } from './repository.ts';
import { runnerArgs, runnerEnv } from './runner.ts';
import { type Slack, startSlack } from './slack.ts';

const TOKEN = 'token-of-the-run';
const { ACT = 'act', REGISTRY = '' } = process.env;

const PUSH = { name: 'push', workflow: '.github/workflows/deploy.yml' } as const;
const TO_MAIN = { ref: 'refs/heads/main', repository: { default_branch: 'main' } };

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
export type World = Repository &
  Cloud & {
    github: GitHub;
    slack: Slack;
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
  const apps = `${REGISTRY}/my-project/${example}-${process.pid}`;
  const repository = copyExample(example, home);
  pushBaseImages(REGISTRY, join(home, 'base'));
  const cloud = await startCloud(repository, apps, services, secrets);
  const github = await startGitHub({ repositories: [`acme/${example}`], token: TOKEN });
  const slack = await startSlack();
  const metadata = await startMetadata();
  const env = runnerEnv(home, cloud.emulator, github.url, metadata.host);
  const common = [
    ...runnerArgs(home),
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
  ];
  const { directory, head } = repository;
  let pushed = head();
  let runs = 0;

  function start(event: Omit<Event, 'payload'>, payload: object): Running {
    runs += 1;
    const file = join(home, `event-${runs}.json`);
    writeFileSync(file, JSON.stringify(payload));
    const onLine = (line: string) => {
      const image = /^Pushed: (\S+)$/.exec(line)?.[1];
      if (image) void cloud.scan(image);
    };
    const args = [...common, `--env=GITHUB_RUN_ID=${runs}`];
    return runWorkflow({ ...event, payload: file }, { act: ACT, directory, args, env, onLine });
  }

  const startPush = (): Running => {
    const before = pushed;
    pushed = head();
    return start(PUSH, { ...TO_MAIN, before, after: pushed, deleted: false });
  };
  const startDispatch = (workflow: string, inputs: Inputs): Running =>
    start({ name: 'workflow_dispatch', workflow: `.github/workflows/${workflow}` }, { ...TO_MAIN, inputs });

  return {
    ...repository,
    ...cloud,
    github,
    slack,
    push: () => startPush().ended,
    startPush,
    tag(name) {
      const after = head();
      github.repository().tags.set(name, after);
      const before = '0'.repeat(40);
      return start(PUSH, { ...TO_MAIN, ref: `refs/tags/${name}`, before, after, deleted: false }).ended;
    },
    dispatch: (workflow, inputs) => startDispatch(workflow, inputs).ended,
    startDispatch,
    async stop() {
      await Promise.all([cloud.emulator.stop(), github.stop(), slack.stop(), metadata.stop()]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
