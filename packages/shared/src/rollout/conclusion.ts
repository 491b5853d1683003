import { formatDuration } from '../action/duration.ts';
import type { Colour, Line } from '../action/paint.ts';
import { describeSplit, type Split } from '../cloudrun/traffic.ts';
import { describeExposure, type Exposure } from './exposure.ts';
import type { Command, State, StepReport } from './machine.ts';
import { describeNext } from './wait.ts';

/** Whom a conclusion is about. */
export type Cast = { canary: string; canaryUrl: string; stable: Split; exposure: Exposure };

const GOOD = { mark: '✓', colour: 'green' } as const;
const BAD = { mark: '✗', colour: 'red' } as const;
const DOUBTFUL = { mark: '!', colour: 'yellow' } as const;

type Tone = { mark: string; colour: Colour };

function line({ mark, colour }: Tone, headline: string, rest: string): Line {
  return [{ text: `${mark} ${headline}`, colour }, rest];
}

function toneOf(next: Command): Tone {
  if (next.type === 'hand-over') return DOUBTFUL;
  if (next.type !== 'restore') return GOOD;
  return next.outcome === 'rolled-back' ? BAD : DOUBTFUL;
}

/** Why it is cut off: the commands that undo say it themselves. */
function reasonOf(next: Command): string {
  return 'reason' in next ? next.reason : '';
}

/** How a step, or the watch after promotion, has ended: its verdict, how long it took, why, and what is next. */
function ofStep({ percent, startMs, endMs, assessment }: StepReport, next: Command): Line {
  const where = percent === 100 ? 'The watch' : `${percent} %`;
  const verdict = assessment?.verdict ?? 'no-data';
  const tone = toneOf(next) === GOOD && verdict !== 'healthy' ? DOUBTFUL : toneOf(next);
  const reason = reasonOf(next) || assessment?.reason;
  return line(
    tone,
    `${where}: ${verdict} after ${formatDuration(endMs - startMs)}`,
    `: ${reason}; next: ${describeNext(next)}`,
  );
}

function ofEnding(state: State, todo: Command, { canary, stable, exposure }: Cast): Line {
  const { ending } = state;
  if (!ending?.closed) {
    const what = { promote: 'promoted', hold: 'held', settle: 'settled' }[todo.type as string] ?? 'restored';
    return line(BAD, `Could not be ${what}`, `: ${ending?.reason ?? ''}; next: the post step tries again`);
  }
  const had = describeExposure(exposure, canary);
  switch (ending.outcome) {
    case 'promoted':
      return line(GOOD, 'Promoted', `: ${canary} serves all users`);
    case 'held':
      return line(GOOD, 'Held', `: ${had}, until it is resumed or rolled back`);
    case 'handed-over':
      return line(DOUBTFUL, 'Handed over', ': the traffic is as somebody else set it');
    default: {
      const [tone, headline] =
        ending.outcome === 'rolled-back' ? ([BAD, 'Rolled back'] as const) : ([DOUBTFUL, 'Aborted'] as const);
      const again = exposure === 'nobody' ? 'as before' : 'again';
      return line(tone, headline, `: users have ${describeSplit(stable)} ${again}; ${had}`);
    }
  }
}

/**
 * What stands below the group of a command, where a reader sees it without opening anything: the outcome, the reason and
 * what is next.
 */
export function conclude(todo: Command, state: State, next: Command, cast: Cast): Line {
  if (next.type === 'end') return ofEnding(state, todo, cast);
  const { canary, canaryUrl } = cast;
  const then = `; next: ${describeNext(next)}`;
  const stopped = (headline: string) => line(toneOf(next), headline, `: ${reasonOf(next)}${then}`);
  const last = state.reports.at(-1);
  switch (todo.type) {
    case 'deploy':
      return next.type === 'verify'
        ? line(GOOD, 'Deployed', `: ${canary} is Ready at 0 %, at ${canaryUrl}${then}`)
        : stopped('Not deployed');
    case 'verify':
      return next.type === 'shift' || next.type === 'promote'
        ? line(GOOD, 'Verified', `: ${canary} answers at its own URL${then}`)
        : stopped('Not verified');
    case 'shift':
      return last?.percent === todo.percent ? ofStep(last, next) : stopped(`${todo.percent} %`);
    case 'promote':
      return last?.percent === 100 ? ofStep(last, next) : stopped('Not promoted');
    default:
      return last ? ofStep(last, next) : stopped('Stopped');
  }
}
