import type { Assessment, Verdict } from '../analysis/verdict.ts';
import type { Plan } from './plan.ts';

/**
 * How a rollout ended: the canary has all users; stable has them again because the canary was bad, or because the run
 * stopped without a verdict; somebody else changed the traffic and it was left alone; or it stopped healthy at `holdAt`, with
 * the canary's users as they are, until a later run resumes it.
 */
export type Outcome = 'promoted' | 'rolled-back' | 'aborted' | 'handed-over' | 'held';

export type StepReport = {
  percent: number;
  startMs: number;
  endMs: number;
  assessment: Assessment | undefined;
};

type Phase =
  | 'deploying'
  | 'verifying'
  | 'shifting'
  | 'baking'
  | 'promoting'
  | 'watching'
  | 'closing'
  | 'ended';

export type State = {
  plan: Plan;
  phase: Phase;
  startedMs: number;
  /** Index into `plan.steps`; equal to its length from promotion on. */
  step: number;
  stepStartedMs: number;
  verdict: Verdict;
  reports: readonly StepReport[];
  /** What the closing in progress will have been for. */
  ending: Ending | undefined;
};

/** `closed` is false when the last change of the service could not be made or seen: the record is then still there. */
export type Ending = { outcome: Outcome; verdict: Verdict; reason: string; closed: boolean };

/** Why a rollout without steps is promoted. */
export const UNJUDGED = 'a full cut-over, without a canary to judge';

/** What was observed. Times are epoch milliseconds. */
export type Event =
  | { type: 'deployed' }
  | { type: 'verified' }
  /** The revision did not become Ready, or its health check at 0 % failed: nobody was served by it. */
  | { type: 'refused'; reason: string }
  | { type: 'shifted'; atMs: number }
  | { type: 'assessed'; atMs: number; coveredMs: number; assessment: Assessment }
  /** The metrics could not be read for a reason that may pass. */
  | { type: 'unseen'; atMs: number; reason: string }
  | { type: 'promoted'; atMs: number }
  /** The closing command took effect: the service is as the ending says, and the record is gone. */
  | { type: 'closed' }
  | { type: 'traffic-taken'; reason: string }
  | { type: 'cancelled'; reason: string }
  | { type: 'failed'; reason: string };

/** What to do next. */
export type Command =
  | { type: 'deploy' }
  | { type: 'verify' }
  | { type: 'shift'; percent: number }
  | { type: 'observe' }
  | { type: 'promote' }
  /** The record says that this rollout waits; the traffic stays. */
  | { type: 'hold' }
  /** Stable gets all users back. */
  | { type: 'restore'; reason: string; outcome: 'rolled-back' | 'aborted' }
  /** The watch is over: the record goes, the traffic stays on the canary. */
  | { type: 'settle'; reason: string }
  /** The record goes, the traffic stays as somebody else set it. */
  | { type: 'hand-over'; reason: string }
  | { type: 'end'; ending: Ending };

export type Transition = { state: State; command: Command };

export function start(plan: Plan, atMs: number): Transition {
  const state: State = {
    plan,
    phase: 'deploying',
    startedMs: atMs,
    step: 0,
    stepStartedMs: atMs,
    verdict: 'no-data',
    reports: [],
    ending: undefined,
  };
  return { state, command: { type: 'deploy' } };
}

/** Takes up a rollout that was held at one of the plan's steps, by looking at what the canary has shown meanwhile. */
export function resume(plan: Plan, atMs: number, percent: number): Transition {
  const { state } = start(plan, atMs);
  const step = plan.steps.indexOf(percent);
  return { state: { ...state, phase: 'baking', step }, command: { type: 'observe' } };
}

function end(state: State, ending: Ending): Transition {
  return {
    state: { ...state, phase: 'ended', verdict: ending.verdict, ending },
    command: { type: 'end', ending },
  };
}

function close(state: State, ending: Omit<Ending, 'closed'>, command: Command): Transition {
  const { verdict } = ending;
  return { state: { ...state, phase: 'closing', verdict, ending: { ...ending, closed: true } }, command };
}

function restore(
  state: State,
  outcome: 'rolled-back' | 'aborted',
  verdict: Verdict,
  reason: string,
): Transition {
  return close(state, { outcome, verdict, reason }, { type: 'restore', reason, outcome });
}

function settle(state: State, verdict: Verdict, reason: string): Transition {
  return close(state, { outcome: 'promoted', verdict, reason }, { type: 'settle', reason });
}

function enterStep(state: State, step: number): Transition {
  const percent = state.plan.steps[step];
  return percent === undefined
    ? { state: { ...state, phase: 'promoting', step }, command: { type: 'promote' } }
    : { state: { ...state, phase: 'shifting', step }, command: { type: 'shift', percent } };
}

/** After a step that was good enough. */
function goOn(state: State, verdict: Verdict, reason: string): Transition {
  const percent = state.plan.steps[state.step];
  if (percent === undefined || percent !== state.plan.holdAt) return enterStep(state, state.step + 1);
  return close(state, { outcome: 'held', verdict, reason }, { type: 'hold' });
}

