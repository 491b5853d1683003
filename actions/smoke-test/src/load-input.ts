import { parseDuration } from '@apex-actions/shared/action/duration';
import type { InputReader } from '@apex-actions/shared/action/inputs';
import { parseShare } from '@apex-actions/shared/action/share';
import { parseYaml } from '@apex-actions/shared/smoke/yaml';
import { z } from 'zod';
import type { Limits } from './load/limits.ts';
import type { LoadPlan } from './load/plan.ts';

/** A load, and what it must stay within. */
export type Load = Pick<LoadPlan, 'shape' | 'durationMs'> & { limits: Limits };

const MOST_USERS = 1000;
const MOST_PER_SECOND = 20_000;
const LONGEST_MS = 30 * 60_000;

const DURATION_ERROR = 'a duration such as `500ms` or `30s`, at most 30m';
const RATE_ERROR = 'requests a second or minute, such as `50/s` or `600/m`';

/** A text; a bare number lacks its unit, and what is missing is told as such. */
const textOr = (error: string) =>
  z.string({ error: ({ input }) => (input === undefined ? undefined : error) });

const duration = textOr(DURATION_ERROR).transform((text, context) => {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs > 0 && durationMs <= LONGEST_MS) return durationMs;
  context.addIssue({ code: 'custom', message: DURATION_ERROR });
  return z.NEVER;
});
const share = z.union([z.string(), z.number()]).transform((given, context) => {
  const value = parseShare(String(given));
  if (value !== undefined) return value;
  context.addIssue({ code: 'custom', message: 'a share such as `1%` or `0.01`' });
  return z.NEVER;
});
const rate = textOr(RATE_ERROR).transform((text, context) => {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\/([sm])$/.exec(text) ?? [];
  const perSecond = Number(count) / (unit === 's' ? 1 : 60);
  if (perSecond > 0 && perSecond <= MOST_PER_SECOND) return perSecond;
  context.addIssue({ code: 'custom', message: RATE_ERROR });
  return z.NEVER;
});
const USERS_ERROR = `a whole number from 1 to ${MOST_USERS}`;

const loadSchema = z
  .strictObject({
    users: z
      .int({ error: USERS_ERROR })
      .min(1, { error: USERS_ERROR })
      .max(MOST_USERS, { error: USERS_ERROR })
      .optional(),
    rate: rate.optional(),
    duration,
    'max-p50': duration.optional(),
    'max-p95': duration.optional(),
    'max-p99': duration.optional(),
    'max-error-rate': share.default(0.01),
  })
  .refine(({ users, rate }) => (users === undefined) !== (rate === undefined), {
    error: 'one of `users` and `rate`',
  });

/** The input `load`. */
export function readLoad(reader: InputReader): Load | undefined {
  const text = reader.multiline('load');
  if (text === undefined) return undefined;
  const parsed = parseYaml(text, loadSchema, Object.keys(loadSchema.shape));
  if (!parsed.ok) {
    for (const { line, column, text } of parsed.problems) {
      reader.reject('load', `(line ${line}, column ${column}): ${text}`);
    }
    return undefined;
  }
  const { users, rate, duration: durationMs, ...limits } = parsed.value;
  return {
    shape: users === undefined ? { kind: 'rate', perSecond: rate ?? 0 } : { kind: 'users', users },
    durationMs,
    limits: {
      p50Ms: limits['max-p50'],
      p95Ms: limits['max-p95'],
      p99Ms: limits['max-p99'],
      errorShare: limits['max-error-rate'],
    },
  };
}
