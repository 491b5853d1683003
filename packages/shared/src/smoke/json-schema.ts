import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Fits } from './check.ts';

const DRAFT_07 = /draft-0[67]/;

/**
 * Compiles a JSON Schema: 2020-12, or draft 07 where its `$schema` says so. Keywords that it does not know are an error,
 * since they are misspelt ones most often. Throws with what is wrong with the schema.
 */
export function compileSchema(schema: Readonly<Record<string, unknown>>): Fits {
  // What is strict about types warns on the console of what most schemas do.
  const options = { allErrors: true, strictTypes: false, strictTuples: false, logger: false } as const;
  const ajv = DRAFT_07.test(String(schema.$schema ?? '')) ? new Ajv(options) : new Ajv2020(options);
  addFormats.default(ajv);
  if (schema.$async !== undefined) throw new Error('`$async` is no keyword of JSON Schema');
  const validate = ajv.compile(schema);
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath === '' ? 'the body' : instancePath} ${message}`,
    );
  };
}
