import { image, pinned, type Stage } from '../support/stage.ts';

const PACE = { bake: '1s', 'max-bake': '4s', 'poll-interval': '500ms' };
const THEIRS = { labels: { team: 'shop' }, annotations: { 'example.com/owner': 'ada' } };

export type Run = { action: 'canary-deploy' | 'rollback'; inputs: Record<string, string> };

/** What is there before, and the step that is then crashed at every call. */
export type Scenario = {
  title: string;
  prepare(stage: Stage): Promise<void>;
  run: Run;
  /** The deploy that follows a crash, of the same job, one attempt later; another release unless given. */
  next?: Run;
  /** Whether a deploy repairs it; what a killed rollback leaves is the next rollback's to tidy up. */
  deployRepairs?: boolean;
};

const deploy = (name: Parameters<typeof image>[0], inputs: Record<string, string> = {}): Run => ({
  action: 'canary-deploy',
  inputs: { image: image(name), ...PACE, ...inputs },
});

export const NEXT = deploy('v2', { 'on-inconclusive': 'promote' });
const FIRST = deploy('v1', { spec: JSON.stringify({ ...THEIRS, template: {} }) });

async function one(stage: Stage): Promise<string> {
  const first = await stage.create('v1', THEIRS);
  await stage.load(100);
  return first;
}

async function two(stage: Stage): Promise<[string, string]> {
  const first = await one(stage);
  await stage.update({ template: { containers: [{ image: image('v2') }] } }, ['template.containers']);
  return [first, (await stage.service()).latestReadyRevision?.split('/').at(-1) ?? ''];
}

export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'a first deploy',
    prepare: async () => {},
    run: FIRST,
    next: FIRST,
  },
  {
    title: 'a good release, the traffic on LATEST',
    prepare: async (stage) => void (await one(stage)),
    run: deploy('v2'),
  },
  {
    title: 'a bad release, the traffic pinned',
    prepare: async (stage) => {
      const first = await one(stage);
      await stage.update({ traffic: [pinned(first, 100)] }, ['traffic']);
    },
    run: deploy('failing'),
  },
  {
    title: 'two stable revisions',
    prepare: async (stage) => {
      const [first, second] = await two(stage);
      await stage.update({ traffic: [pinned(first, 70), pinned(second, 30)] }, ['traffic']);
    },
    run: deploy('v1', { 'env-vars': 'NEW=1' }),
  },
  {
    title: 'a rollout that is held',
    prepare: async (stage) => void (await one(stage)),
    run: deploy('v2', { 'hold-at': '50' }),
  },
  {
    title: 'a rollout that is resumed',
    prepare: async (stage) => {
      await one(stage);
      const { action, inputs } = deploy('v2', { 'hold-at': '50' });
      await stage.run(action, inputs, { GITHUB_RUN_ID: '1' });
    },
    run: deploy('v2', { resume: 'true' }),
  },
  {
    title: 'a rollback',
    deployRepairs: false,
    prepare: async (stage) => void (await two(stage)),
    run: { action: 'rollback', inputs: { to: '1' } },
  },
];
