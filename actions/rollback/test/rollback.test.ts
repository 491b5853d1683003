import { describe, expect, it } from 'vitest';
import { createStage, image, onlyError, pinned, type Stage } from '../../canary-deploy/test/support/stage.ts';

type Write = { updateMask?: string[]; service?: { traffic?: { revision?: string; percent?: number }[] } };

/** Makes another revision of the service as somebody else, without giving it users. */
async function addRevision(stage: Stage, name: Parameters<typeof image>[0]): Promise<string> {
  await stage
    .update({ template: { containers: [{ image: image(name) }] } }, ['template.containers'])
    .catch(() => undefined);
  return (await stage.service()).latestCreatedRevision?.split('/').at(-1) ?? '';
}

/** Two deploys of ours: the service serves the second, and the history knows the first. */
async function deployed(): Promise<{ stage: Stage; first: string; second: string }> {
  const stage = await createStage();
  const one = await stage.deploy('v1', { spec: '{"template": {}}' });
  await stage.load();
  const two = await stage.deploy('v2');
  expect(two.outputs.outcome, two.log).toBe('promoted');
  return { stage, first: one.outputs.revision ?? '', second: two.outputs.revision ?? '' };
}

describe('a rollback with a history', () => {
  it('goes back to the one that served before a split by hand, whoever has the most users', async () => {
    const { stage, second } = await deployed();
    const third = 'shop-by-hand';
    await stage.update({ template: { revision: third, containers: [{ image: image('v2') }] } }, [
      'template.containers',
      'template.revision',
    ]);
    for (const percent of [20, 80]) {
      await stage.update({ traffic: [pinned(second, 100 - percent), pinned(third, percent)] }, ['traffic']);
      const result = await stage.run('rollback', { 'dry-run': 'true' });
      expect(result.outputs['to-revision'], result.log).toBe(second);
    }
  });

  it('goes to the revision that held all the traffic before, not to a failed one, in one update, and tells it', async () => {
    const { stage, first, second } = await deployed();
    await stage.deploy('failing');
    stage.emulator.control.clearCalls();
    const result = await stage.run('rollback', { reason: 'customers see | old prices', to: 'previous' });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.outputs).toMatchObject({
      'from-revision': second,
      'to-revision': first,
      url: (await stage.service()).uri,
    });
    expect(Number(result.outputs['duration-seconds'])).toBeGreaterThanOrEqual(0);
    expect(await stage.split()).toEqual({ [first]: 100 });

    const moves = stage
      .writes()
      .filter(({ request }) =>
        (request as Write).service?.traffic?.some(
          (target) => target.revision === first && target.percent === 100,
        ),
      );
    expect(moves).toHaveLength(1);
    expect(moves[0]?.request).toMatchObject({
      updateMask: ['traffic', 'annotations'],
      service: { etag: expect.stringMatching(/.+/) },
    });
    const service = await stage.service();
    expect(service.traffic?.some(({ tag }) => tag)).toBe(false);
    const [entry] = JSON.parse(service.annotations?.['apex.dev/history'] ?? '');
    expect(entry).toMatchObject({
      outcome: 'rollback',
      revision: first,
      reason: 'customers see | old prices',
      actor: expect.any(String),
    });
    expect(result.log).toMatch(/again after \S+; they were on shop-00002-\w+ for \S+/);
    expect(result.summary).toContain('customers see &#124; old prices');
    expect(result.summary).toMatch(/Users on the left revision for \| \S+/);
  });

  it('that is followed by another goes further back, not to the revision that was fled', async () => {
    const { stage, first, second } = await deployed();
    expect((await stage.run('rollback')).outputs['to-revision']).toBe(first);
    const again = await stage.run('rollback');
    expect(again.exitCode).not.toBe(0);
    expect(onlyError(again)).toMatch(/not clear which revision of shop served before/);
    expect(await stage.split()).toEqual({ [first]: 100 });
    const forward = await stage.run('rollback', { to: second });
    expect(forward.exitCode, forward.log).toBe(0);
    expect(await stage.split()).toEqual({ [second]: 100 });
  });

  it('to what serves already changes nothing and says so', async () => {
    const { stage, second } = await deployed();
    stage.emulator.control.clearCalls();
    const result = await stage.run('rollback', { to: second });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toContain('nothing to do');
    expect(stage.writes()).toEqual([]);
  });

  it('as a dry run moves nothing', async () => {
    const { stage, second } = await deployed();
    stage.emulator.control.clearCalls();
    const result = await stage.run('rollback', { 'dry-run': 'true' });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toContain('nothing was changed');
    expect(stage.writes()).toMatchObject([{ request: { validateOnly: true } }]);
    expect(await stage.split()).toEqual({ [second]: 100 });
  });
});

