import { readFileSync } from 'node:fs';
import { InputReader } from '@apex-actions/shared/action/inputs';
import { type ArmCounts, type Interval, inOrder, type Usual } from '@apex-actions/shared/analysis/evidence';
import type { Policy } from '@apex-actions/shared/analysis/policy';
import { parse } from 'yaml';
import { readPolicy } from '../../actions/canary-deploy/src/inputs.ts';

export type Timeline = {
  id: string;
  policy: Policy;
  intervals: Interval[];
  /** What stable showed in the hour before, where that is known. */
  usual?: Usual;
};

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${name} must be an object`);
  return { ...value };
}

function numberOf(fields: Fields, key: string, name: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw new Error(`${name}.${key} must be a number of at least 0`);
  return value;
}

function armOf(value: unknown, name: string, limitMs: number | undefined): ArmCounts {
  const fields = fieldsOf(value, name);
  const requests = numberOf(fields, 'requests', name);
  const errors = numberOf(fields, 'errors', name);
  const slow = fields.slow === undefined ? undefined : numberOf(fields, 'slow', name);
  if (errors > requests) throw new Error(`${name} has more errors than requests`);
  if (slow !== undefined && slow > requests) throw new Error(`${name} has more slow requests than requests`);
  const judged = slow !== undefined && limitMs !== undefined;
  const latencies = judged ? { boundsMs: [limitMs], counts: [requests - slow, slow] } : undefined;
  return { requests, errors, latencies };
}

function intervalOf(value: unknown, name: string, limitMs: number | undefined): Interval {
  const fields = fieldsOf(value, name);
  const [start, end] = [numberOf(fields, 'start', name), numberOf(fields, 'end', name)];
  if (end <= start) throw new Error(`${name} must end after it starts`);
  return {
    startMs: start * 1000,
    endMs: end * 1000,
    percent: numberOf(fields, 'step', name),
    canary: armOf(fields.canary, `${name}.canary`, limitMs),
    stable: armOf(fields.stable, `${name}.stable`, limitMs),
  };
}

const variable = (input: string) => `INPUT_${input.toUpperCase()}`;
const LIMITS = /^(max-(error|latency)-|confidence$)/;

const ACTION = new URL('../../actions/canary-deploy/action.yml', import.meta.url);
let known: Fields | undefined;

/** The inputs of canary-deploy with their defaults; parsed by the action's own reader. */
function policyOf(value: unknown): Policy {
  known ??= fieldsOf(fieldsOf(parse(readFileSync(ACTION, 'utf8')), 'action.yml').inputs, 'inputs');
  const given = fieldsOf(value ?? {}, 'policy');
  for (const name of Object.keys(given))
    if (!(name in known)) throw new Error(`policy.${name} is not an input of canary-deploy`);
  const env: Record<string, string> = {};
  for (const [name, input] of Object.entries(known)) {
    const text = given[name] ?? fieldsOf(input, name).default;
    if (LIMITS.test(name) && text !== undefined) env[variable(name)] = String(text);
  }
  if (given.watch !== undefined) env[variable('watch')] = String(given.watch);
  const reader = new InputReader(env);
  const policy = readPolicy(reader, { watched: (reader.duration('watch') ?? 0) > 0, probed: false });
  reader.finish();
  return policy;
}

/** Reads one line. Throws an `Error` that says which field is wrong. */
export function parseTimeline(line: string): Timeline {
  const fields = fieldsOf(JSON.parse(line), 'the line');
  if (typeof fields.id !== 'string' && typeof fields.id !== 'number') throw new Error('id must be a text');
  if (!Array.isArray(fields.intervals)) throw new Error('intervals must be a list');
  const policy = policyOf(fields.policy);
  const intervals = fields.intervals.map((each, i) =>
    intervalOf(each, `intervals[${i}]`, policy.maxLatencyP95Ms),
  );
  return { id: String(fields.id), policy, intervals: inOrder(intervals) };
}
