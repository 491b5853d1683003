import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

type Schema = Record<string, unknown>;
type Operation = { query: string[]; request: Schema | null; responses: Record<string, Schema | null> };
type Description = { operations: Record<string, Operation>; $defs: Record<string, Schema> };

const FILE = join(import.meta.dirname, '../../fixtures/github-openapi.json');
const BASIC_ERROR = { $ref: '#/$defs/basic-error' };

/** Checks what goes over the wire against GitHub's published OpenAPI description (`scripts/github-openapi.ts`). */
export class Contract {
  readonly #description: Description = JSON.parse(readFileSync(FILE, 'utf8'));
  readonly #ajv = new Ajv({ strict: false, allErrors: true });
  readonly #compiled = new Map<Schema, ValidateFunction>();

  constructor() {
    formats.default(this.#ajv, ['date-time']);
    // The description gives `''` as the default of addresses, and templates such as `labels{/name}` as an address.
    this.#ajv.addFormat('uri', /^$|^https?:\/\/\S+$/);
    this.#ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger });
  }

  /** What is wrong with a request's query and body. */
  request(name: string, query: URLSearchParams, body: unknown): string[] {
    const operation = this.#operation(name);
    const unknown = [...query.keys()].filter((key) => !operation.query.includes(key));
    const problems = unknown.map((key) => `query parameter ${key} is not known`);
    return operation.request ? [...problems, ...this.#check(operation.request, body ?? {})] : problems;
  }

  /** What is wrong with an answer; an error that the description does not list has to look like any other. */
  response(name: string, status: number, body: unknown): string[] {
    const { responses } = this.#operation(name);
    const schema = responses[status] === undefined && status >= 400 ? BASIC_ERROR : responses[status];
    if (schema === undefined) return [`answers no ${status}`];
    if (schema === null) return body === undefined || status >= 400 ? [] : [`has no body with ${status}`];
    const problems = this.#check(schema, body);
    // Where a rule is broken GitHub answers with a list of errors, or with the sentence alone.
    return status === 422 && problems.length > 0 ? this.#check(BASIC_ERROR, body) : problems;
  }

  #operation(name: string): Operation {
    const operation = this.#description.operations[name];
    if (!operation) throw new Error(`${name} is not among scripts/github-openapi.ts's operations`);
    return operation;
  }

  #check(schema: Schema, value: unknown): string[] {
    let validate = this.#compiled.get(schema);
    if (!validate) {
      validate = this.#ajv.compile({ ...schema, $defs: this.#description.$defs });
      this.#compiled.set(schema, validate);
    }
    return validate(value) ? [] : (validate.errors ?? []).map(describe);
  }
}

function describe({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath || 'it'} ${message} (${JSON.stringify(params)})`;
}