describe('`to`', () => {
  it.each([
    ['a full name', (first: string) => first],
    ['a number', () => '00001'],
    ['a number without its zeros', () => '1'],
  ])('takes %s', async (_, to) => {
    const { stage, first } = await deployed();
    const result = await stage.run('rollback', { to: to(first) });
    expect(result.exitCode, result.log).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('takes an image tag and a commit', async () => {
    const tagged = 'europe-west1-docker.pkg.dev/test-project/shop/api:v1.0.0';
    const stage = await createStage({
      images: [
        {
          image: tagged,
          command: [
            process.execPath,
            '-e',
            'require("http").createServer((q,r)=>r.end()).listen(process.env.PORT)',
          ],
        },
        {
          image: image('v2'),
          command: [
            process.execPath,
            '-e',
            'require("http").createServer((q,r)=>r.end()).listen(process.env.PORT)',
          ],
        },
      ],
    });
    const commit = 'c0ffee0000000000000000000000000000000000';
    const first = await stage.run(
      'canary-deploy',
      { image: tagged, spec: '{"template": {}}' },
      { GITHUB_SHA: commit },
    );
    expect(first.exitCode, first.log).toBe(0);
    await stage.load();
    const second = await stage.deploy('v2');
    expect(second.outputs.outcome, second.log).toBe('promoted');
    const byTag = await stage.run('rollback', { to: 'v1.0.0' });
    expect(byTag.outputs['to-revision'], byTag.log).toBe(first.outputs.revision);
    await stage.run('rollback', { to: second.outputs.revision ?? '' });
    const byCommit = await stage.run('rollback', { to: 'c0ffee00' });
    expect(byCommit.outputs['to-revision'], byCommit.log).toBe(first.outputs.revision);
  });

  it('that fits nothing names what there is', async () => {
    const { stage, second } = await deployed();
    const result = await stage.run('rollback', { to: '00042' });
    expect(onlyError(result)).toMatch(
      /No revision of shop is "00042".* The newest are: shop-00002-\w+, shop-00001-\w+\. Nothing was changed; users have/,
    );
    expect(await stage.split()).toEqual({ [second]: 100 });
  });

  it('that fits several names them and moves nothing', async () => {
    const { stage } = await deployed();
    const result = await stage.run('rollback', { to: '8f1c2ab' });
    expect(onlyError(result)).toMatch(/fits several revisions of shop: shop-00002-\w+, shop-00001-\w+/);
  });
});

describe('a target that cannot serve', () => {
  it('is refused when it is not healthy at its own URL, and gets users only by force', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.update({ traffic: [pinned(first, 100)] }, ['traffic']);
    const sick = await addRevision(stage, 'unhealthy');
    const refused = await stage.run('rollback', { to: sick });
    expect(onlyError(refused)).toMatch(
      /is not healthy at its own URL: GET \/health answered 500.* Nothing was changed; users have shop-00001-\w+ 100 %/,
    );
    expect(stage.usersOf(sick)).toBe(0);
    expect((await stage.service()).traffic?.some(({ tag }) => tag)).toBe(false);
    const forced = await stage.run('rollback', { to: sick, force: 'true' });
    expect(await stage.split()).toEqual({ [sick]: 100 });
    expect(onlyError(forced)).toMatch(/The traffic was moved, but the service does not answer as it should/);
    expect(forced.outputs['to-revision']).toBe(sick);
  });

  it('leaves a service that follows its latest revision as it is when it is refused, or cancelled', async () => {
    const stage = await createStage();
    const sick = await stage.create('unhealthy');
    const latest = await addRevision(stage, 'v2');
    const { traffic } = await stage.service();
    expect((await stage.run('rollback', { to: sick })).exitCode).not.toBe(0);
    expect((await stage.service()).traffic).toEqual(traffic);
    const running = stage.start('rollback', { to: sick });
    await running.waitForLine((line) => line.includes('Not healthy yet'));
    running.cancel();
    expect(onlyError(await running.main)).toMatch(/The rollback was cancelled while it checked its target/);
    expect((await stage.service()).traffic).toEqual(traffic);
    expect(await stage.split()).toEqual({ [latest]: 100 });
  });

  it('is refused when it is not Ready', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.update({ traffic: [pinned(first, 100)] }, ['traffic']);
    const broken = await addRevision(stage, 'broken');
    const result = await stage.run('rollback', { to: broken });
    expect(onlyError(result)).toMatch(/is not Ready: .*failed to start and listen/);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });
});

