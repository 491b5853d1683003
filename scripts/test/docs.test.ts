/** Every example in the documents is run: workflows are read as GitHub reads them, steps run from the bundle. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { type Emulator, startEmulator } from '@apex-actions/emulator/emulator';
import { readActionYml } from '@apex-actions/testkit/action-yml';
import { startGitHub } from '@apex-actions/testkit/github';
import { startAction } from '@apex-actions/testkit/run-action';
import { ServicesClient } from '@google-cloud/run';
import { PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { blocks, evaluated, ours, root, workflows } from './support/examples.ts';

const digest = `sha256:${'0'.repeat(64)}`;

/** What the expressions in the examples stand for. */
const VALUES: Readonly<Record<string, string>> = {
  // Nothing listens there, so no test asks a registry elsewhere.
  'vars.REGISTRY': '127.0.0.1:1/my-project',
  'vars.DIGEST': digest,
  'env.REPOSITORY': '127.0.0.1:1/my-project/shop/api',
  'steps.build.outputs.digest': digest,
  'steps.build.outputs.image': `127.0.0.1:1/my-project/shop@${digest}`,
  'github.token': 'ghs_00000000000000000000000000000000example',
  'github.sha': '8f1c2ab0000000000000000000000000000000aa',
  'secrets.SMOKE_PASSWORD': 'correct horse battery staple',
  'inputs.to': 'previous',
  'inputs.reason': 'the example',
  'inputs.revision': 'previous',
  'inputs.schema': '41',
  'inputs.image': `127.0.0.1:1/my-project/shop@${digest}`,
};

const spec = blocks.find(({ text }) => text.startsWith('# service.yaml'))?.text ?? '';
const app = 'require("http").createServer((q, r) => r.end()).listen(process.env.PORT)';

const IMAGE = 'europe-west1-docker.pkg.dev/my-project/shop/api';

/** What the examples migrate with. */
const MIGRATIONS = '127.0.0.1:1/my-project/shop';

function migrationsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'migrate.mjs'), "console.log('schema-version: 42')");
  return folder;
}

/** A second revision, which gets all the traffic by being the latest. */
async function deployAsGcloudDoes(
  emulator: Emulator,
  service: string,
  heldImage: string | undefined,
): Promise<void> {
  const services = new ServicesClient({
    apiEndpoint: '127.0.0.1',
    port: Number(new URL(emulator.endpoints.run).port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
  });
  const serviceName = `projects/${emulator.project}/locations/${emulator.region}/services/${service}`;
  const [operation] = await services.updateService({
    service: {
      name: serviceName,
      template: { containers: [{ image: `${IMAGE}:two` }] },
    },
    updateMask: { paths: ['template.containers'] },
  });
  await operation.promise();
  if (heldImage !== undefined) {
    const [{ name, latestReadyRevision }] = await services.getService({ name: serviceName });
    const canary = latestReadyRevision?.split('/').at(-1) ?? '';
    const [held] = await services.updateService({
      service: {
        name: name ?? '',
        annotations: { 'apex.dev/rollout': heldRecord(canary, heldImage) },
        traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: canary, percent: 100 }],
      },
      updateMask: { paths: ['annotations', 'traffic'] },
    });
    await held.promise();
  }
  await services.close();
}

/** What a job leaves that held a rollout at 10 %, here with the canary as its own stable. */
function heldRecord(canary: string, image: string): string {
  return JSON.stringify({
    version: 1,
    id: 'earlier',
    startedAt: '2026-11-21T10:00:00.000Z',
    leaseUntil: '2999-01-01T00:00:00.000Z',
    phase: 'held',
    percent: 10,
    canary,
    tag: 'canary',
    image,
    stable: [{ revision: canary, percent: 100 }],
  });
}

