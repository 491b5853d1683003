import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from '../duration.ts';
import { STATUS_NAMES, type StatusName } from './status.ts';

const ERROR_NAMES = STATUS_NAMES.filter((name) => name !== 'OK');

const windowShape = {
  /** `UpdateService` or `google.cloud.run.v2.Services/UpdateService`. */
  method: z.string().min(1),
  /** Only this call, counted from 1 since the fault was set. */
  nth: z.int().min(1).optional(),
  /** All calls from this one on, counted from 1. */
  from: z.int().min(1).optional(),
  /** How many calls from `from` on; all unless given. */
  count: z.int().min(1).optional(),
};

const durationText = z
  .string()
  .regex(DURATION_PATTERN, 'expected a number with ms, s, m or h, such as 250ms or 2s');

/** The call fails, waits, or both. */
const errorFault = z.strictObject({
  kind: z.literal('error').default('error'),
  ...windowShape,
  code: z.enum(ERROR_NAMES).optional(),
  message: z.string().optional(),
  delay: durationText.optional(),
  /** Waits until the faults are cleared. */
  hold: z.literal(true).optional(),
  /** `after`: the call takes effect, and the caller gets the error all the same. */
  when: z.enum(['before', 'after']).default('before'),
});

/** Something else writes the service just before the call is handled, so that the caller's etag is stale. */
const etagRace = z.strictObject({
  kind: z.literal('etag-race'),
  ...windowShape,
  method: z.string().min(1).default('UpdateService'),
});

/** The call is accepted, and its operation never ends. */
const stuckOperation = z.strictObject({
  kind: z.literal('stuck-operation'),
  ...windowShape,
  method: z.string().min(1).default('UpdateService'),
});

/** Every connection is broken at the call; `after`: once it has taken effect. */
const disconnect = z.strictObject({
  kind: z.literal('disconnect'),
  ...windowShape,
  when: z.enum(['before', 'after']).default('before'),
});

export const faultSchema = z
  .preprocess(
    (value) =>
      typeof value === 'object' && value !== null && !('kind' in value) ? { ...value, kind: 'error' } : value,
    z.discriminatedUnion('kind', [errorFault, etagRace, stuckOperation, disconnect]),
  )
  .refine((fault) => fault.nth === undefined || (fault.from === undefined && fault.count === undefined), {
    error: 'give either nth, or from and count',
  })
  .refine((fault) => fault.kind !== 'error' || Boolean(fault.code ?? fault.delay ?? fault.hold), {
    path: ['code'],
    error: 'give a code, a delay, a hold, or several of them',
  });

export type Fault = z.output<typeof faultSchema>;
export type FaultInput =
  | z.input<typeof errorFault>
  | z.input<typeof etagRace>
  | z.input<typeof stuckOperation>
  | z.input<typeof disconnect>;

/** First it waits, then it fails. */
export type Trouble = {
  delayMs: number;
  /** Resolves when the call may go on. */
  held: Promise<void> | undefined;
  fail: { code: StatusName; message: string } | undefined;
};

/** What the faults do to one call. */
export type CallFaults = {
  before: Trouble;
  after: Trouble;
  etagRace: boolean;
  stuckOperation: boolean;
  disconnect: 'before' | 'after' | undefined;
};

export type FaultPlan = {
  add(fault: Fault): void;
  list(): Fault[];
  /** Calls that are held go on. */
  clear(): void;
  /** Counts a call of a method (`google.cloud.run.v2.Services/UpdateService`) and says what happens to it. */
  onCall(method: string): CallFaults;
};

export function createFaultPlan(initial: Fault[]): FaultPlan {
  let entries = initial.map((fault) => ({ fault, calls: 0 }));
  let cleared = Promise.withResolvers<void>();
  return {
    add: (fault) => {
      entries.push({ fault, calls: 0 });
    },
    list: () => entries.map(({ fault }) => fault),
    clear: () => {
      entries = [];
      cleared.resolve();
      cleared = Promise.withResolvers();
    },
    onCall: (method) => {
      const matching = entries.filter(({ fault }) => matchesMethod(fault.method, method));
      for (const entry of matching) {
        entry.calls += 1;
      }
      const faults = matching.filter(({ fault, calls }) => covers(fault, calls)).map(({ fault }) => fault);
      return combine(faults, cleared.promise);
    },
  };
}

function matchesMethod(pattern: string, method: string): boolean {
  return pattern === method || method.endsWith(`/${pattern}`);
}

/** Whether a fault's window covers the nth call since it was set. */
export function covers(window: Pick<Fault, 'nth' | 'from' | 'count'>, nth: number): boolean {
  if (window.nth !== undefined) {
    return nth === window.nth;
  }
  const from = window.from ?? 1;
  return nth >= from && nth < from + (window.count ?? Number.POSITIVE_INFINITY);
}

function combine(faults: Fault[], cleared: Promise<void>): CallFaults {
  const errors = faults.filter((fault) => fault.kind === 'error');
  const troubleAt = (when: ErrorFault['when']) =>
    trouble(
      errors.filter((fault) => fault.when === when),
      cleared,
    );
  return {
    before: troubleAt('before'),
    after: troubleAt('after'),
    etagRace: faults.some((fault) => fault.kind === 'etag-race'),
    stuckOperation: faults.some((fault) => fault.kind === 'stuck-operation'),
    disconnect: faults.find((fault) => fault.kind === 'disconnect')?.when,
  };
}

type ErrorFault = z.output<typeof errorFault>;

function trouble(faults: ErrorFault[], cleared: Promise<void>): Trouble {
  const delays = faults.map(({ delay }) => (delay === undefined ? 0 : parseDuration(delay)));
  return {
    delayMs: delays.reduce((sum, ms) => sum + ms, 0),
    held: faults.some(({ hold }) => hold) ? cleared : undefined,
    fail: firstError(faults),
  };
}

function firstError(faults: ErrorFault[]): { code: StatusName; message: string } | undefined {
  for (const { code, message } of faults) {
    if (code !== undefined) {
      return { code, message: message ?? `injected fault: ${code}` };
    }
  }
  return undefined;
}
