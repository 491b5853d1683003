import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
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
      'a tag too long for the service',
      { tag: 'c'.repeat(43) },
      /`tag` is `c{43}`; accepted: at most 42 characters for service shop/,
    ],
    ['a missing region', { region: '' }, /`region` is required and was not given/],
    ['a longest bake without a unit', { 'max-bake': '10' }, /`max-bake` is `10`; accepted: a duration/],
    [
      'a poll interval of nothing',
      { 'poll-interval': '0s' },
      /`poll-interval` is `0s`; accepted: .*from 100ms to 4m/,
    ],
    [
      'a poll interval that outlives the lease',
      { 'poll-interval': '15m' },
      /`poll-interval` is `15m`; accepted: .*from 100ms to 4m/,
    ],
    ['a latency without a unit', { 'max-latency-p95': '800' }, /`max-latency-p95` is `800`/],
    ['a latency ratio that is a share', { 'max-latency-ratio': '50%' }, /`max-latency-ratio` is `50%`/],
    [
      'a delay of the metrics in words',
      { 'metrics-delay': 'four minutes' },
      /`metrics-delay` is `four minutes`/,
    ],
    ['a watch that is a boolean', { watch: 'true' }, /`watch` is `true`; accepted: a duration/],
    ['a digest cut short', { image: 'gcr.io/p/i@sha256:abc' }, /`image` is `gcr.io\/p\/i@sha256:abc`/],
    [
      'a secret without a name',
      { secrets: 'TOKEN=:3' },
      /`secrets` is `TOKEN`; accepted: `KEY=secret:version`/,
    ],
    ['a variable given twice', { 'env-vars': 'A=1,A=2' }, /`env-vars`: entry 2 gives a key/],
    ['variables without values', { 'env-vars': 'A=1,B' }, /`env-vars`: entry 2 has no `=`/],
    ['two lines for one', { 'health-path': '/a\n/b' }, /`health-path` is `\/a \/b`/],
    [
      'a health path without a slash',
      { 'health-path': 'health' },
      /`health-path` is `health`; accepted: a path/,
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
    [
      'an unknown region',
      { region: 'europe-west99' },
      /Service shop does not exist in test-project\/europe-west99\. .* check service, region and project-id/,
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

  it.each([
    ['when an input is wrong', { bake: '5', 'env-vars': 'A=hunter2\nhunter3' }],
    ['when all is well', { 'env-vars': 'A=hunter2,B=hunter3', 'dry-run': 'true' }],
    ['when the revision does not start', { 'env-vars': 'A=hunter2,B=hunter3', image: image('broken') }],
  ])('never repeats the value of a variable, %s', async (_, inputs) => {
    const stage = await createStage();
    await stage.create('v1');
    const given = { image: image('v2'), ...inputs };
    const result = await stage.run('canary-deploy', given, { RUNNER_DEBUG: '1' });
    const told = [result.lines, result.outputs, result.summary, result.state, result.annotations];
    expect(JSON.stringify(told)).not.toContain('hunter');
    const { annotations } = await stage.service();
    expect(JSON.stringify(annotations)).not.toContain('hunter');
  });
});

describe('text from outside never becomes a command of the runner', () => {
  const isTheirs = (line: string) => /^\s*(::error::(from|mine)|::set-output|::stop-commands)/.test(line);

  it('when it is an input', async () => {
    const stage = await createStage();
    const result = await stage.run('canary-deploy', {
      image: 'x\n::set-output name=outcome::promoted\n::error::mine',
    });
    expect(result.outputs.outcome).toBeUndefined();
    expect(onlyError(result)).not.toBe('mine');
    expect(result.lines.filter(isTheirs)).toEqual([]);
  });

  it('when it is a message of the API', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const message = 'no\n::error::mine\n::set-output name=outcome::promoted\r::stop-commands::x';
    stage.emulator.control.addFault({ method: 'GetService', nth: 1, code: 'UNAVAILABLE', message });
    stage.emulator.control.addFault({ method: 'UpdateService', code: 'INTERNAL', message });
    const result = await stage.run('canary-deploy', { image: image('v2') }, { RUNNER_DEBUG: '1' });
    expect(onlyError(result)).toContain('INTERNAL: no ::error::mine');
    expect(result.outputs.outcome).toBe('aborted');
    expect(result.log).toContain('Trying again');
    expect(result.lines.filter(isTheirs)).toEqual([]);
  });

  it('when it is what a container says before it dies', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const result = await stage.deploy('rude');
    expect(onlyError(result)).toMatch(/failed to start and listen/);
    expect(result.outputs.outcome).toBe('rolled-back');
    expect(result.lines.filter(isTheirs)).toEqual([]);
  });

  it('when it is a name that somebody else has given', async () => {
    const stage = await createStage();
    await stage.create('v1', { annotations: { 'apex.dev/rollout': '{}\n::error::mine' } });
    const result = await stage.deploy('v2');
    expect(onlyError(result)).toMatch(/The annotation apex\.dev\/rollout of service shop cannot be read/);
    expect(result.lines.filter(isTheirs)).toEqual([]);
    expect(stage.writes().filter(({ method }) => method.includes('Update'))).toEqual([]);
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

  it('credentials at all, a metadata server that never answers is not waited for', async () => {
    const stage = await createStage();
    const silent = createServer();
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
    const { port } = silent.address() as AddressInfo;
    onTestFinished(() => void silent.close());
    const result = await stage.run(
      'canary-deploy',
      { image: image('v2') },
      { CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: '', GCE_METADATA_HOST: `127.0.0.1:${port}` },
    );
    expect(onlyError(result)).toMatch(/No Google Cloud credentials were found/);
    expect(stage.emulator.control.calls()).toEqual([]);
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
