/** Plays a job, or a workflow, without running anything: what each part would do is told, who comes next is found by the `if:`s. */
import { type Contexts, condition, interpolated, type Status, type Value } from './expressions.ts';
import { type Job, needsOf, type Step, type Workflow } from './workflow-files.ts';

export type Ending = { status: Exclude<Status, 'skipped'>; outputs?: Record<string, string> };
export type Played = { ran: string[]; status: Status; contexts: Contexts; outputs: Record<string, string> };

/** By the id of a step or its name; what is not told succeeds. */
export type Endings = Readonly<Record<string, Ending>>;

export function inputsOf({ on }: Workflow, given: Record<string, Value>): Record<string, Value> {
  const declared = Object.entries(on?.workflow_call?.inputs ?? {});
  return {
    ...Object.fromEntries(declared.map(([name, input]) => [name, (input.default ?? '') as Value])),
    ...given,
  };
}

/** A job, step by step. A cancel comes during the step that ends so. */
export function playJob(job: Job, known: Contexts, endings: Endings): Played {
  const steps: Record<string, Value> = {};
  const ran: string[] = [];
  let status: Ending['status'] = 'success';
  const contexts = () => ({ ...known, steps: { ...steps }, job: { status } });
  for (const step of job.steps ?? []) {
    const key = step.id ?? step.name ?? '';
    if (!condition(step.if, contexts(), status)) {
      if (step.id) steps[step.id] = { outcome: 'skipped', conclusion: 'skipped', outputs: {} };
      continue;
    }
    ran.push(key);
    const ending = endings[key] ?? { status: 'success' };
    if (step.id)
      steps[step.id] = { outcome: ending.status, conclusion: ending.status, outputs: ending.outputs ?? {} };
    if (status === 'success' && !step['continue-on-error']) status = ending.status;
  }
  const outputs = Object.entries(job.outputs ?? {}).map(([name, value]) => [
    name,
    interpolated(value, contexts()),
  ]);
  return { ran, status, contexts: contexts(), outputs: Object.fromEntries(outputs) };
}

/** The environment of a step, once the steps before it have ended. */
export function environmentOf({ env = {} }: Step, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, interpolated(value, contexts)]),
  );
}

/** The jobs of a workflow that run, in their order. Its run is cancelled while the job runs that ends so. */
export function playWorkflow({ jobs }: Workflow, known: Contexts, endings: Endings): string[] {
  const results: Record<string, { result: Status; outputs: Record<string, string> }> = {};
  const ran: string[] = [];
  let cancelled = false;
  for (const [name, job] of Object.entries(jobs)) {
    const needed = needsOf(job).map((id) => [id, results[id]] as const);
    const of = (status: Status) => needed.some(([, each]) => each?.result === status);
    const status = cancelled
      ? 'cancelled'
      : of('failure')
        ? 'failure'
        : of('skipped')
          ? 'skipped'
          : 'success';
    const needs = Object.fromEntries(needed.flatMap(([id, each]) => (each ? [[id, each]] : [])));
    if (!condition(job.if, { ...known, needs }, status)) {
      results[name] = { result: 'skipped', outputs: {} };
      continue;
    }
    ran.push(name);
    const ending = endings[name] ?? { status: 'success' };
    results[name] = { result: ending.status, outputs: ending.outputs ?? {} };
    cancelled ||= ending.status === 'cancelled';
  }
  return ran;
}
