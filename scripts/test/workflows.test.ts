/** The reusable workflows, and every workflow that calls them or our actions, as GitHub would find them. */
import { join } from 'node:path';
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { readActionYml } from '@apex-actions/testkit/action-yml';
import { describe, expect, it } from 'vitest';
import { readWorkflowYml } from '../readme/workflow-yml.ts';
import { root } from './support/examples.ts';
import { condition, expressionsIn, interpolated, type Status, type Value } from './support/expressions.ts';
import {
  all,
  calledAction,
  calledWorkflow,
  type Job,
  needsOf,
  reusable,
  type Step,
  type Workflow,
} from './support/workflow-files.ts';

const VARIABLES = [
  'PROJECT_ID',
  'REGION',
  'WORKLOAD_IDENTITY_PROVIDER',
  'DEPLOYER',
  'BAKE',
  'MAX_BAKE',
  'POLL_INTERVAL',
];
const action = (name: string) => readActionYml(join(root, 'actions', name));

type Placed = { title: string; workflow: Workflow; name: string; job: Job };
const jobs: Placed[] = all.flatMap(({ title, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ title, workflow, name, job })),
);
const ofReusable = jobs.filter(({ title }) => title.startsWith('workflows/') && title.endsWith('.yml'));
const calls = jobs.flatMap((placed) => {
  const called = calledWorkflow(placed.job.uses);
  return called ? [{ ...placed, called }] : [];
});
const steps = jobs.flatMap((placed) =>
  (placed.job.steps ?? []).map((step, i) => ({
    ...placed,
    step,
    what: step.name ?? step.uses ?? `step ${i}`,
  })),
);

/** Every text of a step, a job or a workflow that GitHub evaluates, an `if:` with its braces. */
function texts(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return [key === 'if' && !value.includes('${{') ? `\${{ ${value} }}` : value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => texts(each, name));
}

