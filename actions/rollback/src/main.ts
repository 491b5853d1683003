import { ActionError } from '@apex-actions/shared/action/errors';
import { checkHealth } from '@apex-actions/shared/cloudrun/health';
import { describeSplit, mainRevision, sameSplit, servingSplit } from '@apex-actions/shared/cloudrun/traffic';
import { readRecord } from '@apex-actions/shared/rollout/record';
import { checkTarget } from './check.ts';
import { type Deps, refused } from './deps.ts';
import type { Inputs } from './inputs.ts';
import { move, validateMove } from './move.ts';
import { done, marksOf, type Result, rollbackOf, usersSince } from './report.ts';
import { checkSchema } from './schema.ts';
import { chooseSplit } from './target.ts';

/** Moves all users to the target in one update. Throws `ActionError` when nothing was moved. */
export async function main(inputs: Inputs, deps: Deps): Promise<Result> {
  const { port, clock, log } = deps;
  const startedMs = clock.nowMs();
  const service = await port.get();
  if (!service) {
    throw refused(
      `Service ${inputs.service} does not exist in ${port.id.project}/${inputs.region}`,
      'Check service, region and project-id',
    );
  }
  const before = servingSplit(service);
  const target = await chooseSplit(inputs, service, before, deps);
  const rollout = readRecord(service).kind === 'record';
  const left = await port.revision(mainRevision(before));
  const badSince = usersSince(service, before, left);
  const told = rollbackOf(service, before, target, badSince);
  deps.recorder.recordRollback(told);
  if (sameSplit(before, target.split) && !rollout) {
    log.notice(`${describeSplit(before)} already: nothing to do`);
    return done(inputs, service, before, target, undefined, deps);
  }
  const schema = await checkSchema(inputs, service, before, target.split, deps);
  await log.group(`Check ${describeSplit(target.split)} before it gets users`, () =>
    checkTarget(inputs, service, before, target.split, deps),
  );
  if (inputs.dryRun) {
    await validateMove(service, target.split, deps);
    log.notice(
      `Dry run: users would go from ${describeSplit(before)} to ${describeSplit(target.split)}; nothing was changed`,
    );
    return done(inputs, service, before, target, undefined, deps);
  }
  await log.group('Move all users in one update', () => move(inputs, target.split, schema, deps));
  const movedMs = clock.nowMs();
  const url = service.uri ?? '';
  const verified = await log.group("Verify the service's own URL", () =>
    checkHealth({ url, audience: url, verification: { ...inputs.verification, verify: undefined } }, deps),
  );
  deps.recorder.recordRollback({ ...told, health: verified });
  const moved = {
    durationMs: movedMs - startedMs,
    atMs: movedMs,
    badSince,
    problem: verified.healthy ? undefined : verified.detail,
  };
  const finished = done(inputs, service, before, target, moved, deps);
  const result = { ...finished, left: marksOf(left) };
  if (verified.healthy) return result;
  return {
    ...result,
    failure: new ActionError({
      what: `The traffic was moved, but the service does not answer as it should: ${verified.detail}`,
      state: `Users have ${describeSplit(target.split)}`,
      next: 'Look at the logs of the revision (linked in the summary); roll back further with `to` if it is broken too',
    }),
  };
}
