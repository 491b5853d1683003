/** Who comes next, and who does not, however what came before has ended. */
import { describe, expect, it } from 'vitest';
import type { Value } from './support/expressions.ts';
import { type Endings, inputsOf, playJob, playWorkflow } from './support/play.ts';
import { all, type Workflow } from './support/workflow-files.ts';

function workflowOf(file: string): Workflow {
  const found = all.find(({ title }) => title === file);
  if (!found) throw new Error(`${file} is not found`);
  return found.workflow;
}

const FAILED = { status: 'failure' } as const;
const CANCELLED = { status: 'cancelled' } as const;
const revisions = {
  revision: 'shop-00042-b',
  'stable-revision': 'shop-00041-a',
  url: 'https://shop.example',
};
const deployed = (outcome: string, more: Partial<typeof revisions> = {}) => ({
  ...revisions,
  outcome,
  ...more,
});
const promoted = { status: 'success', outputs: deployed('promoted') } as const;

describe('deploy.yml: the job that deploys', () => {
  const workflow = workflowOf('workflows/deploy.yml');
  const job = workflow.jobs.deploy ?? {};
  const BEFORE = ['Check out', 'Log in to Google Cloud'];
  const AFTER = ['notice', 'Keep it for a summary of many services'];

  const cases: {
    what: string;
    inputs?: Record<string, Value>;
    endings: Endings;
    ran: string[];
    status: string;
    outcome: string;
  }[] = [
    {
      what: 'a good release',
      endings: { deploy: promoted },
      ran: ['deploy', 'smoke', 'alias'],
      status: 'success',
      outcome: 'promoted',
    },
    {
      what: 'a good release without alias',
      inputs: { alias: '' },
      endings: { deploy: promoted },
      ran: ['deploy', 'smoke'],
      status: 'success',
      outcome: 'promoted',
    },
    {
      what: 'a good release with migrations',
      inputs: { migrate: true },
      endings: { deploy: promoted },
      ran: ['migrate', 'deploy', 'smoke', 'alias'],
      status: 'success',
      outcome: 'promoted',
    },
    {
      what: 'a migration that fails',
      inputs: { migrate: true },
      endings: { migrate: FAILED },
      ran: ['migrate'],
      status: 'failure',
      outcome: '',
    },
    {
      what: 'a cancel during the migration',
      inputs: { migrate: true },
      endings: { migrate: CANCELLED },
      ran: ['migrate'],
      status: 'cancelled',
      outcome: '',
    },
    ...['rolled-back', 'aborted', 'handed-over'].map((outcome) => ({
      what: `a rollout that ends as ${outcome}, which needs no second rollback`,
      endings: { deploy: { ...FAILED, outputs: deployed(outcome) } },
      ran: ['deploy'],
      status: 'failure',
      outcome,
    })),
    {
      what: 'a first deploy that fails',
      endings: { deploy: { ...FAILED, outputs: deployed('aborted', { 'stable-revision': '' }) } },
      ran: ['deploy'],
      status: 'failure',
      outcome: 'aborted',
    },
    {
      what: 'a rollout that never began',
      endings: { deploy: FAILED },
      ran: ['deploy'],
      status: 'failure',
      outcome: '',
    },
    {
      what: 'a cancel during the rollout, whose post step restores stable',
      endings: { deploy: { ...CANCELLED, outputs: deployed('aborted') } },
      ran: ['deploy'],
      status: 'cancelled',
      outcome: 'aborted',
    },
    {
      what: 'a cancel during the watch, which leaves the release',
      endings: { deploy: { ...CANCELLED, outputs: deployed('promoted') } },
      ran: ['deploy'],
      status: 'cancelled',
      outcome: 'promoted',
    },
    {
      what: 'a smoke test that fails',
      endings: { deploy: promoted, smoke: FAILED },
      ran: ['deploy', 'smoke', 'rollback'],
      status: 'failure',
      outcome: 'rolled-back',
    },
    {
      what: 'a cancel during the smoke test',
      endings: { deploy: promoted, smoke: CANCELLED },
      ran: ['deploy', 'smoke', 'rollback'],
      status: 'cancelled',
      outcome: 'rolled-back',
    },
    {
      what: 'an alias that does not move',
      endings: { deploy: promoted, alias: FAILED },
      ran: ['deploy', 'smoke', 'alias', 'rollback'],
      status: 'failure',
      outcome: 'rolled-back',
    },
    {
      what: 'a rollback that fails as well',
      endings: { deploy: promoted, smoke: FAILED, rollback: FAILED },
      ran: ['deploy', 'smoke', 'rollback'],
      status: 'failure',
      outcome: 'promoted',
    },
    {
      what: 'a first deploy whose smoke test fails, with nothing to go back to',
      endings: {
        deploy: { status: 'success', outputs: deployed('promoted', { 'stable-revision': '' }) },
        smoke: FAILED,
      },
      ran: ['deploy', 'smoke'],
      status: 'failure',
      outcome: 'promoted',
    },
    {
      what: 'the same deploy run again, whose smoke test fails: nobody was moved',
      endings: {
        deploy: {
          status: 'success',
          outputs: deployed('promoted', { 'stable-revision': revisions.revision }),
        },
        smoke: FAILED,
      },
      ran: ['deploy', 'smoke'],
      status: 'failure',
      outcome: 'promoted',
    },
    {
      what: 'a rollout that is held',
      inputs: { 'hold-at': '10' },
      endings: { deploy: { status: 'success', outputs: deployed('held') } },
      ran: ['deploy'],
      status: 'success',
      outcome: 'held',
    },
    {
      what: 'one that is resumed, and was migrated before',
      inputs: { resume: true, migrate: true },
      endings: { deploy: promoted },
      ran: ['deploy', 'smoke', 'alias'],
      status: 'success',
      outcome: 'promoted',
    },
    {
      what: 'one that is resumed and turns bad',
      inputs: { resume: true },
      endings: { deploy: { ...FAILED, outputs: deployed('rolled-back') } },
      ran: ['deploy'],
      status: 'failure',
      outcome: 'rolled-back',
    },
  ];

  it.each(cases)('$what', ({ inputs = {}, endings, ran, status, outcome }) => {
    const known = {
      inputs: inputsOf(workflow, { alias: 'production-latest', ...inputs }),
      vars: { WORKLOAD_IDENTITY_PROVIDER: 'provider' },
      needs: { window: { result: 'skipped', outputs: {} } },
    };
    const played = playJob(job, known, endings);
    expect(played).toMatchObject({ ran: [...BEFORE, ...ran, ...AFTER], status });
    expect(played.outputs.outcome).toBe(outcome);
  });

  it('tells Slack however it ended, where there is a webhook, and an error of Slack fails nothing', () => {
    const known = { inputs: inputsOf(workflow, {}), vars: {} };
    for (const deploy of [promoted, FAILED, CANCELLED]) {
      const endings = {
        deploy,
        notice: { status: 'success', outputs: { given: 'true' } },
        'Tell Slack': FAILED,
      } as const;
      const played = playJob(job, known, endings);
      expect(played.ran.at(-1)).toBe('Tell Slack');
      expect(played.status).toBe(deploy.status);
    }
  });

  it('keeps the reports however it ended, where there are any, and an artifact that cannot be written fails nothing', () => {
    const known = { inputs: inputsOf(workflow, {}), vars: {} };
    const kept = (endings: Endings) => {
      const { ran, status } = playJob(job, known, { ...endings, 'Keep the report': FAILED });
      return { reports: ran.filter((name) => name.startsWith('Keep the report')), status };
    };
    const report = '/tmp/report.html';
    const ending = (outcome: string) => ({ ...deployed(outcome), report });
    for (const deploy of [FAILED, CANCELLED])
      expect(kept({ deploy: { ...deploy, outputs: ending('rolled-back') } })).toEqual({
        reports: ['Keep the report'],
        status: deploy.status,
      });
    const taken = { deploy: { status: 'success', outputs: ending('promoted') }, smoke: FAILED } as const;
    expect(kept({ ...taken, rollback: { status: 'success', outputs: { report } } })).toEqual({
      reports: ['Keep the report', 'Keep the report of the rollback'],
      status: 'failure',
    });
    expect(kept({ deploy: FAILED }).reports).toEqual([]);
  });

  it('changes nothing once the window has closed', () => {
    const known = { inputs: inputsOf(workflow, { 'deploy-window': 'Wed 22:00-24:00 UTC' }), vars: {} };
    const closed = 'Is the maintenance window still open';
    expect(playJob(job, known, { [closed]: FAILED }).ran).toEqual([closed, ...AFTER]);
  });

  it('uses the credentials of the runner where no provider is named', () => {
    expect(playJob(job, { inputs: inputsOf(workflow, {}), vars: {} }, {}).ran).not.toContain(
      'Log in to Google Cloud',
    );
  });

  it.each([
    ['without a window', '', 'success', '', ['deploy']],
    ['within it', 'Wed 22:00-24:00 UTC', 'success', 'true', ['window', 'deploy']],
    ['outside of it', 'Wed 22:00-24:00 UTC', 'success', 'false', ['window']],
    ['with one that cannot be read', 'midnight', 'failure', '', ['window']],
    ['cancelled while it looks', 'Wed 22:00-24:00 UTC', 'cancelled', '', ['window']],
  ] as const)('is begun or not: %s', (_what, window, status, open, ran) => {
    const known = { inputs: inputsOf(workflow, { 'deploy-window': window }) };
    expect(playWorkflow(workflow, known, { window: { status, outputs: { open } } })).toEqual(ran);
  });
});

