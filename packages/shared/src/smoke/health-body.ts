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

type Body = { status: string; version: string | undefined; dependencies: Dependency[] };
type Dependency = { name: string; status: string };

function statusOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'ok' : 'unhealthy';
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return statusOf(value.status ?? value.state ?? value.healthy);
}

function isWell(status: string): boolean {
  return WELL.has(status.trim().toLowerCase());
}

/** `{database: "ok"}`, `{database: {status: "ok"}}` or `[{name: "database", status: "ok"}]`. */
function dependenciesOf(value: Json | undefined): Dependency[] {
  if (value === null || typeof value !== 'object') return [];
  const named: (readonly [Json | undefined, Json])[] = Array.isArray(value)
    ? value.map((item) => [
        item !== null && typeof item === 'object' && !Array.isArray(item) ? item.name : undefined,
        item,
      ])
    : Object.entries(value);
  return named.flatMap(([name, item]) => {
    const status = statusOf(item);
    return typeof name === 'string' && status !== undefined ? [{ name, status }] : [];
  });
}

function bodyOf(json: Json): Body | undefined {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return undefined;
  const status = statusOf(json.status);
  if (status === undefined) return undefined;
  return {
    status,
    version:
      typeof json.version === 'string' || typeof json.version === 'number' ? String(json.version) : undefined,
    dependencies: dependenciesOf(json.dependencies),
  };
}

/**
 * What a health body `{status, service, version, dependencies}` says is wrong. Understood where a path that asks for health
 * answers so, and the check does not say itself what the body must be.
 * @param expected what the deployed version may call itself, if that is known
 */
export function judgeHealth(check: Check, response: Response, expected: Expected | undefined): Failure[] {
  const { expect } = check;
  if (!HEALTH.test(check.path) || expect.json.length > 0 || expect.schema || expect.body) return [];
  const parsed = jsonOfBody(response);
  const body = parsed.ok ? bodyOf(parsed.json) : undefined;
  if (!body) return [];
  const failures: Failure[] = [];
  const ill = body.dependencies.filter(({ status }) => !isWell(status));
  if (!isWell(body.status))
    failures.push({ what: 'health', expected: 'status ok', got: `status ${body.status}` });
  for (const { name, status } of ill) {
    failures.push({ what: `dependency ${name}`, expected: 'status ok', got: `status ${status}` });
  }
  if (expected && (body.version === undefined || !expected.fits(body.version))) {
    failures.push({
      what: 'version',
      expected: expected.text,
      got: body.version ?? 'nothing',
      hint: 'another revision answers, or the image was built without its version',
    });
  }
  return failures;
}

/** Which version was deployed: what it may call itself, and how to say so. */
export type Expected = { text: string; fits: (version: string) => boolean };

const COMMIT = /^[0-9a-f]{7,40}$/;

function withoutV(version: string): string {
  return version.replace(/^v(?=\d)/, '');
}

/**
 * A version fits a name that it equals (`v1.2.3` is `1.2.3`), and a commit whose beginning of seven digits or more it is or
 * ends in, as `main-0a1b2c3` does; or goes on where a name of seven digits or more ends.
 * @param names tags, digests, labels of the image and commits; none is no expectation
 */
export function expectedVersion(names: readonly string[]): Expected | undefined {
  if (names.length === 0) return undefined;
  const commits = names.map((name) => name.toLowerCase()).filter((name) => COMMIT.test(name));
  // Of digits alone, which may be a date or a build's number, only a whole commit tells what they begin.
  const isShortFor = (start: string, commit: string) =>
    commit.startsWith(start) && (commit.length === 40 || commit === start || /[a-f]/.test(start));
  return {
    text: names.join(' or '),
    fits: (version) => {
      const given = withoutV(version.trim());
      const [end = ''] = /[0-9a-f]{7,40}$/.exec(given.toLowerCase()) ?? [];
      return (
        names.some((name) => withoutV(name) === given) ||
        (end !== '' && commits.some((commit) => isShortFor(end, commit) || isShortFor(commit, end)))
      );
    },
  };
}
