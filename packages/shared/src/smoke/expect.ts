import { formatDuration } from '../action/duration.ts';
import type { Capture, Check, Matcher } from './check.ts';
import { headerOf, jsonOfBody, type Response, textOfBody } from './response.ts';
import type { Json } from './schema.ts';
import { renderJson, textOf, type Variables } from './template.ts';

/** Why a check failed. Not masked yet. */
export type Failure = { what: string; expected?: string; got?: string; hint?: string };

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function hasType(value: Json, type: string): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeOf(value) === type;
}

function sameJson(a: Json, b: Json): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    left.length === right.size &&
    left.every(([key, value]) => {
      const other = right.get(key);
      return other !== undefined && sameJson(value, other);
    })
  );
}

function contains(value: Json, part: Json): boolean {
  if (Array.isArray(value)) return value.some((item) => sameJson(item, part));
  return typeof value === 'string' && value.includes(textOf(part));
}

type Condition = { text: string; holds: (value: Json) => boolean };

function conditionsOf(matcher: Matcher, variables: Variables): Condition[] {
  const { equals, contains: part, matches, type } = matcher;
  const conditions: Condition[] = [];
  if (equals !== undefined) {
    const wanted = renderJson(equals, variables);
    conditions.push({ text: JSON.stringify(wanted), holds: (value) => sameJson(value, wanted) });
  }
  if (part !== undefined) {
    const wanted = renderJson(part, variables);
    const text = `something that contains ${JSON.stringify(wanted)}`;
    conditions.push({ text, holds: (value) => contains(value, wanted) });
  }
  if (matches !== undefined) {
    const text = `a match of /${matches.source}/`;
    conditions.push({ text, holds: (value) => matches.test(textOf(value)) });
  }
  if (type !== undefined) {
    conditions.push({ text: `a value of type ${type}`, holds: (value) => hasType(value, type) });
  }
  return conditions;
}

function all(conditions: readonly Condition[]): string {
  return conditions.map(({ text }) => text).join(' and ') || 'a value';
}

/**
 * Every value that was found must meet the matcher, and there must be one.
 * @param what the place, such as `json user.email`
 */
function compare(what: string, values: readonly Json[], matcher: Matcher, variables: Variables): Failure[] {
  const [first] = values;
  if (matcher.exists === false) {
    return first === undefined ? [] : [{ what, expected: 'nothing', got: JSON.stringify(first) }];
  }
  const conditions = conditionsOf(matcher, variables);
  if (first === undefined) return [{ what, expected: all(conditions), got: 'nothing' }];
  return values.flatMap((value) => {
    const missed = conditions.filter(({ holds }) => !holds(value));
    return missed.length === 0 ? [] : [{ what, expected: all(missed), got: JSON.stringify(value) }];
  });
}

/** Texts are compared as texts: YAML read `1` as a number. */
function asText({ equals, ...matcher }: Matcher, variables: Variables): Matcher {
  return equals === undefined ? matcher : { ...matcher, equals: textOf(renderJson(equals, variables)) };
}

export function hasStatus(statuses: readonly string[], status: number): boolean {
  return statuses.some((wanted) => wanted === String(status) || wanted === `${Math.floor(status / 100)}xx`);
}

/** Everything that an answer lacks of what its check expects. Throws `MissingVariable`. */
export function judge({ expect }: Check, response: Response, variables: Variables): Failure[] {
  return [
    judgeStatus(expect, response),
    ...expect.headers.map(({ name, matcher }) => {
      const value = headerOf(response, name);
      return compare(
        `header ${name}`,
        value === undefined ? [] : [value],
        asText(matcher, variables),
        variables,
      );
    }),
    expect.body
      ? compare('body', [textOfBody(response).trim()], asText(expect.body, variables), variables)
      : [],
    expect.json.length > 0 || expect.schema ? judgeJson(expect, response, variables) : [],
    judgeDuration(expect, response),
  ].flat();
}

function judgeStatus({ statuses }: Check['expect'], { status }: Response): Failure[] {
  if (hasStatus(statuses, status)) return [];
  return [{ what: 'status', expected: statuses.join(' or '), got: String(status) }];
}

function judgeDuration({ durationMs: mostMs }: Check['expect'], { durationMs }: Response): Failure[] {
  if (mostMs === undefined || durationMs <= mostMs) return [];
  return [
    { what: 'duration', expected: `at most ${formatDuration(mostMs)}`, got: formatDuration(durationMs) },
  ];
}

function judgeJson({ json, schema }: Check['expect'], response: Response, variables: Variables): Failure[] {
  const body = jsonOfBody(response);
  if (!body.ok) return [{ what: 'body', expected: 'JSON', got: `a body that is not JSON: ${body.why}` }];
  const misfits = schema?.(body.json) ?? [];
  return json
    .flatMap(({ path, matcher }) =>
      compare(`json ${path.text}`, path.query.query(body.json).values() as Json[], matcher, variables),
    )
    .concat(misfits.map((why) => ({ what: 'schema', expected: 'a body that fits', got: why })));
}

type Captured = { ok: true; value: Json } | { ok: false; failure: Failure };

function captureOne(name: string, capture: Capture, response: Response): Captured {
  const missing = (place: string): Captured => ({
    ok: false,
    failure: { what: `capture ${name}`, expected: `a value at ${place}`, got: 'nothing' },
  });
  switch (capture.from) {
    case 'header': {
      const value = headerOf(response, capture.name);
      return value === undefined ? missing(`the header ${capture.name}`) : { ok: true, value };
    }
    case 'body': {
      const found = capture.pattern.exec(textOfBody(response));
      return found
        ? { ok: true, value: found[1] ?? found[0] }
        : missing(`/${capture.pattern.source}/ in the body`);
    }
    case 'json': {
      const body = jsonOfBody(response);
      if (!body.ok) {
        return {
          ok: false,
          failure: { what: `capture ${name}`, expected: 'JSON', got: `a body that is not JSON: ${body.why}` },
        };
      }
      const [value] = capture.path.query.query(body.json).values() as Json[];
      return value === undefined || value === null ? missing(capture.path.text) : { ok: true, value };
    }
  }
}

/** What is captured is masked everywhere from then on, which takes its time. */
const MOST_CAPTURED = 100;
const LONGEST_CAPTURED = 64 * 1024;
const SMALL = 'at most 100 values of 64 KiB in all';

function isSmall(value: Json): boolean {
  if (JSON.stringify(value).length > LONGEST_CAPTURED) return false;
  let left = MOST_CAPTURED;
  const fits = (json: Json): boolean => {
    if (json !== null && typeof json === 'object') return Object.values(json).every(fits);
    left -= 1;
    return left >= 0;
  };
  return fits(value);
}

/** The values that a check takes from its answer, and what it did not find. */
export function captureFrom(
  { capture }: Check,
  response: Response,
): { values: Map<string, Json>; failures: Failure[] } {
  const values = new Map<string, Json>();
  const failures: Failure[] = [];
  for (const [name, from] of Object.entries(capture)) {
    const captured = captureOne(name, from, response);
    if (!captured.ok) failures.push(captured.failure);
    else if (isSmall(captured.value)) values.set(name, captured.value);
    else failures.push({ what: `capture ${name}`, expected: SMALL, got: 'more' });
  }
  return { values, failures };
}