describe('rollback.yml', () => {
  const workflow = workflowOf('workflows/rollback.yml');
  const job = workflow.jobs.rollback ?? {};

  it.each([
    ['by hand', {}, {}, ['rollback', 'notice']],
    ['with checks from a file', { verify: 'smoke.yaml' }, {}, ['Check out', 'rollback', 'notice']],
    ['that fails', {}, { rollback: FAILED }, ['rollback', 'notice']],
    ['that is cancelled', {}, { rollback: CANCELLED }, ['rollback', 'notice']],
  ] as const)('%s', (_what, inputs, endings, ran) => {
    expect(playJob(job, { inputs: inputsOf(workflow, inputs), vars: {} }, endings).ran).toEqual(ran);
  });
});

describe('pipeline.yml', () => {
  const workflow = workflowOf('workflows/pipeline.yml');
  const built = { status: 'success', outputs: { pushed: 'true', image: 'shop@sha256:1' } } as const;
  const outcome = (value: string) => ({ status: 'success', outputs: { outcome: value } }) as const;
  const good = { build: built, staging: outcome('promoted'), production: outcome('promoted') };
  const held = { ...good, production: outcome('held') };
  const [MAIN, TAG] = ['refs/heads/main', 'refs/tags/v1.2.3'];

  it.each<[string, string, Record<string, Value>, Endings, string[]]>([
    ['a push', MAIN, {}, good, ['build', 'staging', 'production']],
    ['a tag', TAG, {}, good, ['build', 'staging', 'production', 'release']],
    ['another tag', 'refs/tags/nightly', {}, good, ['build', 'staging', 'production']],
    ['a tag without a release', TAG, { release: false }, good, ['build', 'staging', 'production']],
    [
      'a pull request',
      'refs/pull/1/merge',
      {},
      { build: { status: 'success', outputs: { pushed: 'false' } } },
      ['build'],
    ],
    ['a build that is stopped at a gate', MAIN, {}, { build: { ...built, ...FAILED } }, ['build']],
    ['a build that is cancelled', MAIN, {}, { build: CANCELLED }, ['build']],
    ['an image of others', MAIN, { from: 'qdrant@sha256:1' }, good, ['staging', 'production']],
    ['staging that fails', MAIN, {}, { ...good, staging: FAILED }, ['build', 'staging']],
    ['staging that is cancelled', MAIN, {}, { ...good, staging: CANCELLED }, ['build', 'staging']],
    [
      'production that is rejected, or fails',
      TAG,
      {},
      { ...good, production: FAILED },
      ['build', 'staging', 'production'],
    ],
    [
      'production that is cancelled',
      TAG,
      {},
      { ...good, production: CANCELLED },
      ['build', 'staging', 'production'],
    ],
    [
      'production outside the window',
      TAG,
      {},
      { ...good, production: outcome('outside-window') },
      ['build', 'staging', 'production'],
    ],
    [
      'a canary that is held',
      TAG,
      { 'hold-at': '10' },
      { ...held, everybody: outcome('promoted') },
      ['build', 'staging', 'production', 'everybody', 'release'],
    ],
    [
      'a canary that is held and rejected',
      TAG,
      { 'hold-at': '10' },
      { ...held, everybody: FAILED },
      ['build', 'staging', 'production', 'everybody'],
    ],
    [
      'one that is resumed outside the window',
      TAG,
      { 'hold-at': '10' },
      { ...held, everybody: outcome('outside-window') },
      ['build', 'staging', 'production', 'everybody'],
    ],
    [
      'a first deploy, which cannot be held',
      TAG,
      { 'hold-at': '10' },
      good,
      ['build', 'staging', 'production', 'release'],
    ],
  ])('%s', (_what, ref, inputs, endings, ran) => {
    expect(playWorkflow(workflow, { github: { ref }, inputs: inputsOf(workflow, inputs) }, endings)).toEqual(
      ran,
    );
  });
});

