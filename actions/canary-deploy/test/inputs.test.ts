import { describe, expect, it } from 'vitest';
import { createStage, image, onlyError } from './support/stage.ts';

const digest = 'a'.repeat(64);

describe('an input that is wrong is one clear error, and nothing is changed', () => {
  it.each([
    ['a missing service', { service: '' }, /`service` is required and was not given/],
    ['a missing image', { image: '' }, /`image` is required and was not given/],
    [
      'a service name in capitals',
      { service: 'Shop' },
      /`service` is `Shop`; accepted: the name of a service/,
    ],
    [
      'an image that is none',
      { image: 'UPPER CASE' },
      /`image` is `UPPER CASE`; accepted: an image reference/,
    ],
    ['a bare number as a duration', { bake: '5' }, /`bake` is `5`; accepted: a duration such as `90s`/],
    ['a share above one', { 'max-error-rate': '150%' }, /`max-error-rate` is `150%`; accepted: a share/],
    ['a ratio below one', { 'max-error-ratio': '0.5' }, /`max-error-ratio`/],
    ['a confidence of one', { confidence: '100%' }, /`confidence`/],
    [
      'steps that descend',
      { steps: '50, 10' },
      /`steps` is `50, 10`; accepted: percentages in ascending order/,
    ],
    [
      'steps without a canary',
      { steps: '100' },
      /`steps` is `100`; accepted: at least one percentage below 100/,
    ],
    ['steps out of range', { steps: '0, 150' }, /`steps`/],
    [
      'a longest bake below the bake',
      { bake: '5m', 'max-bake': '1m' },
      /`max-bake` is `1m`; accepted: .*`bake`/,
    ],
    ['a choice that is none', { 'on-inconclusive': 'maybe' }, /`on-inconclusive` is `maybe`/],
    ['a boolean that is none', { 'dry-run': 'yes' }, /`dry-run` is `yes`/],
    ['a tag that Cloud Run refuses', { tag: 'Ca' }, /`tag` is `Ca`/],
    [
      'a health path without a slash',
      { 'health-path': 'healthz' },
      /`health-path` is `healthz`; accepted: a path/,
    ],
    ['a secret as a file', { secrets: '/etc/key=shop-key:1' }, /`secrets`.*volume in `spec`/],
    [
      'one variable from two sources',
      { 'env-vars': 'A=1', secrets: 'A=b:1' },
      /`env-vars`.*`secrets` does not set/,
    ],
    ['an unknown input', { 'max-eror-rate': '1%' }, /`max-eror-rate`.*max-error-rate/],
    [
      'a time-out that no release could keep',
      { timeout: '2s', bake: '10s', 'max-bake': '10s' },
      /`timeout` is 2s, but 1 steps? with a bake of 10s/,
    ],
    ['an unknown project', { 'project-id': 'somebody-elses' }, /PERMISSION_DENIED.*roles\/run\.developer/],
  ])('%s', async (_, inputs, expected) => {
    const stage = await createStage();
    await stage.create('v1');
    stage.emulator.control.clearCalls();
    const result = await stage.run('canary-deploy', { image: image('v2'), ...inputs });
    expect(result.exitCode).not.toBe(0);
    expect(onlyError(result)).toMatch(expected);
    expect(onlyError(result)).toMatch(/[Nn]othing was (changed|given)/);
    expect(stage.writes()).toEqual([]);
  });

  it('lists all problems in one error', async () => {
    const stage = await createStage();
    const result = await stage.run('canary-deploy', { image: 'no image!', bake: 'long', steps: 'few' });
    const error = onlyError(result);
    for (const name of ['image', 'bake', 'steps']) expect(error).toContain(`\`${name}\``);
  });

  it('never repeats the value of a variable or a secret', async () => {
    const stage = await createStage();
    const result = await stage.run('canary-deploy', {
      image: image('v2'),
      'env-vars': 'A=hunter2\nhunter3',
      bake: '5',
    });
    expect(result.log).not.toContain('hunter');
  });

  it('text from outside never becomes a command of the runner', async () => {
    const stage = await createStage();
    const result = await stage.run('canary-deploy', {
      image: 'x\n::set-output name=outcome::promoted\n::error::mine',
    });
    expect(result.outputs.outcome).toBeUndefined();
    expect(result.annotations.map(({ message }) => message)).not.toContain('mine');
  });
});

describe('without the right to', () => {
  it.each([
    ['read the service', 'run.services.get'],
    ['change the service', 'run.services.update'],
    ['read metrics', 'monitoring.timeSeries.list'],
  ])('%s, the error names the roles', async (_, permission) => {
    const stage = await createStage({
      permissions: { deny: [permission] },
      services: [{ name: 'shop', template: { containers: [{ image: image('v1') }] } }],
    });
    const result = await stage.deploy('v2');
    expect(onlyError(result)).toMatch(/PERMISSION_DENIED/);
    expect(stage.writes().filter(({ code }) => code === 'OK')).toEqual([]);
  });

  it('credentials at all, the error says what to add', async () => {
    const stage = await createStage();
    const result = await stage.run(
      'canary-deploy',
      { image: `gcr.io/p/i@sha256:${digest}` },
      {
        CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: '',
        CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: '',
        METADATA_SERVER_DETECTION: 'none',
      },
    );
    expect(onlyError(result)).toMatch(
      /No Google Cloud credentials were found\. Nothing was changed\. Add a step with google-github-actions\/auth/,
    );
  });

  it('TLS, an endpoint elsewhere is refused', async () => {
    const stage = await createStage();
    const result = await stage.run(
      'canary-deploy',
      { image: image('v2') },
      { CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: 'http://10.0.0.1:80' },
    );
    expect(onlyError(result)).toMatch(
      /CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN is "http:\/\/10\.0\.0\.1:80", which is neither/,
    );
  });
});
