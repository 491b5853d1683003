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
  .refine((fault) => fault.kind !== 'error' || fault.code !== undefined || fault.delay !== undefined, {
    path: ['code'],
    error: 'give a code, a delay, or both',
  });

export type Fault = z.output<typeof faultSchema>;
export type FaultInput =
  | z.input<typeof errorFault>
  | z.input<typeof etagRace>
  | z.input<typeof stuckOperation>
  | z.input<typeof disconnect>;

/** What the faults do to one call. */
export type CallFaults = {
  delayBeforeMs: number;
  failBefore: { code: StatusName; message: string } | undefined;
  delayAfterMs: number;
  failAfter: { code: StatusName; message: string } | undefined;
  etagRace: boolean;
  stuckOperation: boolean;
  disconnect: 'before' | 'after' | undefined;
};

export type FaultPlan = {
  add(fault: Fault): void;
  list(): Fault[];
  clear(): void;
  /** Counts a call of a method (`google.cloud.run.v2.Services/UpdateService`) and says what happens to it. */
  onCall(method: string): CallFaults;
};

export function createFaultPlan(initial: Fault[]): FaultPlan {
  let entries = initial.map((fault) => ({ fault, calls: 0 }));
  return {
    add: (fault) => {
      entries.push({ fault, calls: 0 });
    },
    list: () => entries.map(({ fault }) => fault),
    clear: () => {
      entries = [];
    },
    onCall: (method) => {
      const matching = entries.filter(({ fault }) => matchesMethod(fault.method, method));
      for (const entry of matching) {
        entry.calls += 1;
      }
      return combine(matching.filter(({ fault, calls }) => covers(fault, calls)).map(({ fault }) => fault));
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

function combine(faults: Fault[]): CallFaults {
  const errors = faults.filter((fault) => fault.kind === 'error');
  const before = errors.filter((fault) => fault.when === 'before');
  const after = errors.filter((fault) => fault.when === 'after');
  return {
    delayBeforeMs: totalDelay(before),
    failBefore: firstError(before),
    delayAfterMs: totalDelay(after),
    failAfter: firstError(after),
    etagRace: faults.some((fault) => fault.kind === 'etag-race'),
    stuckOperation: faults.some((fault) => fault.kind === 'stuck-operation'),
    disconnect: faults.find((fault) => fault.kind === 'disconnect')?.when,
  };
}

type ErrorFault = z.output<typeof errorFault>;

function totalDelay(faults: ErrorFault[]): number {
  return faults.reduce((sum, { delay }) => sum + (delay === undefined ? 0 : parseDuration(delay)), 0);
}

function firstError(faults: ErrorFault[]): { code: StatusName; message: string } | undefined {
  for (const { code, message } of faults) {
    if (code !== undefined) {
      return { code, message: message ?? `injected fault: ${code}` };
    }
  }
  return undefined;
}
