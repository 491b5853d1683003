import { existsSync, readFileSync } from 'node:fs';
import protosJson from '@google-cloud/run/build/protos/protos.json' with { type: 'json' };
import { fromProto3JSON } from 'proto3-json-serializer';
import protobuf from 'protobufjs';
import { parseDocument } from 'yaml';
import type { InputReader } from '../action/inputs.ts';
import type { Job } from './jobs.ts';
import type { Service } from './resources.ts';

type ParsedSpec<T> = { ok: true; spec: T } | { ok: false; problem: string };

/** What a spec may describe. */
export type Specs = { Service: Service; Job: Job };

const REFUSED_FIELDS: Readonly<Record<keyof Specs, Readonly<Record<string, string>>>> = {
  Service: {
    traffic: 'traffic is moved by the rollout, step by step',
    etag: 'the etag is read from the service',
    name: 'the service is named by the input `service`',
  },
  Job: {
    etag: 'the etag is read from the job',
    name: 'the job is named by the input `job`',
    startExecutionToken: 'executions are started by this action',
    runExecutionToken: 'executions are started by this action',
  },
};

/** The path of the first field that the API does not know; the JSON mapping itself would pass over it in silence. */
function unknownField(type: protobuf.Type, value: unknown, path: readonly string[]): string | undefined {
  if (Array.isArray(value)) {
    return value.map((item) => unknownField(type, item, path)).find((found) => found !== undefined);
  }
  if (value === null || typeof value !== 'object' || type.fullName.startsWith('.google.protobuf.'))
    return undefined;
  for (const [name, child] of Object.entries(value)) {
    const field = type.fields[name]?.resolve();
    if (!field) return [...path, name].join('.');
    const nested = field.resolvedType instanceof protobuf.Type && !field.map ? field.resolvedType : undefined;
    const found = nested && unknownField(nested, child, [...path, name]);
    if (found) return found;
  }
  return undefined;
}

/**
 * Reads a spec, YAML or JSON of the API's v2 `Service` (https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services)
 * or `Job`, checked against the API's own definition: an unknown field or a value of the wrong type is a problem, not
 * ignored.
 */
function parseSpec<K extends keyof Specs>(text: string, kind: K): ParsedSpec<Specs[K]> {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error) return { ok: false, problem: error.message.split('\n')[0] ?? 'it is not YAML' };
  const json: unknown = document.toJS();
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    return { ok: false, problem: `it is not a mapping of the fields of a v2 ${kind}` };
  }
  if ('apiVersion' in json) {
    return {
      ok: false,
      problem: 'it has `apiVersion`, so it is the v1 (Knative) form; the v2 form has `template` at the top',
    };
  }
  for (const [field, why] of Object.entries(REFUSED_FIELDS[kind])) {
    if (field in json) return { ok: false, problem: `it sets \`${field}\`, but ${why}` };
  }
  try {
    const type = protobuf.Root.fromJSON(protosJson).lookupType(`google.cloud.run.v2.${kind}`);
    const unknown = unknownField(type, json, []);
    if (unknown) return { ok: false, problem: `the v2 ${kind} has no field \`${unknown}\`` };
    const message = fromProto3JSON(type, json as Parameters<typeof fromProto3JSON>[1]);
    const spec: Specs[K] = type.toObject(message as protobuf.Message, { enums: String, longs: String });
    if (spec.template && 'revision' in spec.template && spec.template.revision) {
      return { ok: false, problem: 'it sets `template.revision`, but revisions are named by the rollout' };
    }
    return { ok: true, spec };
  } catch (cause) {
    return { ok: false, problem: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** The input `spec`: a text, or the path of a file with it. */
export function readSpec<K extends keyof Specs>(reader: InputReader, kind: K): Specs[K] | undefined {
  const given = reader.multiline('spec');
  if (given === undefined) return undefined;
  const isPath = !given.includes('\n') && !given.trimStart().startsWith('{') && !given.includes(': ');
  if (isPath && !existsSync(given)) {
    const accepted = `YAML or JSON of a v2 ${kind}, or the path of a file with it (this file does not exist)`;
    reader.problem('spec', given, accepted);
    return undefined;
  }
  const parsed = parseSpec(isPath ? readFileSync(given, 'utf8') : given, kind);
  if (parsed.ok) return parsed.spec;
  reader.problem('spec', isPath ? given : 'a text', `YAML or JSON of a v2 ${kind}; ${parsed.problem}`);
  return undefined;
}
