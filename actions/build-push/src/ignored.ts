import { describeError } from '@apex-actions/shared/action/errors';
import type { Ignored } from '@apex-actions/shared/registry/findings';
import { parse } from 'yaml';
import { z } from 'zod';

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

const schema = z.array(
  z.strictObject({
    id: z.string().min(1),
    reason: z.string().trim().min(1, 'say why'),
    expires: z.string().regex(DAY, 'expected a day, such as 2026-12-31'),
  }),
);

/** The list of `ignore-vulnerabilities`, or the first thing that is wrong with it. */
export function parseIgnored(text: string): { ignored: Ignored[] } | { problem: string } {
  let yaml: unknown;
  try {
    yaml = parse(text);
  } catch (error) {
    return { problem: describeError(error) };
  }
  const { data, error } = schema.safeParse(yaml);
  if (data) return { ignored: data };
  const [issue] = error.issues;
  const place = issue?.path.map(String).join('.');
  return { problem: `${place ? `${place}: ` : ''}${issue?.message}` };
}
