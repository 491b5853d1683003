import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { workflows as inDocuments, root } from './examples.ts';

export type Step = {
  id?: string;
  name?: string;
  if?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
  'continue-on-error'?: boolean;
};

export type Job = {
  name?: string;
  if?: string;
  needs?: string | string[];
  uses?: string;
  with?: Record<string, unknown>;
  secrets?: Record<string, string> | string;
  outputs?: Record<string, string>;
  permissions?: Record<string, string>;
  concurrency?: unknown;
  environment?: unknown;
  strategy?: { matrix?: Record<string, unknown> };
  'timeout-minutes'?: number | string;
  steps?: Step[];
};

type Declared = { type?: string; default?: unknown; required?: boolean };
export type Trigger = {
  inputs?: Record<string, Declared>;
  secrets?: Record<string, unknown>;
  outputs?: Record<string, { value: string }>;
};

export type Workflow = {
  name?: string;
  on?: { workflow_call?: Trigger; workflow_dispatch?: Trigger };
  permissions?: unknown;
  concurrency?: unknown;
  jobs: Record<string, Job>;
};

export type WorkflowFile = { title: string; text: string; workflow: Workflow };

function files(pattern: string): WorkflowFile[] {
  return globSync(pattern, { cwd: root })
    .sort()
    .map((title) => {
      const text = readFileSync(join(root, title), 'utf8');
      return { title, text, workflow: parse(text) as Workflow };
    });
}

/** Ours, for others to call. */
export const reusable = files('workflows/*.yml');

/** Those above, the examples, our own, and what the documents show. */
export const all: WorkflowFile[] = [
  ...reusable,
  ...inDocuments.map(({ title, text }) => ({ title, text, workflow: parse(text) as Workflow })),
];

/** What is called by `uses: apex/workflows/.github/workflows/NAME@v1`. */
export function calledWorkflow(uses: string | undefined): WorkflowFile | undefined {
  const name = /^apex\/workflows\/\.github\/workflows\/([\w-]+\.yml)@v1$/.exec(uses ?? '')?.[1];
  return reusable.find(({ title }) => title === `workflows/${name}`);
}

/** The name of our action in `uses: apex/NAME@v1`. */
export function calledAction(uses: string | undefined): string | undefined {
  return /^apex\/([\w-]+)@v1$/.exec(uses ?? '')?.[1];
}

export function needsOf({ needs = [] }: Job): string[] {
  return typeof needs === 'string' ? [needs] : needs;
}

export function jobOf(file: string, job: string): Job {
  const found = all.find(({ title }) => title === file)?.workflow.jobs[job];
  if (!found) throw new Error(`${file} has no job ${job}`);
  return found;
}
