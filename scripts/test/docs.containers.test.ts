/** The examples of build-push are run with a real engine, a real registry, and a scanner that finds nothing. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '@apex-actions/emulator/emulator';
import { runAction, startAction } from '@apex-actions/testkit/run-action';
import { expect, it, onTestFinished } from 'vitest';
import { evaluated, ours, root } from './support/examples.ts';
import { platformsOf } from './support/registry.ts';

const { REGISTRY = '' } = process.env;
const ENGINE = { DOCKER_HOST: process.env.DOCKER_HOST ?? '', DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? '' };
const directory = join(root, 'actions/build-push');
/** What an example builds; the base images of real ones are not here to be pulled. */
function contextFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'example-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch AS app\nCOPY server.mjs /\n');
  writeFileSync(join(folder, 'server.mjs'), '');
  return folder;
}

const examples = ours.filter(({ action }) => action === 'build-push');

it('are found', () => {
  expect(examples.length).toBeGreaterThanOrEqual(3);
});

it.each(examples)('$title: build-push runs with them', async ({ inputs, env: given }) => {
  const emulator = await startEmulator({ project: 'my-project', region: 'europe-west1' });
  onTestFinished(() => emulator.stop());
  const values: Record<string, string> = {
    'vars.REGISTRY': `${REGISTRY}/docs-${process.pid}-${examples.findIndex((each) => each.inputs === inputs)}`,
    'secrets.NPM_TOKEN': 'a token',
    'secrets.CA_CERTIFICATE': '-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n',
    'secrets.REGISTRY_KEY': '{\n  "type": "service_account"\n}',
  };
  const env = {
    ...ENGINE,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: emulator.endpoints.run,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: emulator.endpoints.monitoring,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINERANALYSIS: emulator.endpoints.containeranalysis,
  };
  const context = contextFolder();
  if (inputs.from !== undefined) {
    const image = `${REGISTRY}/docs-${process.pid}/promoted`;
    const { main } = await runAction({ directory, inputs: { image, context }, env });
    values['needs.build.outputs.image'] = main.outputs.image ?? '';
  }
  const filled = (entries: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, evaluated(value, values)]));
  const running = startAction({
    directory,
    inputs: { ...filled(inputs), 'project-id': 'my-project' },
    env: { ...env, ...filled(given) },
    onLine: (line) => {
      const pushed = /^Pushed: (\S+)$/.exec(line)?.[1];
      if (pushed)
        void platformsOf(pushed).then((images) => images.map((image) => emulator.control.setScan({ image })));
    },
  });
  onTestFinished(() => running.dispose());
  cpSync(context, running.directories.workspace, { recursive: true });
  const result = await running.main;
  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs.pushed).toBe('true');
});