/** What expressions ask of contexts, such as `steps.build.outputs.image`, as its parts. */
function references(value: unknown): string[][] {
  return texts(value)
    .flatMap(expressionsIn)
    .flatMap((expression) => expression.replaceAll(/'[^']*'/g, "''").match(/\b[a-z]+(\.[\w-]+)+/g) ?? [])
    .map((reference) => reference.split('.'));
}

const asked = (value: unknown, context: string) => references(value).filter(([first]) => first === context);

describe('a workflow', () => {
  it('is found for every purpose', () => {
    expect(reusable.map(({ title }) => title)).toEqual(
      ['build-push', 'deploy', 'migrate', 'pipeline', 'rollback', 'scan', 'sweep'].map(
        (name) => `workflows/${name}.yml`,
      ),
    );
    expect(calls.length).toBeGreaterThanOrEqual(12);
  });

  it.each(all)('$title is accepted by the parser of GitHub', ({ title, text }) => {
    const { context } = parseWorkflow({ name: title, content: text }, new NoOperationTraceWriter());
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
  });

  it.each(all)(
    '$title asks for no permission that is not a job’s, and pins what others wrote',
    ({ text, workflow }) => {
      expect(workflow.permissions).toEqual({});
      expect(text).not.toMatch(/secrets: inherit/);
      for (const [, uses = '', comment] of text.matchAll(/\buses: (\S+)(.*)/g)) {
        if (calledAction(uses) || calledWorkflow(uses)) continue;
        expect(uses).toMatch(/^[\w-]+\/[\w/.-]+@[0-9a-f]{40}$/);
        expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
      }
    },
  );

  it.each(reusable)('$title runs nobody’s text, and names everything', ({ text, workflow }) => {
    expect(text).not.toMatch(/GITHUB_ENV|GITHUB_PATH|pull_request_target/);
    expect(text.match(/actions\/checkout@/g)?.length ?? 0).toBe(
      text.match(/persist-credentials: false/g)?.length ?? 0,
    );
    expect(workflow.name).toBeTruthy();
    for (const job of Object.values(workflow.jobs)) {
      expect(job.name).toBeTruthy();
      expect(job.permissions).toBeDefined();
      if (job.uses) continue;
      expect(job['timeout-minutes']).toBeDefined();
      expect(job.concurrency).toMatchObject({ group: expect.any(String), 'cancel-in-progress': false });
      for (const { name } of job.steps ?? []) expect(name).toBeTruthy();
    }
  });

  it.each(steps.filter(({ step }) => step.run))(
    '$title: the script of “$what” gets its values by env',
    ({ title, step }) => {
      expect(step.run).not.toContain('${{');
      if (title.startsWith('workflows/')) expect(step.run).toMatch(/^set -euo pipefail\n/);
    },
  );
});

it('others’ actions are the same everywhere', () => {
  const pins = new Map<string, Set<string>>();
  for (const [, name = '', commit = ''] of all.flatMap(({ text }) => [
    ...text.matchAll(/uses: ([^@\s]+)@([0-9a-f]{40})/g),
  ])) {
    pins.set(name, (pins.get(name) ?? new Set()).add(commit));
  }
  expect([...pins].filter(([, commits]) => commits.size > 1)).toEqual([]);
});

describe('what is handed over', () => {
  it.each(steps.filter(({ step }) => calledAction(step.uses)))(
    '$title: “$what” takes these inputs and needs no others',
    ({ step }) => {
      const declared = action(calledAction(step.uses) ?? '').inputs;
      const given = Object.keys(step.with ?? {});
      expect(given.filter((name) => !declared.some((each) => each.name === name))).toEqual([]);
      expect(declared.filter(({ name, required }) => required && !given.includes(name))).toEqual([]);
    },
  );

  it.each(calls)(
    '$title: $name calls $called.title with inputs and secrets that it has',
    ({ workflow, job, called }) => {
      const { inputs = {}, secrets = {} } = called.workflow.on?.workflow_call ?? {};
      const given = job.with ?? {};
      expect(Object.keys(given).filter((name) => !(name in inputs))).toEqual([]);
      expect(Object.keys(inputs).filter((name) => inputs[name]?.required && !(name in given))).toEqual([]);
      expect(Object.keys(job.secrets ?? {}).filter((name) => !(name in secrets))).toEqual([]);
      const { workflow_call, workflow_dispatch } = workflow.on ?? {};
      const declared = { ...workflow_dispatch?.inputs, ...workflow_call?.inputs };
      for (const [name, value] of Object.entries(given)) {
        const passed = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(String(value))?.[1];
        const { type = typeof value } = (passed && declared[passed]) || {};
        if (passed || !String(value).includes('${{'))
          expect([name, type === 'choice' ? 'string' : type]).toEqual([name, inputs[name]?.type]);
      }
    },
  );

  it.each(calls)('$title: $name grants what $called.title asks for, and no more', ({ job, called }) => {
    const wanted = readWorkflowYml(join(root, called.title)).permissions;
    expect(job.permissions).toEqual(Object.fromEntries(wanted.map(({ scope, access }) => [scope, access])));
  });

  /** Where a workflow knows better than what it calls. */
  const OTHER_DEFAULTS = [
    'workflows/pipeline.yml staging steps', // one is enough where nobody is served
    'workflows/pipeline.yml staging probe', // a canary would wait for users that are not there
    'workflows/scan.yml scan alias', // what is scanned without being built needs a tag
  ];

  it.each(ofReusable)(
    '$title: what $name only passes on has the default of where it goes',
    ({ title, workflow, name, job }) => {
      const inputs = workflow.on?.workflow_call?.inputs ?? {};
      const targets = [
        {
          given: job.with ?? {},
          declared: Object.entries(calledWorkflow(job.uses)?.workflow.on?.workflow_call?.inputs ?? {}).map(
            ([input, each]) => ({ name: input, required: each.required ?? false, default: each.default }),
          ),
        },
        ...(job.steps ?? []).flatMap((step) => {
          const uses = calledAction(step.uses);
          return uses ? [{ given: step.with ?? {}, declared: action(uses).inputs }] : [];
        }),
      ];
      for (const { given, declared } of targets) {
        for (const target of declared) {
          const passed = inputs[/^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(String(given[target.name]))?.[1] ?? ''];
          if (!passed || passed.required || target.required) continue;
          if (OTHER_DEFAULTS.includes(`${title} ${name} ${target.name}`)) continue;
          expect([target.name, String(passed.default)]).toEqual([target.name, String(target.default ?? '')]);
        }
      }
    },
  );

  it.each(reusable)('$title uses every input and secret that it declares, and no others', ({ workflow }) => {
    const { workflow_call: call = {}, workflow_dispatch: dispatch = {} } = workflow.on ?? {};
    const declared = Object.keys(call.inputs ?? {}).sort();
    expect([...new Set(asked(workflow, 'inputs').map(([, name]) => name))].sort()).toEqual(declared);
    expect([...new Set(asked(workflow, 'secrets').map(([, name]) => name))].sort()).toEqual(
      Object.keys(call.secrets ?? {}).sort(),
    );
    for (const [name, { type, required, default: value }] of Object.entries(dispatch.inputs ?? {})) {
      const same = call.inputs?.[name];
      expect({ type, required, value }).toEqual({
        type: same?.type,
        required: same?.required,
        value: same?.default,
      });
    }
    for (const [, name = ''] of asked(workflow, 'vars')) expect(VARIABLES).toContain(name);
  });

  it('a pipeline can say everything that a deploy can be told', () => {
    const pipeline = reusable.find(({ title }) => title.endsWith('pipeline.yml'))?.workflow.jobs ?? {};
    const deploy = Object.keys(
      calledWorkflow(pipeline.production?.uses)?.workflow.on?.workflow_call?.inputs ?? {},
    );
    const missing = (job: string) => deploy.filter((name) => !(name in (pipeline[job]?.with ?? {})));
    expect(missing('production')).toEqual(['resume', 'smoke-load']);
    expect(missing('staging')).toEqual(['watch', 'hold-at', 'resume', 'deploy-window']);
    // A rollout that is resumed was migrated and has its settings.
    expect(missing('everybody').filter((name) => !/^migrate|^backup|^down/.test(name))).toEqual([
      'spec',
      'env-vars',
      'secrets',
      'hold-at',
      'first',
      'compatibility',
      'smoke-load',
    ]);
  });
});

/** The outputs that a step, or a job, can have; `undefined` where nobody can know, as of others' actions. */
function outputsOfStep({ uses, run }: Step): string[] | undefined {
  const name = calledAction(uses);
  if (name) return action(name).outputs.map((output) => output.name);
  return run ? [...run.matchAll(/(?:echo "|"|')(\w+)=/g)].map(([, output = '']) => output) : undefined;
}

function outputsOfJob({ uses, outputs = {} }: Job): string[] {
  return Object.keys(calledWorkflow(uses)?.workflow.on?.workflow_call?.outputs ?? outputs);
}

describe('what is read', () => {
  it.each(jobs)('$title: steps that $name reads come before, and have these outputs', ({ job }) => {
    const before = new Map<string, Step>();
    const check = (value: unknown) => {
      for (const [, id = '', kind, output = ''] of asked(value, 'steps')) {
        const step = before.get(id);
        expect(step, `steps.${id}`).toBeDefined();
        if (kind !== 'outputs') expect(['outcome', 'conclusion']).toContain(kind);
        else if (step) expect(outputsOfStep(step) ?? [output]).toContain(output);
      }
    };
    for (const step of job.steps ?? []) {
      check(step);
      if (step.id) before.set(step.id, step);
    }
    check([job.outputs, job.environment]);
  });

  it.each(jobs)('$title: jobs that $name reads are needed, and have these outputs', ({ workflow, job }) => {
    for (const [, id = '', kind, output = ''] of asked(job, 'needs')) {
      expect(needsOf(job)).toContain(id);
      const needed = workflow.jobs[id];
      if (kind === 'outputs' && needed) expect(outputsOfJob(needed)).toContain(output);
      else expect(kind).toBe('result');
    }
    for (const id of needsOf(job)) expect(Object.keys(workflow.jobs)).toContain(id);
  });

  it.each(reusable)(
    '$title: its outputs are those of its jobs, and of none that runs as a matrix',
    ({ workflow }) => {
      for (const [, id = '', , output = ''] of asked(workflow.on?.workflow_call?.outputs, 'jobs')) {
        const job = workflow.jobs[id];
        expect(job?.strategy).toBeUndefined();
        expect(job && outputsOfJob(job)).toContain(output);
      }
    },
  );
});

describe('every expression', () => {
  const STATUSES: readonly Status[] = ['success', 'failure', 'cancelled', 'skipped'];

  /** Contexts in which everything ended with one status, and where it succeeded has all its outputs. */
  function contexts(
    { workflow, job }: Pick<Placed, 'workflow' | 'job'>,
    status: Status,
  ): Record<string, Value> {
    const filled = (names: readonly string[]) =>
      Object.fromEntries(status === 'success' ? names.map((name) => [name, '["x"]']) : []);
    const declared = workflow.on?.workflow_call?.inputs ?? workflow.on?.workflow_dispatch?.inputs ?? {};
    return {
      github: { sha: 'a'.repeat(40), ref: 'refs/tags/v1', run_id: '1', event_name: 'push', event: {} },
      inputs: Object.fromEntries(
        Object.entries(declared).map(([name, input]) => [name, (input.default ?? 'given') as Value]),
      ),
      vars: Object.fromEntries(VARIABLES.map((name) => [name, 'given'])),
      job: { status: status === 'skipped' ? 'success' : status },
      matrix: { service: 'shop', image: 'shop', migrate: false },
      runner: { temp: '/tmp' },
      steps: Object.fromEntries(
        (job.steps ?? []).flatMap((step) =>
          step.id
            ? [[step.id, { outcome: status, conclusion: status, outputs: filled(outputsOfStep(step) ?? []) }]]
            : [],
        ),
      ),
      needs: Object.fromEntries(
        needsOf(job).map((id) => [
          id,
          { result: status, outputs: filled(outputsOfJob(workflow.jobs[id] ?? {})) },
        ]),
      ),
    };
  }

  it.each(jobs.flatMap((placed) => STATUSES.map((status) => ({ ...placed, status }))))(
    '$title: of $name evaluates after $status',
    ({ status, ...placed }) => {
      const known = contexts(placed, status);
      expect(condition(placed.job.if, known, status)).toBeTypeOf('boolean');
      for (const step of placed.job.steps ?? []) {
        expect(condition(step.if, known, status)).toBeTypeOf('boolean');
      }
      // What waits for an output is not evaluated where there is none.
      if (status !== 'success' && placed.job.strategy) return;
      for (const text of texts(placed.job)) interpolated(text, known, status);
    },
  );

  it.each(reusable)('$title: of its outputs evaluates, whatever ran', ({ workflow }) => {
    for (const status of STATUSES) {
      const ended = Object.entries(workflow.jobs).map(([id, job]): [string, Value] => [
        id,
        {
          result: status,
          outputs: Object.fromEntries(
            status === 'skipped' ? [] : outputsOfJob(job).map((name) => [name, 'x']),
          ),
        },
      ]);
      for (const { value } of Object.values(workflow.on?.workflow_call?.outputs ?? {})) {
        expect(interpolated(value, { jobs: Object.fromEntries(ended), inputs: {} })).toBe(
          status === 'skipped' ? '' : 'x',
        );
      }
    }
  });
});
