import type { Check } from './check.ts';
import type { Failure } from './expect.ts';
import { jsonOfBody, type Response } from './response.ts';
import type { Json } from './schema.ts';

/** The last part of a path that is asked for a service's health, by what people call it. */
const HEALTH =
  /^[^?#]*[/_-](?:health|healthz|healthcheck|live|livez|liveness|ready|readyz|readiness|ping)\/?(?:[?#].*)?$/i;
/** The words for "well" of https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check and of the common frameworks. */
const WELL = new Set([
  'ok',
  'okay',
  'pass',
  'passing',
  'passed',
  'up',
  'healthy',
  'alive',
  'live',
  'ready',
  'running',
  'available',
  'connected',
  'operational',
  'green',
  'success',
  'serving',
  'true',
]);

type State = { name: string; status: string };

/** Where frameworks keep a state: in a text, a boolean, or under one of these keys. */
const STATES = [
  'status',
  'state',
  'healthy',
  'ok',
  'up',
  'connected',
  'available',
  'alive',
  'ready',
  'success',
];
/** Beside ours: that of the draft above, and those of Spring Boot's actuator and NestJS's terminus. */
const OF_OTHERS = ['checks', 'components', 'details'];

type JsonObject = { [key: string]: Json };

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function statusOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'ok' : 'unhealthy';
  if (!isObject(value)) return undefined;
  // That of HTTP; other numbers are measures.
  if (typeof value.status === 'number') {
    return value.status >= 200 && value.status < 400 ? 'ok' : String(value.status);
  }
  const key = STATES.find((name) => statusOf(value[name]) !== undefined);
  if (key !== undefined) return statusOf(value[key]);
  return value.error ? `error ${typeof value.error === 'string' ? value.error : ''}`.trim() : undefined;
}

function isWell(status: string): boolean {
  return WELL.has(status.trim().toLowerCase());
}

/**
 * The states in `{database: {status: "ok"}}`, `[{name: "database", status: "ok"}]`, and in mappings of these. What shows none is left
 * out, as are texts and flags beside it, which may mean anything.
 */
function statesOf(value: Json | undefined, prefix = ''): State[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]: [string, Json]) => {
    if (!isObject(item)) return statesOf(item, `${prefix}${key}.`);
    const own = [item.name, item.service, item.id].find((name) => typeof name === 'string');
    const name = `${prefix}${own ?? key}`;
    const status = statusOf(item);
    return status === undefined ? statesOf(item, `${name}.`) : [{ name, status }];
  });
}

/** Those of `dependencies`, where a text or a flag is a state, too: `{database: "ok"}`. */
function dependenciesOf(value: Json | undefined): State[] {
  const plain = Object.entries(isObject(value) ? value : {}).flatMap(([name, item]: [string, Json]) => {
    const status = isObject(item) ? undefined : statusOf(item);
    return status === undefined ? [] : [{ name, status }];
  });
  return [...plain, ...statesOf(value)];
}

/** Whether a check asks for health and leaves it to us to say what a good answer is. */
export function asksForHealth({ path, expect }: Check): boolean {
  return HEALTH.test(path) && expect.json.length === 0 && !expect.schema && !expect.body;
}

/**
 * What a health body `{status, service, version, dependencies}` says is wrong. Understood where a path that asks for health
 * answers so, and the check does not say itself what the body must be; the version is looked at also where it does, but for
 * the version.
 * @param expected what the deployed version may call itself, if that is known
 */
export function judgeHealth(check: Check, response: Response, expected: Expected | undefined): Failure[] {
  if (!HEALTH.test(check.path)) return [];
  const parsed = jsonOfBody(response);
  if (!parsed.ok || !isObject(parsed.json)) return [];
  const { json } = parsed;
  return [
    ...(asksForHealth(check) ? judgeStates(json) : []),
    ...(expected && !expectsVersion(check) ? judgeVersion(json, expected) : []),
  ];
}

/** Whether a check says itself which version there must be. */
export function expectsVersion({ expect }: Check): boolean {
  return expect.json.some(({ path }) => path.text.endsWith('version'));
}

function judgeStates(json: JsonObject): Failure[] {
  const status = statusOf(json);
  const states = [dependenciesOf(json.dependencies), ...OF_OTHERS.map((key) => statesOf(json[key]))].flat();
  const ill = states.filter((each) => !isWell(each.status));
  return [
    ...(status === undefined || isWell(status)
      ? []
      : [{ what: 'health', expected: 'status ok', got: `status ${status}` }]),
    ...ill.map(({ name, status }) => ({
      what: `dependency ${name}`,
      expected: 'status ok',
      got: `status ${status}`,
    })),
  ];
}

function judgeVersion({ version }: JsonObject, expected: Expected): Failure[] {
  const given = typeof version === 'string' || typeof version === 'number' ? String(version) : undefined;
  if (given !== undefined && expected.fits(given)) return [];
  return [
    {
      what: 'version',
      expected: expected.text,
      got: given ?? 'nothing',
      hint: 'another revision answers, or the image was built without its version',
    },
  ];
}

/** Which version was deployed: what it may call itself, and how to say so. */
export type Expected = { text: string; fits: (version: string) => boolean };

function withoutV(version: string): string {
  return version.replace(/^v(?=\d)/, '');
}

/**
 * A version fits a name that it equals (`v1.2.3` is `1.2.3`, and `1.2.3+5` is, too), and a commit whose beginning of seven digits or more it is or
 * ends in, as `main-0a1b2c3` does; or goes on where a name of seven digits or more ends.
 * @param names tags, digests, labels of the image and commits; none is no expectation
 */
export function expectedVersion(names: readonly string[]): Expected | undefined {
  if (names.length === 0) return undefined;
  // A tag such as main-0a1b2c3 ends in one.
  const commits = names.flatMap((name) => /(?:^|[-_.])([0-9a-f]{7,40})$/.exec(name.toLowerCase())?.[1] ?? []);
  // Of digits alone, which may be a date or a build's number, only a whole commit tells what they begin.
  const isShortFor = (start: string, commit: string) =>
    commit.startsWith(start) && (commit.length === 40 || commit === start || /[a-f]/.test(start));
  return {
    text: names.join(' or '),
    fits: (version) => {
      const given = withoutV(version.trim());
      const [end = ''] = /[0-9a-f]{7,40}$/.exec(given.toLowerCase()) ?? [];
      return (
        names.some((name) => withoutV(name) === given || withoutV(name) === given.split('+')[0]) ||
        (end !== '' && commits.some((commit) => isShortFor(end, commit) || isShortFor(commit, end)))
      );
    },
  };
}
