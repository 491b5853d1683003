import { formatDuration } from '../action/duration.ts';
import type { Log } from '../action/log.ts';
import type { Line } from '../action/paint.ts';
import type { Command, Event, State } from './machine.ts';
import { pollLine } from './poll-line.ts';
import { type Said, type Standing, worthOf } from './quiet.ts';
import { type Due, describeWait, timeOfDay } from './wait.ts';

type Assessed = Extract<Event, { type: 'assessed' }>;
type Unseen = Extract<Event, { type: 'unseen' }>;

/** Tells the polls of a rollout: what is new at once, what is not once a minute. */
export class Narrator {
  readonly #log: Log;
  readonly #probed: boolean;
  readonly #due: Due;
  #said: Said | undefined;
  #blindSinceMs: number | undefined;

  constructor(log: Log, probed: boolean, due: Due) {
    this.#log = log;
    this.#probed = probed;
    this.#due = due;
  }

  /** What happened in `before`, and what follows from it. Events that are no polls are told by their conclusion. */
  tell(before: State, event: Event, next: Command): void {
    if (event.type === 'assessed') this.#tellPoll(before, event, next);
    if (event.type === 'unseen') this.#tellBlind(before, event, next);
  }

  #tellPoll(state: State, { assessment, coveredMs, atMs }: Assessed, next: Command): void {
    const { verdict, check, holds, canary, stable } = assessment;
    if (this.#blindSinceMs !== undefined) {
      this.#log.info(`The metrics can be read again, after ${formatDuration(atMs - this.#blindSinceMs)}`);
      this.#blindSinceMs = undefined;
    }
    const wait = describeWait(state, assessment, coveredMs, next, atMs, this.#due);
    const standing = {
      meaning: JSON.stringify([state.phase, state.step, verdict, check, holds, next.type]),
      counted: JSON.stringify([coveredMs, canary, stable]),
      atMs,
    };
    this.#say(standing, (same) => pollLine(state, assessment, coveredMs, this.#probed, `${same}${wait}`));
  }

  #tellBlind({ plan, phase, startedMs }: State, { reason, atMs }: Unseen, next: Command): void {
    const goesOn = next.type === 'observe' && phase === 'baking';
    const end = goesOn ? `; if it lasts, stable is restored at ${timeOfDay(startedMs + plan.timeoutMs)}` : '';
    const text = `The metrics cannot be read, so nothing is decided: ${reason}; asked every ${formatDuration(plan.pollIntervalMs)}${end}`;
    if (this.#said?.meaning !== reason) this.#log.warning(text);
    this.#blindSinceMs ??= atMs;
    this.#say({ meaning: reason, counted: '', atMs }, (same) => (same ? [same, text] : undefined));
  }

  /** `line` is asked with the words for how long nothing was new, or with none; the first may be said elsewhere. */
  #say(now: Standing, line: (same: string) => Line | undefined): void {
    const said = this.#said;
    const worth = worthOf(said, now);
    const same =
      worth !== 'news' && said ? `nothing new for ${formatDuration(now.atMs - said.sinceMs)}; ` : '';
    const text = line(same);
    if (text && worth === 'nothing') this.#log.status(text);
    if (text && worth !== 'nothing') this.#log.info(text);
    if (worth === 'news') this.#said = { ...now, sinceMs: now.atMs };
    if (worth === 'reminder' && said) this.#said = { ...now, sinceMs: said.sinceMs };
  }
}