function report(state: State, atMs: number, assessment: Assessment): State {
  const percent = state.plan.steps[state.step] ?? 100;
  const entry: StepReport = { percent, startMs: state.stepStartedMs, endMs: atMs, assessment };
  return { ...state, verdict: assessment.verdict, reports: [...state.reports.slice(0, state.step), entry] };
}

/** How much of the step is complete, without the time in which both arms were down. */
function bakedMs({ coveredMs, assessment }: Event & { type: 'assessed' }): number {
  return coveredMs - assessment.heldMs;
}

/** The bake is over and all its metrics are in: go on, go on looking, or stop. */
function concludeBake(state: State, event: Event & { type: 'assessed' }): Transition {
  const { verdict, reason, clean, holds } = event.assessment;
  const { plan } = state;
  if (verdict === 'healthy') return goOn(state, verdict, reason);
  if (holds || bakedMs(event) < plan.maxBakeMs) return { state, command: { type: 'observe' } };
  if (verdict === 'no-data') return restore(state, 'aborted', verdict, `no data: ${reason}`);
  const goesOn = plan.onInconclusive === 'promote' || (plan.onInconclusive === 'promote-if-clean' && clean);
  return goesOn
    ? goOn(state, verdict, reason)
    : restore(state, 'aborted', verdict, `inconclusive after the longest bake: ${reason}`);
}

function assessedWhileBaking(before: State, event: Event & { type: 'assessed' }): Transition {
  const state = report(before, event.atMs, event.assessment);
  const { verdict, reason } = event.assessment;
  if (verdict === 'failing') return restore(state, 'rolled-back', verdict, reason);
  if (event.atMs - state.startedMs >= state.plan.timeoutMs) {
    return restore(state, 'aborted', verdict, `timeout before a verdict; last: ${reason}`);
  }
  return bakedMs(event) < state.plan.bakeMs
    ? { state, command: { type: 'observe' } }
    : concludeBake(state, event);
}

function assessedWhileWatching(before: State, event: Event & { type: 'assessed' }): Transition {
  const state = report(before, event.atMs, event.assessment);
  const { verdict, reason } = event.assessment;
  if (verdict === 'failing') return restore(state, 'rolled-back', verdict, `after promotion: ${reason}`);
  return event.coveredMs < state.plan.watchMs
    ? { state, command: { type: 'observe' } }
    : settle(state, verdict, `watched to the end: ${reason}`);
}

/** Without metrics nothing is decided but by the clock: the step holds, and the time-out restores stable. */
function unseen(state: State, { atMs, reason }: Event & { type: 'unseen' }): Transition {
  const blind = `the metrics could not be read: ${reason}`;
  if (state.phase === 'watching') {
    return atMs - state.stepStartedMs < 2 * state.plan.watchMs
      ? { state, command: { type: 'observe' } }
      : settle(state, state.verdict, `the watch ended without sight: ${blind}`);
  }
  return atMs - state.startedMs < state.plan.timeoutMs
    ? { state, command: { type: 'observe' } }
    : restore(state, 'aborted', state.verdict, `timeout before a verdict; ${blind}`);
}

/** Something stopped the run without a verdict: a call that failed for good, a cancelled job, a lost service. */
function interrupted(state: State, reason: string): Transition {
  if (state.ending)
    return end(state, { ...state.ending, reason: `${state.ending.reason}; then: ${reason}`, closed: false });
  if (state.phase === 'watching') return settle(state, state.verdict, `the watch was cut short: ${reason}`);
  return restore(state, 'aborted', state.verdict, reason);
}

/**
 * The rollout as a pure function: what happened and where we were → where we are and what to do. Events that do not fit
 * the phase are programming errors and throw.
 */
export function advance(state: State, event: Event): Transition {
  switch (event.type) {
    case 'cancelled':
    case 'failed':
      return interrupted(state, event.reason);
    case 'traffic-taken':
      return close(
        state,
        { outcome: 'handed-over', verdict: state.verdict, reason: event.reason },
        { type: 'hand-over', reason: event.reason },
      );
    case 'refused':
      return restore(state, 'rolled-back', 'failing', event.reason);
    case 'deployed':
      return { state: { ...state, phase: 'verifying' }, command: { type: 'verify' } };
    case 'verified':
      return enterStep(state, 0);
    case 'shifted':
      return {
        state: { ...state, phase: 'baking', stepStartedMs: event.atMs, verdict: 'no-data' },
        command: { type: 'observe' },
      };
    case 'promoted':
      if (state.plan.watchMs === 0) {
        const last = state.reports.at(-1)?.assessment;
        return end(state, {
          outcome: 'promoted',
          verdict: state.verdict,
          reason: last?.reason ?? UNJUDGED,
          closed: true,
        });
      }
      return {
        state: { ...state, phase: 'watching', stepStartedMs: event.atMs },
        command: { type: 'observe' },
      };
    case 'assessed':
      if (state.phase === 'baking') return assessedWhileBaking(state, event);
      if (state.phase === 'watching') return assessedWhileWatching(state, event);
      throw new Error(`an assessment in phase ${state.phase}`);
    case 'unseen':
      return unseen(state, event);
    case 'closed':
      if (!state.ending) throw new Error(`closed in phase ${state.phase}`);
      return end(state, state.ending);
  }
}
