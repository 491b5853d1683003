import { z } from 'zod';
import { DURATION, parseDuration } from '../action/duration.ts';

/** What a check is as it is written: the one source of the types, of the errors, and of the JSON Schema for editors. */

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const REQUEST = new RegExp(`^(?:${METHODS.join('|')}) (?:/|\\$\\{)\\S*$`);

const request = z
  .string()
  .regex(REQUEST, {
    error: `a method and a path, such as \`GET /health\` (${METHODS.join(', ')}; a space in a path is written %20); several checks are a list, each after a dash`,
  })
  .describe('Method and path, such as `POST /api/v1/login`. Variables in it are percent-encoded.');

/** No job waits longer, and timers end at 24 days. */
const LONGEST_MS = 24 * 3600 * 1000;
const DURATION_ERROR = 'a duration such as `500ms`, `2s` or `1m30s`, at most 24h';

const duration = z
  // A bare number is a duration without its unit; what is missing is told as such.
  .string({ error: ({ input }) => (input === undefined ? undefined : DURATION_ERROR) })
  .regex(DURATION, { error: DURATION_ERROR, abort: true })
  .refine(isDuration, { error: DURATION_ERROR });

function isDuration(text: string): boolean {
  const ms = parseDuration(text) ?? 0;
  return ms > 0 && ms <= LONGEST_MS;
}

/** YAML reads `1` and `true` as what they look like; in a header or a form they are text. */
const text = z.union([z.string(), z.number(), z.boolean()], { error: 'a text' });

const pattern = z.string().refine(isPattern, { error: 'a regular expression of JavaScript' });

function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const header = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, {
  error: 'the name of a header, of letters, digits and `-`',
});

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: 'a name of letters, digits and `_` that does not begin with a digit',
});

