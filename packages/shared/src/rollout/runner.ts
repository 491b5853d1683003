import type { Clock } from '../action/clock.ts';
import { ActionError, describeError } from '../action/errors.ts';
import type { Log } from '../action/log.ts';
import { isTransient } from '../action/retry.ts';
import type { Policy } from '../analysis/policy.ts';
import { assess } from '../analysis/verdict.ts';
import type { HealthResult } from '../cloudrun/health.ts';
import { describeSplit } from '../cloudrun/traffic.ts';
import type { RecordPort } from '../report/recorder.ts';
import { conclude } from './conclusion.ts';
import { type Begun, type RolloutControl, TrafficTaken } from './control.ts';
import type { Exposure } from './exposure.ts';
import {
  advance,
  type Command,
  type Ending,
  type Event,
  resume,
  type State,
  start,
  UNJUDGED,
} from './machine.ts';
import { describePhase } from './narration.ts';
import { Narrator } from './narrator.ts';
import type { Observer } from './observer.ts';
import type { Plan } from './plan.ts';
import { recordedSplit } from './restore.ts';

export type RolloutPorts = {
  control: RolloutControl;
  observer: Observer;
  /** Creates the revision at 0 %. */
  begin(): Promise<Begun>;
  /** Checks the revision at its own URL, before it has any user. */
  verify(canaryUrl: string): Promise<HealthResult>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  recorder: RecordPort;
  /** Told after each thing that happened; does not wait and does not throw. */
  announce?: (state: State) => void;
};

/** A rollout that was held: at which step, and since when what the canary has shown counts. */
export type Held = { percent: number; sinceMs: number };

