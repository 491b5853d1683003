import type { Json } from './schema.ts';
import type { Variables } from './template.ts';

type Texts = Readonly<Record<string, string | undefined>>;

/** The runner's own variables, which say nothing that the page of the run does not say. */
const PUBLIC = /^(?:GITHUB|RUNNER)_/;
const SECRET = /pass|pwd|secret|token|key|credential|auth|private|session|cookie|jwt|dsn|webhook|otp/i;

/** What checks may refer to: the environment, and before it what was given. Inputs of the action are no variables. */
export function variablesOf(given: Readonly<Record<string, string>>, env: Texts): Variables {
  const variables = new Map<string, Json>();
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !name.startsWith('INPUT_')) variables.set(name, value);
  }
  for (const [name, value] of Object.entries(given)) variables.set(name, value);
  return variables;
}

/**
 * The values of those that are in use and may be secret: from the environment all but the runner's own, since secrets are
 * handed over there, also where they are given by their name alone; of others that are given, those whose name says so.
 */
export function secretsOf(
  used: ReadonlySet<string>,
  given: Readonly<Record<string, string>>,
  env: Texts,
  variables: Variables,
): Json[] {
  return [...used].flatMap((name) => {
    const value = variables.get(name);
    const isGiven = Object.hasOwn(given, name) && given[name] !== env[name];
    const isPublic = isGiven || PUBLIC.test(name);
    return value === undefined || (isPublic && !SECRET.test(name)) ? [] : [value];
  });
}
