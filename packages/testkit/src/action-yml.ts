import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface ActionInput {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** As written, expressions included; undefined where the input has none. */
  readonly default: string | undefined;
}

export interface ActionYml {
  readonly name: string;
  readonly description: string;
  readonly inputs: readonly ActionInput[];
  readonly outputs: readonly { readonly name: string; readonly description: string }[];
  readonly runs: { readonly using: string; readonly main: string; readonly post: string | undefined };
}

/** Reads `<directory>/action.yml` of a JavaScript action; throws an error that names the file and the field. */
export function readActionYml(directory: string): ActionYml {
  const file = join(directory, 'action.yml');
  const root = mapping(parse(readFileSync(file, 'utf8')), file);
  const runs = mapping(root.runs, `${file}: runs`);
  for (const unsupported of ['pre', 'pre-if', 'post-if']) {
    if (runs[unsupported] !== undefined)
      throw new Error(`${file}: runs.${unsupported} is not supported here`);
  }
  return {
    name: text(root.name, `${file}: name`),
    description: text(root.description, `${file}: description`),
    inputs: Object.entries(mapping(root.inputs ?? {}, `${file}: inputs`)).map(([name, value]) => {
      const input = mapping(value ?? {}, `${file}: inputs.${name}`);
      return {
        name,
        description: scalar(input.description) ?? '',
        required: input.required === true,
        default: scalar(input.default),
      };
    }),
    outputs: Object.entries(mapping(root.outputs ?? {}, `${file}: outputs`)).map(([name, value]) => ({
      name,
      description: scalar(mapping(value ?? {}, `${file}: outputs.${name}`).description) ?? '',
    })),
    runs: {
      using: text(runs.using, `${file}: runs.using`),
      main: text(runs.main, `${file}: runs.main`),
      post: runs.post === undefined ? undefined : text(runs.post, `${file}: runs.post`),
    },
  };
}

function mapping(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${where} must be a mapping`);
  }
  return Object.fromEntries(Object.entries(value));
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${where} must be a text`);
  return value;
}

/** Every default reaches an action as text: `default: 10` and `default: true` are valid YAML for it. */
function scalar(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}
