import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, type ParsedNode, parseDocument, type YAMLMap } from 'yaml';

export interface WorkflowInput {
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: string | undefined;
}

/** What callers of a reusable workflow see. */
export interface WorkflowYml {
  readonly inputs: readonly WorkflowInput[];
  readonly secrets: readonly Named[];
  readonly outputs: readonly Named[];
  /** What its jobs ask for, together: the least that a caller has to grant. */
  readonly permissions: readonly { readonly scope: string; readonly access: string; readonly why: string }[];
}

interface Named {
  readonly name: string;
  readonly description: string;
}

/** The reusable workflows by the names of their files. */
export function readWorkflows(root: string): Map<string, WorkflowYml> {
  const folder = join(root, 'workflows');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));
  return new Map(files.sort().map((name) => [name, readWorkflowYml(join(folder, name))]));
}

/** Throws an error that names the file and the field. */
export function readWorkflowYml(file: string): WorkflowYml {
  const { contents, errors } = parseDocument(readFileSync(file, 'utf8'));
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  const call = mapIn(contents, ['on', 'workflow_call'], file);
  return {
    inputs: entries(call, 'inputs').map(([name, input]) => ({
      ...described(name, input, file),
      type: String(input.get('type')),
      required: input.get('required') === true,
      default: input.has('default') ? String(input.get('default')) : undefined,
    })),
    secrets: entries(call, 'secrets').map(([name, secret]) => described(name, secret, file)),
    outputs: entries(call, 'outputs').map(([name, output]) => described(name, output, file)),
    permissions: permissionsOf(mapIn(contents, ['jobs'], file)),
  };
}

function described(name: string, map: YAMLMap, file: string): Named {
  const description = map.get('description');
  if (typeof description !== 'string') throw new Error(`${file}: ${name} has no description`);
  return { name, description };
}

function mapIn(contents: ParsedNode | null, path: readonly string[], file: string): YAMLMap {
  const found = isMap(contents) ? contents.getIn(path) : undefined;
  if (!isMap(found)) throw new Error(`${file}: ${path.join('.')} must be a mapping`);
  return found;
}

function entries(map: YAMLMap, key: string): [string, YAMLMap][] {
  const found = map.get(key);
  if (!isMap(found)) return [];
  return found.items.flatMap(({ key: name, value }) => (isMap(value) ? [[String(name), value]] : []));
}

/** The reasons are the comments beside the scopes. */
function permissionsOf(jobs: YAMLMap): WorkflowYml['permissions'] {
  const all = new Map<string, { access: string; why: string }>();
  for (const { value: job } of jobs.items) {
    const permissions = isMap(job) ? job.get('permissions') : undefined;
    for (const { key, value } of isMap(permissions) ? permissions.items : []) {
      if (!isScalar(value)) continue;
      const scope = String(key);
      const access = String(value.value);
      if (all.get(scope)?.access !== 'write') all.set(scope, { access, why: value.comment?.trim() ?? '' });
    }
  }
  return [...all].map(([scope, rest]) => ({ scope, ...rest }));
}
