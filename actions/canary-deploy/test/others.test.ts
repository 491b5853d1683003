import { describe, expect, it } from 'vitest';
import { createStage, image, LONG_BAKE, onlyError, pinned, type Stage } from './support/stage.ts';

/** A rollout that bakes for longer than anybody needs here. */
async function inMidRollout(stage: Stage, inputs: Record<string, string> = LONG_BAKE) {
  const first = await stage.create('v1');
  await stage.load();
  const running = stage.start('canary-deploy', { image: image('v2'), ...inputs });
  await running.waitForLine((line) => line.includes('50 % |'));
  return { first, running };
}

/** A rollout that gets no metrics, and so does not go on, until `goOn` is called. */
async function heldUp(stage: Stage, inputs: Record<string, string> = {}) {
  const rollout = await inMidRollout(stage, { bake: '4s', ...inputs });
  stage.emulator.control.addFault({ method: 'ListTimeSeries', hold: true });
  return { ...rollout, goOn: () => stage.emulator.control.clearFaults() };
}

describe('while a rollout is under way, somebody else', () => {
  it('changes the traffic: theirs survives, and the rollout is handed over', async () => {
    const stage = await createStage();
    const { first, running } = await inMidRollout(stage);
    const canary = (await stage.service()).latestReadyRevision?.split('/').at(-1) ?? '';
    await stage.update({ traffic: [pinned(first, 90), pinned(canary, 10)] }, ['traffic']);
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('handed-over');
    expect(onlyError(result)).toMatch(/somebody else changed the traffic: .* 90 %/);
    expect(await stage.split()).toEqual({ [first]: 90, [canary]: 10 });
    expect((await stage.service()).annotations?.['apex.dev/rollout']).toBeUndefined();
    expect((await running.post()).log).toMatch(/nothing (to repair|is left to restore)/);
  });

  it('changes labels, scaling and settings: their change survives the promotion', async () => {
    const stage = await createStage();
    const { running, goOn } = await heldUp(stage);
    await stage.update({ labels: { owner: 'terraform' }, scaling: { minInstanceCount: 2 } }, [
      'labels',
      'scaling',
    ]);
    const annotations = (await stage.service()).annotations ?? {};
    await stage.update({ annotations: { ...annotations, 'example.com/note': 'hello' } }, ['annotations']);
    goOn();
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('promoted');
    const service = await stage.service();
    expect(service.labels).toMatchObject({ owner: 'terraform' });
    expect(service.scaling?.minInstanceCount).toBe(2);
    expect(service.annotations?.['example.com/note']).toBe('hello');
  });

  it('changes a variable, which makes a revision: the variable survives, and the revision gets no user', async () => {
    const stage = await createStage();
    const { running, goOn } = await heldUp(stage);
    const containers = (await stage.service()).template?.containers ?? [];
    const [web] = containers;
    const theirs = 'shop-terraform-1';
    await stage.update(
      {
        template: {
          revision: theirs,
          containers: [{ ...web, env: [...(web?.env ?? []), { name: 'THEIRS', value: '1' }] }],
        },
      },
      ['template.containers', 'template.revision'],
    );
    goOn();
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('promoted');
    expect(await stage.split()).toEqual({ [result.outputs.revision ?? '']: 100 });
    expect(stage.usersOf(theirs)).toBe(0);
    expect(result.annotations.map(({ message }) => message)).toContainEqual(
      expect.stringContaining(`Somebody else has made ${theirs} meanwhile`),
    );
    const env = (await stage.service()).template?.containers?.[0]?.env;
    expect(env?.map(({ name }) => name)).toContain('THEIRS');
  });

  it('deletes the record: the rollout is handed over', async () => {
    const stage = await createStage();
    const { first, running } = await inMidRollout(stage);
    const { 'apex.dev/rollout': _, ...annotations } = (await stage.service()).annotations ?? {};
    await stage.update({ annotations }, ['annotations']);
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('handed-over');
    expect(onlyError(result)).toMatch(/the rollout record is gone/);
    expect(await stage.split()).toEqual({ [first]: 50, [result.outputs.revision ?? '']: 50 });
  });

  it('deletes the service: the deploy fails with one error', async () => {
    const stage = await createStage();
    const { running } = await inMidRollout(stage);
    const { name } = await stage.service();
    await stage.services.deleteService({ name: name ?? '' });
    const result = await running.main;
    expect(result.exitCode).not.toBe(0);
    expect(onlyError(result)).toMatch(/service shop (was deleted|does not exist any more)/);
    expect((await running.post()).exitCode).toBe(0);
  });

  it('deploys a preview under a tag of its own: the tag survives, and the preview gets no user', async () => {
    const stage = await createStage();
    const { first, running, goOn } = await heldUp(stage);
    const { traffic } = await stage.service();
    const preview = 'shop-preview-7';
    await stage.update(
      {
        template: { revision: preview, containers: [{ image: image('down') }] },
        traffic: [...(traffic ?? []), pinned(preview, 0, 'pr-7')],
      },
      ['template.containers', 'template.revision', 'traffic'],
    );
    goOn();
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('promoted');
    expect(await stage.split()).toEqual({ [result.outputs.revision ?? '']: 100 });
    expect(stage.usersOf(preview)).toBe(0);
    expect((await stage.service()).traffic).toContainEqual(
      expect.objectContaining({ revision: preview, tag: 'pr-7' }),
    );
    expect(first).not.toBe(preview);
  });

  it('makes a revision that does not start: the rollout goes on, and gives it no user', async () => {
    const stage = await createStage();
    const { running, goOn } = await heldUp(stage, { watch: '2s' });
    const theirs = 'shop-preview-7';
    const deployed = stage.update(
      { template: { revision: theirs, containers: [{ image: image('broken') }] } },
      ['template.containers', 'template.revision'],
    );
    await expect(deployed).rejects.toThrow(/failed to start/);
    goOn();
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('promoted');
    expect(await stage.split()).toEqual({ [result.outputs.revision ?? '']: 100 });
    expect(stage.usersOf(theirs)).toBe(0);
  });

  it('rolls back by hand: the rollback wins, and the deploy is handed over', async () => {
    const stage = await createStage();
    const { first, running } = await inMidRollout(stage);
    const rollback = await stage.run('rollback', { reason: 'we do not like it' });
    expect(rollback.exitCode, rollback.log).toBe(0);
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('handed-over');
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('starts a second deploy: it fails at once and names the run that holds the service', async () => {
    const stage = await createStage();
    // Its promotion waits for the other, which must not write.
    stage.emulator.control.addFault({ method: 'UpdateService', nth: 3, hold: true });
    const { running } = await inMidRollout(stage, {});
    const second = await stage.run(
      'canary-deploy',
      { image: image('failing') },
      { GITHUB_RUN_ID: '999', GITHUB_JOB: 'other' },
    );
    expect(second.exitCode).not.toBe(0);
    expect(onlyError(second)).toMatch(
      /Another rollout of service shop is running: https:\/\/\S+\/actions\/runs\/\d+.* Nothing was changed\./,
    );
    await stage.nthWrite(4);
    stage.emulator.control.clearFaults();
    expect((await running.main).outputs.outcome).toBe('promoted');
  });
});

describe('in the same second', () => {
  it.each([1, 2, 3])('of two deploys exactly one proceeds, and the other names its run (%i)', async () => {
    const stage = await createStage({ 'reconcile-delay': '300ms' });
    await stage.create('v1');
    await stage.load();
    const ids = ['4711', '4712'];
    const results = await Promise.all(
      ids.map((id) => stage.run('canary-deploy', { image: image('v2') }, { GITHUB_RUN_ID: id })),
    );
    const winner = results.findIndex(({ exitCode }) => exitCode === 0);
    const [won, lost] = [results[winner], results[1 - winner]];
    expect(won?.outputs.outcome, results.map(({ log }) => log).join('\n---\n')).toBe('promoted');
    expect(lost && onlyError(lost)).toMatch(
      new RegExp(
        `Another rollout of service shop is running: \\S+/runs/${ids[winner]}/.* Nothing was changed`,
      ),
    );
    expect(await stage.split()).toEqual({ [won?.outputs.revision ?? '']: 100 });
    const [revisions] = await stage.revisions.listRevisions({ parent: (await stage.service()).name ?? '' });
    expect(revisions).toHaveLength(2);
  });

  it('of a deploy and a rollback the rollback wins, and the deploy is handed over', async () => {
    const stage = await createStage();
    const { first, running } = await inMidRollout(stage);
    const rollback = await stage.run('rollback');
    expect(rollback.exitCode, rollback.log).toBe(0);
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('handed-over');
    expect(await stage.split()).toEqual({ [first]: 100 });
  });
});

describe('before a rollout', () => {
  it('a tag that somebody else uses is not taken from them', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.update({ traffic: [pinned(first, 100), pinned(first, 0, 'canary')] }, ['traffic']);
    stage.emulator.control.clearCalls();
    const result = await stage.deploy('v2');
    expect(onlyError(result)).toMatch(/The tag "canary" of service shop already points at shop-00001-/);
    expect(stage.writes()).toEqual([]);
  });
});