describe('a rollback of a service that was never deployed by us', () => {
  it('takes the only other Ready revision, and says so', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    const second = await addRevision(stage, 'v2');
    expect(await stage.split()).toEqual({ [second]: 100 });
    const result = await stage.run('rollback');
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toContain(
      'the only other revision that is Ready (the service has no history of ours)',
    );
    expect(result.log).toMatch(/for at most \S+/);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('takes the one that Cloud Monitoring saw carrying the requests before', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    const load = await stage.load();
    await expect.poll(() => stage.usersOf(first)).toBeGreaterThan(100);
    await load.stop();
    await stage.update({ traffic: [pinned(first, 100)] }, ['traffic']);
    await addRevision(stage, 'slow');
    const third = await addRevision(stage, 'v2');
    await stage.update({ traffic: [pinned(third, 100)] }, ['traffic']);
    await expect
      .poll(async () => (await stage.run('rollback', { 'dry-run': 'true' })).outputs['to-revision'], {
        interval: 500,
      })
      .toBe(first);
    const result = await stage.run('rollback');
    expect(result.log).toMatch(
      /last carried most of the requests before, until .*, according to Cloud Monitoring/,
    );
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('refuses to guess between several', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.update({ traffic: [pinned(first, 100)] }, ['traffic']);
    await addRevision(stage, 'v2');
    const third = await addRevision(stage, 'slow');
    await stage.update({ traffic: [pinned(third, 100)] }, ['traffic']);
    stage.emulator.control.clearCalls();
    const result = await stage.run('rollback');
    expect(onlyError(result)).toMatch(
      /not clear which revision of shop served before.* Ready besides shop-00003-\w+, and never fled: shop-00002-\w+, shop-00001-\w+.* Name the target with `to`/,
    );
    expect(stage.writes()).toEqual([]);
  });
});

describe('an input that is wrong is one clear error, and nothing is changed', () => {
  it.each([
    ['a missing service', { service: '' }, /`service` is required and was not given/],
    ['a missing region', { region: '' }, /`region` is required and was not given/],
    ['a boolean that is none', { force: 'perhaps' }, /`force` is `perhaps`/],
    ['a target with a space', { to: 'the one before' }, /`to` is `the one before`/],
    ['a health path without a slash', { 'health-path': 'health' }, /`health-path` is `health`/],
    ['an unknown input', { revision: 'shop-00001-abc' }, /`revision`/],
    ['an unknown service', { service: 'shoe' }, /Service shoe does not exist in test-project\/europe-west1/],
    ['an unknown project', { 'project-id': 'somebody-elses' }, /PERMISSION_DENIED/],
  ])('%s', async (_, inputs, expected) => {
    const stage = await createStage();
    await stage.create('v1');
    stage.emulator.control.clearCalls();
    const result = await stage.run('rollback', inputs);
    expect(result.exitCode).not.toBe(0);
    expect(onlyError(result)).toMatch(expected);
    expect(stage.writes()).toEqual([]);
  });

  it('no permission to change the service', async () => {
    const stage = await createStage({
      permissions: { deny: ['run.services.update'] },
      services: [{ name: 'shop', template: { containers: [{ image: image('v1') }] } }],
    });
    const result = await stage.run('rollback', { to: 'previous' });
    expect(result.exitCode).not.toBe(0);
    onlyError(result);
  });

  it('no credentials', async () => {
    const stage = await createStage();
    const result = await stage.run(
      'rollback',
      {},
      { CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: '', METADATA_SERVER_DETECTION: 'none' },
    );
    expect(onlyError(result)).toMatch(/No Google Cloud credentials were found/);
  });
});

describe('a rollback that is killed', () => {
  it.each(['takes effect', 'is lost'])(
    'while it sets the tag of its check, which %s, leaves no tag after its post step',
    async (effect) => {
      const { stage, second } = await deployed();
      const code = effect === 'is lost' ? ({ code: 'UNAVAILABLE' } as const) : {};
      stage.emulator.control.clearCalls();
      stage.emulator.control.addFault({ method: 'UpdateService', nth: 1, hold: true, ...code });
      const running = stage.start('rollback');
      await stage.nthWrite(1);
      process.kill(running.pid, 'SIGKILL');
      await running.main;
      stage.emulator.control.clearFaults();
      await stage.writesEnded();
      const post = await running.post();
      expect(post.exitCode, post.log).toBe(0);
      expect((await stage.service()).traffic?.filter(({ tag }) => tag)).toEqual([]);
      expect(await stage.split()).toEqual({ [second]: 100 });
    },
  );
});
