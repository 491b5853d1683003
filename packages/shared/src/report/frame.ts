import type { RunContext } from '../action/context.ts';
import { parsePairs } from '../action/pairs.ts';
import type { Journal } from './journal.ts';

const PREFIX = 'INPUT_';
const HIDDEN = 'given, not shown here';

/** Which inputs of an action may be shown as they were given, and of which pairs the keys. */
export type Showable = { values: readonly string[]; keys: readonly string[] };

function shown(name: string, value: string, { values, keys }: Showable): string {
  if (values.includes(name)) return value;
  if (!keys.includes(name)) return HIDDEN;
  const names = Object.keys(parsePairs(value).pairs);
  return `${names.join(', ')} (values not shown)`;
}

/** The inputs that were given, or have a default. What is not known to be harmless is named, and not shown. */
export function givenInputs(
  env: Readonly<Record<string, string | undefined>>,
  showable: Showable,
): Journal['inputs'] {
  return Object.entries(env)
    .filter(([variable, value]) => variable.startsWith(PREFIX) && value?.trim())
    .map(([variable, value = '']) => {
      const name = variable.slice(PREFIX.length).toLowerCase();
      return { name, value: shown(name, value.trim(), showable) };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a report tells of the run that it is part of. */
export function runOf({ runUrl, repository, workflow, sha, actor, attempt }: RunContext): Journal['run'] {
  return {
    ...(runUrl === undefined ? {} : { url: runUrl }),
    ...(repository === undefined ? {} : { repository }),
    ...(workflow === undefined ? {} : { workflow }),
    ...(sha === undefined ? {} : { sha }),
    ...(actor === undefined ? {} : { actor }),
    ...(attempt === undefined ? {} : { attempt }),
  };
}
