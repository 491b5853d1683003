import { createRequire } from 'node:module';

/**
 * The shapes of messages, read from the definitions that the vendor's own clients carry (protobufjs' JSON form). Field
 * masks, defaults and JSON forms are all derived from here, so that nothing about the API is written down twice.
 */

export type ProtoField = {
  type: string;
  id: number;
  rule?: 'repeated';
  keyType?: string;
  options?: Record<string, unknown>;
};

export type ProtoNode = {
  nested?: Record<string, ProtoNode>;
  fields?: Record<string, ProtoField>;
  oneofs?: Record<string, { oneof: string[] }>;
  values?: Record<string, number>;
  methods?: Record<string, { requestType: string; responseType: string }>;
};

export type MessageValue = { [field: string]: unknown };

const load = createRequire(import.meta.url);

export const runProtos: ProtoNode = load('@google-cloud/run/build/protos/protos.json');
export const monitoringProtos: ProtoNode = load('@google-cloud/monitoring/build/protos/protos.json');
export const grafeasProtos: ProtoNode = load('@google-cloud/grafeas/build/protos/protos.json');

export const loggingProtos: ProtoNode = load('@google-cloud/logging-api/build/protos/protos.json');

export const RUN = 'google.cloud.run.v2';

function descend(path: string): ProtoNode | undefined {
  return path.split('.').reduce<ProtoNode | undefined>((node, segment) => node?.nested?.[segment], runProtos);
}

/** Finds a type by its name as written inside `scope`: the innermost enclosing scope that knows it wins. */
function resolve(type: string, scope: string): { name: string; node: ProtoNode } | undefined {
  const enclosing = scope.split('.');
  for (let length = enclosing.length; length >= 0; length -= 1) {
    const name = [...enclosing.slice(0, length), type].join('.');
    const node = descend(name);
    if (node?.fields !== undefined || node?.values !== undefined) {
      return { name, node };
    }
  }
  return undefined;
}

export type FieldKind =
  | { kind: 'scalar'; type: string }
  | { kind: 'enum'; values: Record<string, number> }
  | { kind: 'message'; type: string };

export type Field = {
  name: string;
  value: FieldKind;
  cardinality: 'one' | 'list' | 'map';
  /** Unset differs from the default value: messages, members of a oneof, `optional` scalars. */
  hasPresence: boolean;
  outputOnly: boolean;
};

const fieldsByType = new Map<string, Map<string, Field>>();

/** The fields of a message by their camelCase name. */
export function fieldsOf(type: string): Map<string, Field> {
  const known = fieldsByType.get(type);
  if (known !== undefined) {
    return known;
  }
  const node = descend(type);
  if (node?.fields === undefined) {
    throw new Error(`no message ${type} in the API definition`);
  }
  const inOneof = new Set(Object.values(node.oneofs ?? {}).flatMap(({ oneof }) => oneof));
  const fields = new Map(
    Object.entries(node.fields).map(([name, field]) => [name, toField(name, field, type, inOneof.has(name))]),
  );
  fieldsByType.set(type, fields);
  return fields;
}

function toField(name: string, field: ProtoField, scope: string, inOneof: boolean): Field {
  const resolved = resolve(field.type, scope);
  const value: FieldKind =
    resolved === undefined
      ? { kind: 'scalar', type: field.type }
      : resolved.node.values !== undefined
        ? { kind: 'enum', values: resolved.node.values }
        : { kind: 'message', type: resolved.name };
  return {
    name,
    value,
    cardinality: field.keyType !== undefined ? 'map' : field.rule === 'repeated' ? 'list' : 'one',
    hasPresence: inOneof || value.kind === 'message',
    outputOnly: field.options?.['(google.api.field_behavior)'] === 'OUTPUT_ONLY',
  };
}

export function isRecord(value: unknown): value is MessageValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

/**
 * What a caller may say in a message. Drops output-only fields, which requests cannot set, and what the wire does not
 * distinguish from being absent (proto3 default values, empty lists and maps), so that two messages that mean the same
 * compare equal.
 */
export function writable(type: string, message: MessageValue): MessageValue {
  const result: MessageValue = {};
  for (const [name, field] of fieldsOf(type)) {
    const value = field.outputOnly ? undefined : writableField(field, message[name]);
    if (value !== undefined) {
      result[name] = value;
    }
  }
  return result;
}

function writableField(field: Field, value: unknown): unknown {
  if (value === undefined || value === null) {
    return undefined;
  }
  if (field.cardinality === 'list') {
    const items = Array.isArray(value) ? value.map((item) => writableItem(field.value, item)) : [];
    return items.length === 0 ? undefined : items;
  }
  if (field.cardinality === 'map') {
    const entries = isRecord(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : [];
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  if (!field.hasPresence && isDefault(field.value, value)) {
    return undefined;
  }
  return writableItem(field.value, value);
}

function writableItem(kind: FieldKind, value: unknown): unknown {
  return kind.kind === 'message' && isRecord(value) ? writable(kind.type, value) : value;
}

function isDefault(kind: FieldKind, value: unknown): boolean {
  if (kind.kind === 'enum') {
    return value === 0 || (typeof value === 'string' && kind.values[value] === 0);
  }
  // 64-bit integers travel as strings.
  const isZero = value === 0 || (kind.kind === 'scalar' && kind.type.endsWith('64') && value === '0');
  return isZero || value === '' || value === false || (Buffer.isBuffer(value) && value.length === 0);
}