describe('scan.yml', () => {
  const workflow = workflowOf('workflows/scan.yml');
  const found = { status: 'success', outputs: { images: '[{"service":"shop"}]' } } as const;

  it.each<[string, Endings, string[]]>([
    ['clean images', { running: found }, ['running', 'scan']],
    ['nothing that runs', { running: { status: 'success', outputs: { images: '[]' } } }, ['running']],
    ['a vulnerability', { running: found, scan: FAILED }, ['running', 'scan', 'notice']],
    ['services that cannot be listed', { running: FAILED }, ['running', 'notice']],
    ['a cancel', { running: found, scan: CANCELLED }, ['running', 'scan']],
  ])('%s', (_what, endings, ran) => {
    expect(playWorkflow(workflow, { inputs: inputsOf(workflow, {}) }, endings)).toEqual(ran);
  });
});

describe('mindmirror', () => {
  const workflow = workflowOf('examples/mindmirror/.github/workflows/deploy.yml');
  const changed = { status: 'success', outputs: { services: '[{"service":"chat"}]' } } as const;
  const [MAIN, TAG] = ['refs/heads/main', 'refs/tags/v1.2.3'];

  it.each<[string, string, string, Endings, string[]]>([
    ['a service that changed', 'push', MAIN, { changes: changed }, ['changes', 'service', 'summary']],
    [
      'a service that fails',
      'push',
      MAIN,
      { changes: changed, service: FAILED },
      ['changes', 'service', 'summary'],
    ],
    ['a cancel', 'push', MAIN, { changes: changed, service: CANCELLED }, ['changes', 'service', 'summary']],
    [
      'no service that changed',
      'push',
      MAIN,
      { changes: { status: 'success', outputs: { services: '[]' } } },
      ['changes'],
    ],
    ['commits that cannot be compared', 'push', MAIN, { changes: FAILED }, ['changes']],
    ['a pull request', 'pull_request', 'refs/pull/1/merge', { changes: changed }, ['changes', 'service']],
    ['a tag', 'push', TAG, { changes: changed }, ['changes', 'service', 'summary', 'release']],
    [
      'a tag with a service that fails',
      'push',
      TAG,
      { changes: changed, service: FAILED },
      ['changes', 'service', 'summary'],
    ],
  ])('%s', (_what, event, ref, endings, ran) => {
    expect(playWorkflow(workflow, { github: { event_name: event, ref } }, endings)).toEqual(ran);
  });
});
