import type { JSONPathQuery } from 'json-p3';
import type { Json } from './schema.ts';

/** A check, ready to be run. Texts may refer to variables. */
export type Check = {
  name: string;
  /** Where it stands in the checks, from 1. */
  line: number;
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: RequestBody | undefined;
  expect: Expectations;
  capture: Readonly<Record<string, Capture>>;
  retry: { forMs: number; everyMs: number } | undefined;
  when: string | undefined;
  weight: number | undefined;
};

export type RequestBody =
  | { kind: 'json'; json: Json }
  | { kind: 'form'; fields: Readonly<Record<string, string>> }
  | { kind: 'text'; text: string };

export type Expectations = {
  /** `200` or `2xx`; any of them will do. */
  statuses: readonly string[];
  json: readonly { path: JsonPath; matcher: Matcher }[];
  headers: readonly { name: string; matcher: Matcher }[];
  body: Matcher | undefined;
  schema: Fits | undefined;
  durationMs: number | undefined;
};

export type JsonPath = { text: string; query: JSONPathQuery };

/** Every condition that is there must hold. */
export type Matcher = {
  equals?: Json | undefined;
  contains?: string | number | boolean | undefined;
  matches?: RegExp | undefined;
  type?: string | undefined;
  exists?: boolean | undefined;
};

/** What keeps a value from fitting its JSON Schema, a phrase each; empty where it fits. */
export type Fits = (value: Json) => readonly string[];

export type Capture =
  | { from: 'json'; path: JsonPath }
  | { from: 'header'; name: string }
  | { from: 'body'; pattern: RegExp };

/** A redirect that is asked for is an answer; others are followed. */
export function expectsRedirect({ statuses }: Expectations): boolean {
  return statuses.some((status) => status.startsWith('3'));
}

/** Whether the answer's body says anything about the check. */
export function needsBody({ expect, capture }: Check): boolean {
  return (
    expect.json.length > 0 ||
    expect.body !== undefined ||
    expect.schema !== undefined ||
    Object.values(capture).some(({ from }) => from !== 'header')
  );
}