/** Drives the state machine: carries out each command, hands what happened back, until the rollout has ended. */
export async function runRollout(
  plan: Plan,
  policy: Policy,
  ports: RolloutPorts,
  held?: Held,
): Promise<{ ending: Ending; state: State; exposure: Exposure }> {
  const { control, observer, clock, log, signal, recorder } = ports;
  let canaryUrl = '';
  let warnedOf: string | undefined;
  // Whether the first change of the traffic was begun, and is not known to have come or not.
  let shifting = false;
  const narrator = new Narrator(log, policy.probed, (spanMs) => observer.due(spanMs));
  let { state, command } = held ? resume(plan, clock.nowMs(), held.percent) : start(plan, clock.nowMs());
  const shifted = (percent: number, atMs: number) => {
    observer.shifted(percent, atMs);
    recorder.recordShift(percent, atMs);
  };
  if (held) {
    shifted(held.percent, held.sinceMs);
    // What the checks before that were answered is not known any more.
    observer.ignoreUntil(held.sinceMs);
  }

  function exposed(outcome: Ending['outcome'] | undefined): Exposure {
    const { servedSince, percent } = control.served;
    if (servedSince === undefined) return shifting ? 'unknown' : 'nobody';
    const restored = outcome === 'rolled-back' || outcome === 'aborted';
    return { sinceMs: Date.parse(servedSince), percent, ...(restored ? { untilMs: clock.nowMs() } : {}) };
  }

  /** What the metrics show; `undefined` and a reason while they cannot be read. */
  async function look(bakeMs: number) {
    try {
      return { ok: true, ...(await observer.observe(bakeMs)) } as const;
    } catch (error) {
      if (signal.aborted || !isTransient(error)) throw error;
      return { ok: false, reason: describeError(error) } as const;
    }
  }

  async function carryOut(todo: Exclude<Command, { type: 'end' }>): Promise<Event> {
    switch (todo.type) {
      case 'deploy': {
        const begun = await ports.begin();
        if (!begun.ok) return { type: 'refused', reason: begun.message };
        canaryUrl = begun.canaryUrl;
        log.info(`${control.record.canary} is Ready at 0 %, at ${canaryUrl}`);
        return { type: 'deployed' };
      }
      case 'verify': {
        const health = await ports.verify(canaryUrl);
        if (!health.healthy) return { type: 'refused', reason: `health check at 0 %: ${health.detail}` };
        if (!health.atOnce) observer.ignoreUntil(clock.nowMs());
        return { type: 'verified' };
      }
      case 'shift':
        shifting = true;
        await control.shift(todo.percent, 'baking');
        shifting = false;
        log.info(`Users have ${describeSplit(recordedSplit(control.record))}`);
        shifted(todo.percent, clock.nowMs());
        return { type: 'shifted', atMs: clock.nowMs() };
      case 'observe': {
        await clock.sleep(plan.pollIntervalMs, signal);
        const { newerRevision } = await control.check();
        if (newerRevision !== undefined && newerRevision !== warnedOf) {
          log.warning(
            `Somebody else has made ${newerRevision} meanwhile; this rollout gives it no users, and neither does its end`,
          );
          warnedOf = newerRevision;
        }
        const seen = await look(state.phase === 'watching' ? plan.watchMs : plan.bakeMs);
        const stand = { phase: state.phase, percent: plan.steps[state.step] ?? 100 };
        if (!seen.ok) {
          recorder.recordBlind(stand, seen.reason);
          return { type: 'unseen', atMs: clock.nowMs(), reason: seen.reason };
        }
        const { evidence, coveredMs } = seen;
        const assessment = assess(policy, evidence);
        recorder.recordPoll(stand, seen, assessment);
        return { type: 'assessed', atMs: clock.nowMs(), coveredMs, assessment };
      }
      case 'promote':
        if (plan.watchMs > 0) await control.shift(100, 'watching');
        else await control.finishPromoted(state.reports.at(-1)?.assessment?.reason ?? UNJUDGED);
        shifted(100, clock.nowMs());
        log.info(`${control.record.canary} serves all users`);
        return { type: 'promoted', atMs: clock.nowMs() };
      case 'hold':
        await control.hold();
        log.info(`Users keep ${describeSplit(recordedSplit(control.record))} until the rollout is resumed`);
        return { type: 'closed' };
      case 'restore':
        await control.restore(todo.outcome, todo.reason);
        recorder.recordShift(0, clock.nowMs());
        log.info(`Users have what they had before: ${describeSplit(control.record.stable)}`);
        return { type: 'closed' };
      case 'settle':
        await control.finishPromoted(todo.reason);
        return { type: 'closed' };
      case 'hand-over':
        log.info(`Leaving the traffic alone: ${todo.reason}`);
        await control.handOver(todo.reason);
        return { type: 'closed' };
    }
  }

  async function attempt(todo: Exclude<Command, { type: 'end' }>): Promise<Event> {
    const closing = state.phase === 'closing';
    try {
      if (!closing) signal.throwIfAborted();
      return await carryOut(todo);
    } catch (error) {
      if (error instanceof TrafficTaken) return { type: 'traffic-taken', reason: error.message };
      // Somebody else's rollout was there first: this one has changed nothing, and there is nothing to restore.
      if (error instanceof ActionError && todo.type === 'deploy') throw error;
      if (signal.aborted && !closing) return { type: 'cancelled', reason: describeError(signal.reason) };
      log.debug(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return { type: 'failed', reason: describeError(error) };
    }
  }

  async function carryOn(todo: Exclude<Command, { type: 'end' }>): Promise<void> {
    const event = await attempt(todo);
    const before = state;
    ({ state, command } = advance(before, event));
    narrator.tell(before, event, command);
    ports.announce?.(state);
  }

  while (command.type !== 'end') {
    const todo = command;
    // The polls of a step belong into the step's own group.
    await log.group(describePhase(todo), async () => {
      await carryOn(todo);
      while (command.type === 'observe') await carryOn(command);
    });
    const exposure = exposed(state.ending?.closed ? state.ending.outcome : undefined);
    log.info(conclude(todo, state, command, { ...control.served, canaryUrl, exposure }));
  }
  const { ending } = command;
  return { ending, state, exposure: exposed(ending.closed ? ending.outcome : undefined) };
}
