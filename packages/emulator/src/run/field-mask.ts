import { type Field, fieldsOf, isRecord, type MessageValue } from '../grpc/schema.ts';
import { invalidArgument } from '../grpc/status.ts';

/** Fields that a path of a mask leads through, outermost first. */
type MaskPath = Field[];

/**
 * Reads the paths of an update mask (snake_case, as field masks travel over gRPC). Only the last field of a path may be a
 * list or a map. Paths of output-only fields are valid and change nothing (AIP-161).
 */
export function parseMask(type: string, paths: string[]): MaskPath[] {
  return paths.map((path) => parsePath(type, path));
}

function parsePath(type: string, path: string): MaskPath {
  const fields: MaskPath = [];
  let scope: string | undefined = type;
  for (const segment of path.split('.')) {
    const field: Field | undefined =
      scope === undefined || segment !== toSnakeCase(toCamelCase(segment))
        ? undefined
        : fieldsOf(scope).get(toCamelCase(segment));
    if (field === undefined) {
      throw invalidArgument(
        `Invalid value at 'update_mask' (type.googleapis.com/google.protobuf.FieldMask), "${path}"`,
      );
    }
    fields.push(field);
    scope = field.cardinality === 'one' && field.value.kind === 'message' ? field.value.type : undefined;
  }
  return fields;
}

function toCamelCase(segment: string): string {
  return segment.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function toSnakeCase(segment: string): string {
  return segment.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Takes the masked fields from `incoming` (absent ones are cleared) and everything else from `current`. */
export function applyMask(current: MessageValue, incoming: MessageValue, mask: MaskPath[]): MessageValue {
  return mask.reduce((result, path) => applyPath(result, incoming, path), current);
}

function applyPath(current: MessageValue, incoming: MessageValue, [field, ...rest]: MaskPath): MessageValue {
  if (field === undefined || field.outputOnly) {
    return current;
  }
  const given = incoming[field.name];
  const { [field.name]: before, ...others } = current;
  const value =
    rest.length === 0 ? given : applyPath(isRecord(before) ? before : {}, isRecord(given) ? given : {}, rest);
  return value === undefined ? others : { ...others, [field.name]: value };
}
