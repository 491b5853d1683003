import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
type Values = Record<string, unknown>;
type Step = { uses?: string; run?: string; with?: Values; env?: Values };
type Workflow = {
  on?: unknown;
  permissions?: unknown;
  jobs?: Record<string, { uses?: string; steps?: Step[]; 'timeout-minutes'?: number }>;
};

const documents = [
  'README.md',
  ...globSync('docs/**/*.md', { cwd: root }).sort(),
  ...readdirSync(join(root, 'actions')).map((name) => `actions/${name}/README.md`),
  'workflows/README.md',
];

const inDocuments = documents.flatMap((document) =>
  [...readFileSync(join(root, document), 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)].map(
    ([, text = ''], i) => ({ title: `${document} example ${i + 1}`, text }),
  ),
);

const inFiles = globSync('{.github,examples/*/.github}/workflows/*.yml', { cwd: root }).map((file) => ({
  title: file,
  text: readFileSync(join(root, file), 'utf8'),
}));

export const blocks = [...inDocuments, ...inFiles].map(({ title, text }) => ({
  title,
  text,
  yaml: parse(text) as Workflow | Step[],
}));

function stepsOf(yaml: Workflow | Step[]): Step[] {
  return Array.isArray(yaml) ? yaml : Object.values(yaml.jobs ?? {}).flatMap(({ steps = [] }) => steps);
}

/** The examples that are whole workflows. */
export const workflows = blocks.flatMap(({ title, text, yaml }) =>
  Array.isArray(yaml) || !yaml.jobs ? [] : [{ title, text, workflow: yaml }],
);

/** A value of an example, with its expressions replaced by what they stand for. */
export function evaluated(value: unknown, values: Readonly<Record<string, string>>): string {
  return String(value).replace(/\$\{\{ *(.*?) *\}\}/g, (_, expression: string) => {
    const found = values[expression];
    if (found === undefined) throw new Error(`the test knows no value for ${expression}`);
    return found;
  });
}

/** The steps of the examples that use our actions. */
export const ours = blocks.flatMap(({ title, yaml }) =>
  stepsOf(yaml).flatMap((step) => {
    const action = /^apex\/([\w-]+)@v1$/.exec(step.uses ?? '')?.[1];
    return action === undefined ? [] : [{ title, action, inputs: step.with ?? {}, env: step.env ?? {} }];
  }),
);
