import { type Field, type FieldKind, fieldsOf, isRecord, type MessageValue } from './schema.ts';

/** A resource in JSON or YAML that does not fit its message; `message` names the key. */
export class JsonFormError extends Error {}

/** Reads the JSON form of a message (camelCase, durations like `300s`), refusing keys that the message does not have. */
export function fromJson(type: string, json: unknown, path: string): MessageValue {
  if (!isRecord(json)) {
    throw new JsonFormError(`${path}: expected an object`);
  }
  const fields = fieldsOf(type);
  const message: MessageValue = {};
  for (const [key, value] of Object.entries(json)) {
    const field = fields.get(key);
    if (field === undefined) {
      throw new JsonFormError(`${path}.${key}: unknown key; accepted are ${[...fields.keys()].join(', ')}`);
    }
    if (value !== undefined && value !== null) {
      message[key] = fieldFromJson(field, value, `${path}.${key}`);
    }
  }
  return message;
}

function fieldFromJson(field: Field, value: unknown, path: string): unknown {
  if (field.cardinality === 'list') {
    if (!Array.isArray(value)) {
      throw new JsonFormError(`${path}: expected a list`);
    }
    return value.map((item, index) => valueFromJson(field.value, item, `${path}[${index}]`));
  }
  if (field.cardinality === 'map') {
    if (!isRecord(value)) {
      throw new JsonFormError(`${path}: expected an object`);
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, valueFromJson(field.value, item, `${path}.${key}`)]),
    );
  }
  return valueFromJson(field.value, value, path);
}

function valueFromJson(kind: FieldKind, value: unknown, path: string): unknown {
  if (kind.kind === 'message') {
    return kind.type === 'google.protobuf.Duration' && typeof value === 'string'
      ? durationFromJson(value, path)
      : fromJson(kind.type, value, path);
  }
  if (kind.kind === 'enum') {
    if (typeof value !== 'string' || !(value in kind.values)) {
      throw new JsonFormError(`${path}: expected one of ${Object.keys(kind.values).join(', ')}`);
    }
    return value;
  }
  const expected = kind.type === 'string' ? 'string' : kind.type === 'bool' ? 'boolean' : 'number';
  const isInt64 = kind.type.endsWith('64') && typeof value === 'string';
  if (typeof value !== expected && !isInt64) {
    throw new JsonFormError(`${path}: expected a ${expected}`);
  }
  return value;
}

function durationFromJson(text: string, path: string): MessageValue {
  const match = /^(\d+)(?:\.(\d{1,9}))?s$/.exec(text);
  if (match === null) {
    throw new JsonFormError(`${path}: expected seconds with the suffix s, such as 300s`);
  }
  return { seconds: match[1], nanos: Number((match[2] ?? '').padEnd(9, '0')) };
}

/** The JSON form of a message: timestamps in RFC 3339, durations in seconds. */
export function toJson(type: string, message: MessageValue): unknown {
  if (type === 'google.protobuf.Timestamp') {
    return new Date(Number(message.seconds ?? 0) * 1000 + Number(message.nanos ?? 0) / 1e6).toISOString();
  }
  if (type === 'google.protobuf.Duration') {
    return `${Number(message.seconds ?? 0) + Number(message.nanos ?? 0) / 1e9}s`;
  }
  const json: MessageValue = {};
  for (const [name, field] of fieldsOf(type)) {
    const value = message[name];
    if (value === undefined || value === null) {
      continue;
    }
    json[name] = Array.isArray(value)
      ? value.map((item) => valueToJson(field.value, item))
      : field.cardinality === 'map'
        ? value
        : valueToJson(field.value, value);
  }
  return json;
}

function valueToJson(kind: FieldKind, value: unknown): unknown {
  return kind.kind === 'message' && isRecord(value) ? toJson(kind.type, value) : value;
}