/** Starts an example's server, which says on which port it listens. */
async function startServer(file: string): Promise<string> {
  const server = spawn(process.execPath, [join(root, file)], {
    env: { PORT: '0', VERSION: VALUES['github.sha'], SMOKE_PASSWORD: VALUES['secrets.SMOKE_PASSWORD'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    server.kill();
  });
  const [said] = await once(server.stdout, 'data');
  return `http://127.0.0.1:${/\d+/.exec(String(said))?.[0]}`;
}

describe('examples in the documents', () => {
  it('are found', () => {
    expect(ours.filter(({ action }) => action === 'canary-deploy').length).toBeGreaterThanOrEqual(4);
    expect(ours.filter(({ action }) => action === 'rollback').length).toBeGreaterThanOrEqual(4);
    expect(ours.filter(({ action }) => action === 'migrate').length).toBeGreaterThanOrEqual(4);
    expect(ours.filter(({ action }) => action === 'smoke-test').length).toBeGreaterThanOrEqual(4);
    expect(spec).toContain('template:');
  });

  it.each(workflows)('$title is a workflow as we recommend them', ({ workflow, text }) => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs ?? {})) {
      // What a job calls has its own.
      if (!job.uses) expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
    const foreign = [...text.matchAll(/uses: (?!apex\/)(\S+)( # v[\d.]+)?/g)];
    for (const [, uses, version] of foreign) {
      expect(uses).toMatch(/@[0-9a-f]{40}$/);
      expect(version).toBeDefined();
    }
  });

  it.each(workflows)('$title is accepted by the parser of GitHub', ({ title, text }) => {
    const { context } = parseWorkflow({ name: title, content: text }, new NoOperationTraceWriter());
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
  });

  it.each(ours)('$title: $action takes these inputs and needs no others', ({ action, inputs }) => {
    const declared = readActionYml(join(root, 'actions', action)).inputs;
    const names = declared.map(({ name }) => name);
    expect(Object.keys(inputs).filter((name) => !names.includes(name))).toEqual([]);
    const required = declared.filter((input) => input.required).map(({ name }) => name);
    expect(required.filter((name) => !(name in inputs))).toEqual([]);
  });

  it.each(ours.filter(({ action }) => action === 'smoke-test'))(
    '$title: $action runs with them',
    async ({ inputs, env }) => {
      const isMemory = !/GET \/health\b/.test(String(inputs.checks));
      const url = await startServer(
        isMemory ? 'examples/apex-memory/api/server.mjs' : 'examples/quickstart/server.mjs',
      );
      const values = { ...VALUES, 'steps.deploy.outputs.url': url };
      const evaluate = (given: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(given).map(([name, value]) => [name, evaluated(value, values)]));
      const { load, ...given } = evaluate(inputs);
      const running = startAction({
        directory: join(root, 'actions/smoke-test'),
        inputs: { ...given, ...(load ? { load: load.replace('duration: 30s', 'duration: 2s') } : {}) },
        env: { ...evaluate(env), GITHUB_WORKSPACE: root },
      });
      onTestFinished(() => running.dispose());
      const result = await running.main;
      expect(result.exitCode, result.log).toBe(0);
    },
  );

  // Those of build-push are run where there is an engine: docs.containers.test.ts.
  it.each(ours.filter(({ action }) => action !== 'build-push' && action !== 'smoke-test'))(
    '$title: $action runs with them',
    async ({ action, inputs, env }) => {
      const given = Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => [name, evaluated(value, VALUES)]),
      );
      const { service = 'shop', region = '' } = given;
      const emulator = await startEmulator({
        project: 'my-project',
        region,
        images: [
          { image: IMAGE, command: [process.execPath, '-e', app] },
          { image: MIGRATIONS, command: [process.execPath], directory: migrationsFolder() },
        ],
        sql: { instances: [{ name: 'main' }] },
        logs: { 'ingest-delay': '0s' },
        services: [{ name: service, template: { containers: [{ image: `${IMAGE}:one` }] } }],
      });
      onTestFinished(() => emulator.stop());
      const github = await startGitHub();
      onTestFinished(() => github.stop());
      await deployAsGcloudDoes(emulator, service, given.resume === 'true' ? given.image : undefined);
      for (const { metric } of parse(given.checks ?? '[]') as { metric: string }[]) {
        emulator.control.setGauge({ metric, resource: { type: 'generic_task', labels: {} }, value: 1 });
      }
      const running = startAction({
        directory: join(root, 'actions', action),
        inputs: {
          'project-id': 'my-project',
          ...(action === 'canary-deploy' ? { 'dry-run': 'true' } : {}),
          ...given,
        },
        env: {
          ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, evaluated(value, VALUES)])),
          GITHUB_API_URL: github.url,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: emulator.endpoints.run,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: emulator.endpoints.monitoring,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: emulator.endpoints.logging,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL: emulator.endpoints.sql,
        },
      });
      onTestFinished(() => running.dispose());
      writeFileSync(join(running.directories.workspace, 'service.yaml'), spec);
      const result = await running.main;
      expect(result.exitCode, result.log).toBe(0);
    },
  );

  it('the configuration of the emulator in docs/rehearse.md starts it', async () => {
    const config = blocks.find(({ text }) => text.startsWith('# emulator.yaml'));
    expect(config).toBeDefined();
    const emulator = await startEmulator(config?.yaml as never);
    onTestFinished(() => emulator.stop());
    expect(emulator.endpoints.run).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });
});