const JSON_TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'] as const;
const TYPE_ERROR = `one of ${JSON_TYPES.map((type) => `\`${type}\``).join(', ')}`;

const conditions = {
  equals: z.json().optional().describe('The very value.'),
  contains: text.optional().describe('A part of the text, or an element of the list.'),
  matches: pattern.optional().describe('A regular expression that is found in the text.'),
  exists: z.boolean().optional().describe('Whether it is there at all.'),
};
const jsonMatcher = z
  .strictObject({
    ...conditions,
    type: z
      .enum(JSON_TYPES, { error: TYPE_ERROR })
      .optional()
      .describe('Of JSON; `integer` is a whole number.'),
  })
  .refine(isNotEmpty, { error: 'at least one of `equals`, `contains`, `matches`, `type`, `exists`' });
const textMatcher = z
  .strictObject({ ...conditions, equals: text.optional().describe('The whole text.') })
  .refine(isNotEmpty, { error: 'at least one of `equals`, `contains`, `matches`, `exists`' });

function isNotEmpty(matcher: object): boolean {
  return Object.keys(matcher).length > 0;
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const STATUS_ERROR = 'a status such as `200`, a class such as `2xx`, or a list of these';
const status = z.union(
  [
    z.int({ error: STATUS_ERROR }).min(100, { error: STATUS_ERROR }).max(599, { error: STATUS_ERROR }),
    z.string().regex(/^(?:[1-5]xx|[1-5]\d\d)$/, { error: STATUS_ERROR }),
  ],
  {
    error: STATUS_ERROR,
  },
);

const expectations = z
  .strictObject({
    status: z
      .union([status, z.array(status).min(1, { error: STATUS_ERROR })], { error: STATUS_ERROR })
      .optional()
      .describe(
        '`200`, `2xx`, or a list of these. Default is `2xx`, after redirects; a check that expects a 3xx gets the redirect itself.',
      ),
    json: z
      .record(z.string(), z.union([jsonMatcher, scalar, z.array(z.json())]), {
        error: 'a mapping of paths, such as `user.email` or `items[0].id`',
      })
      .optional()
      .describe(
        'Values of the JSON body by path (RFC 9535, the leading `$.` may be left out): a value that it equals, or conditions.',
      ),
    headers: z
      .record(header, z.union([textMatcher, text]))
      .optional()
      .describe('Headers of the answer: a text that it equals, or conditions.'),
    body: z
      .union([textMatcher, text])
      .optional()
      .describe('The text of the body, white space around it aside: a text that it equals, or conditions.'),
    schema: z
      .union([z.string(), z.record(z.string(), z.json())])
      .optional()
      .describe(
        'A JSON Schema that the body fits (2020-12, or draft 07 where `$schema` says so), or the path of a file with one.',
      ),
    duration: duration.optional().describe('The longest time for the whole answer, such as `1s`.'),
  })
  .refine(isNotEmpty, { error: 'at least one of `status`, `json`, `headers`, `body`, `schema`, `duration`' });

const capture = z.union([
  z.string().describe('Path of a value in the JSON body.'),
  z.strictObject({ header: header.describe('Name of a header of the answer.') }),
  z.strictObject({ matches: pattern.describe('Found in the body; its first group, or all that is found.') }),
]);

const retry = z.union([
  duration.describe('How long it is tried again, every second.'),
  z.strictObject({
    for: duration.describe('How long it is tried again, such as `30s`.'),
    every: duration.optional().describe('Pause between two attempts; default `1s`.'),
  }),
]);

const NAME_ERROR = 'a text of 1 to 100 characters';
const WEIGHT_ERROR = 'a whole number from 1 to 1000';

export const checkSchema = z
  .strictObject({
    name: z
      .string()
      .min(1, { error: NAME_ERROR })
      .max(100, { error: NAME_ERROR })
      .optional()
      .describe('What it proves. Default is the request.'),
    request,
    headers: z.record(header, text).optional().describe('Headers of the request.'),
    json: z.json().optional().describe('Body as JSON, with its content type.'),
    form: z
      .record(z.string(), text)
      .optional()
      .describe('Body as a form, `application/x-www-form-urlencoded`.'),
    body: text.optional().describe('Body as text.'),
    expect: expectations.optional(),
    capture: z
      .record(variable, capture)
      .optional()
      .describe('Values of the answer, as variables for the checks after it. They are masked everywhere.'),
    retry: retry
      .optional()
      .describe('For what takes time to come true: tried again until it passes, for so long.'),
    when: z
      .string()
      .optional()
      .describe(
        'Runs only where this, with its variables, is neither empty nor `false` nor `0`, or where its comparison by `==` or `!=` holds.',
      ),
    weight: z
      .int({ error: WEIGHT_ERROR })
      .min(1, { error: WEIGHT_ERROR })
      .max(1000, { error: WEIGHT_ERROR })
      .optional()
      .describe(
        'Under load: how often it is chosen, relative to the others with a weight. Those without one begin each user.',
      ),
  })
  .refine((check) => ['json', 'form', 'body'].filter((kind) => kind in check).length <= 1, {
    error: 'only one of `json`, `form` and `body`',
  })
  .meta({ id: 'check' });

export const entrySchema = z.union([request, checkSchema]);
const entries = z.array(entrySchema).min(1, { error: 'at least one check' });

/** A list of checks, one check alone, or a mapping with the key `checks`, where an editor's `$schema` has a place, too. */
export const documentSchema = z.union([
  entrySchema,
  entries,
  z.strictObject({ $schema: z.string().optional(), checks: entries }),
]);

export type RawCheck = z.output<typeof checkSchema>;
export type RawEntry = z.output<typeof entrySchema>;
export type JsonMatcher = z.output<typeof jsonMatcher>;
export type Json = z.output<ReturnType<typeof z.json>>;

/** The JSON Schema that editors complete from (draft 2020-12). */
export function checksJsonSchema(): object {
  return {
    title: 'Checks of apex/smoke-test',
    ...z.toJSONSchema(documentSchema, { io: 'input' }),
  };
}

/** Every key that the format knows, to find the one that was meant. */
export const KEYS: readonly string[] = [
  ...Object.keys(checkSchema.shape),
  ...Object.keys(expectations.shape),
  ...Object.keys(jsonMatcher.shape),
  ...['header', 'for', 'every', 'checks'],
];
