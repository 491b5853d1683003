import { isRecord, type MessageValue } from '../grpc/schema.ts';

/** An object as `google.protobuf.Struct`. */
export function structOf(object: MessageValue): MessageValue {
  const entries = Object.entries(object).map(([key, value]) => [key, toValue(value)]);
  return { fields: Object.fromEntries(entries) };
}

function toValue(value: unknown): MessageValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } };
  return isRecord(value) ? { structValue: structOf(value) } : { nullValue: 'NULL_VALUE' };
}
