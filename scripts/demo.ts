/**
 * The whole point of the product on one machine: an emulated Cloud Run with real processes and real requests, and the
 * bundled actions run as the runner runs them. Exits 0 only if every outcome is as told.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmulator } from '@apex-actions/emulator/emulator';
import { startLoad } from '@apex-actions/emulator/load/index';
import { readJournal } from '@apex-actions/shared/report/page';
import { type ActionResult, runAction } from '@apex-actions/testkit/run-action';
import { migrateInputs, startDatabase } from './demo/database.ts';
import { buildShop, findWorkshop } from './demo/image.ts';
import { releases, WITH_STOCK } from './demo/releases.ts';
import { story } from './demo/story.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const shop = fileURLToPath(new URL('demo/shop.ts', import.meta.url));
const service = 'shop';
/** What the actions write stays when the demo has ended. */
const kept = mkdtempSync(join(tmpdir(), 'apex-demo-'));
const REQUESTS_PER_SECOND = 300;

const CHECKS = `
- GET /health
- name: Products
  request: GET /
  expect: { body: { contains: tea } }
`;

let unexpected = 0;
let badReport = '';
function check(text: string, holds: boolean): void {
  story.check(text, holds);
  if (!holds) unexpected += 1;
}

const startedMs = Date.now();
const workshop = findWorkshop();
const built =
  workshop.kind === 'engine and registry' ? [{ image: workshop.repository, env: WITH_STOCK }] : [];
const database = await startDatabase();
const emulator = await startEmulator({
  project: 'demo-project',
  region: 'europe-west1',
  images: [...Object.values(releases), ...built].map(({ image, env }) => ({
    image,
    env,
    command: [process.execPath, shop],
  })),
  // Cloud Run samples every 60 s and shows points up to 180 s later; a demo cannot wait that long.
  metrics: { 'sample-period': '1s', 'ingest-delay': '1s' },
  logs: { 'ingest-delay': '200ms' },
  secrets: database.kind === 'postgres' ? { 'db-url': database.url } : {},
});

const place = { region: emulator.region, 'project-id': emulator.project };
const shopInputs = { ...place, service, 'health-path': '/health' };

function run(action: string, inputs: Record<string, string>): Promise<ActionResult> {
  return runAction({
    directory: `${root}/actions/${action}`,
    inputs,
    env: {
      RUNNER_TEMP: kept,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: emulator.endpoints.run,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: emulator.endpoints.monitoring,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: emulator.endpoints.logging,
    },
    onLine: story.line,
  });
}

function deploy(image: string, inputs: Record<string, string> = {}): Promise<ActionResult> {
  const pace = { steps: '25, 60', bake: '6s', 'max-bake': '15s', 'poll-interval': '1s', timeout: '2m' };
  return run('canary-deploy', { ...shopInputs, image, ...pace, ...inputs });
}

/** Brings the database to what a release needs, before that is deployed. */
async function migrate(version: string, inputs: Record<string, string>): Promise<void> {
  if (database.kind === 'none') return;
  const { main } = await run('migrate', { ...place, ...migrateInputs, ...inputs });
  check(
    `the database has ${version}`,
    main.exitCode === 0 && main.log.includes(`schema-version: ${version}`),
  );
}

/** Requests that a revision has answered to users, counted by the emulator and not by the actions. */
function usersOf(revision: string): number {
  return emulator.control
    .requests()
    .filter((tally) => tally.revision === revision && tally.via === 'service')
    .flatMap((tally) => Object.values(tally.statusClasses))
    .reduce((sum, count) => sum + count, 0);
}

/** Whether users reach only this revision, seen from outside over a second of traffic. */
async function servesAlone(revision: string): Promise<boolean> {
  const revisions = [...new Set(emulator.control.requests().map((tally) => tally.revision))];
  const before = new Map(revisions.map((each) => [each, usersOf(each)]));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return revisions.every((each) => usersOf(each) > (before.get(each) ?? 0) === (each === revision));
}

/** The good release: built here where that can be done, else an image that stands for it. */
async function goodImage(): Promise<string> {
  if (workshop.kind === 'none') {
    story.tell(`No image is built, since ${workshop.why}; the releases below stand for built ones.`);
    return releases.good.image;
  }
  story.chapter(0, 'The image of the good release');
  const { main } = await buildShop(workshop, story.line);
  if (workshop.kind === 'engine') {
    check('it was built, and not pushed: REGISTRY names no registry', main.outputs.pushed === 'false');
    return releases.good.image;
  }
  check(`it was built and pushed as ${main.outputs.image}`, main.outputs.pushed === 'true');
  return main.outputs.image ?? '';
}

try {
  story.title('Apex Actions demo: canary deploys on an emulated Cloud Run');
  story.tell(
    `Cloud Run and Cloud Monitoring answer gRPC at ${emulator.endpoints.run}; containers are real processes.`,
  );

  const image = await goodImage();

  story.chapter(1, 'The first deploy of a service, with its database');
  if (database.kind === 'none') story.tell(`No PostgreSQL runs, since ${database.why}; nothing is migrated.`);
  const secrets: Record<string, string> = database.kind === 'none' ? {} : { secrets: 'DATABASE_URL=db-url' };
  const toBegin = { job: `migrate-${service}`, image: releases.first.image, args: 'up,1', ...secrets };
  await migrate('0001_products', toBegin);
  const spec = '{"invokerIamDisabled": true, "template": {}}';
  const first = await deploy(releases.first.image, { spec, ...secrets });
  const v1 = first.main.outputs.revision ?? '';
  check(`${v1} serves`, first.main.exitCode === 0 && first.main.outputs.outcome === 'promoted');

  story.tell(`From here on users send ${REQUESTS_PER_SECOND} requests a second to ${first.main.outputs.url}`);
  const load = startLoad({ url: first.main.outputs.url ?? '', ratePerSecond: REQUESTS_PER_SECOND });
  await new Promise((resolve) => setTimeout(resolve, 4000)); // until Cloud Monitoring shows them

  story.chapter(2, 'A good release migrates the database, and goes from 25 % to 60 % to everybody');
  await migrate('0002_stock', { service, image, args: 'up', compatibility: 'backward' });
  const good = await deploy(image);
  const v2 = good.main.outputs.revision ?? '';
  check('the step succeeded', good.main.exitCode === 0);
  check(
    `outcome ${good.main.outputs.outcome}, verdict ${good.main.outputs.verdict}`,
    good.main.outputs.outcome === 'promoted',
  );
  check(`users reach ${v2} and nothing else`, await servesAlone(v2));
  const smoke = await run('smoke-test', { url: good.main.outputs.url ?? '', checks: CHECKS });
  check(`${smoke.main.outputs.passed} of 2 checks of the service passed`, smoke.main.exitCode === 0);

  story.chapter(3, 'A release that fails 5 % of its requests is caught and undone');
  const failing = await deploy(releases.failing.image);
  const v3 = failing.main.outputs.revision ?? '';
  check('the step failed, with its outputs set', failing.main.exitCode !== 0 && v3 !== '');
  check(`outcome ${failing.main.outputs.outcome}`, failing.main.outputs.outcome === 'rolled-back');
  check(`users reach ${v2} and nothing else; ${v3} answered ${usersOf(v3)} of them`, await servesAlone(v2));

  badReport = failing.main.outputs.report ?? '';
  check(
    'its report tells the same',
    badReport !== '' && readJournal(readFileSync(badReport, 'utf8')).ending?.outcome === 'rolled-back',
  );

  story.chapter(4, 'A release that does not start never gets a user');
  const broken = await deploy(releases.broken.image);
  const v4 = broken.main.outputs.revision ?? '';
  check(
    `outcome ${broken.main.outputs.outcome}`,
    broken.main.exitCode !== 0 && broken.main.outputs.outcome === 'rolled-back',
  );
  check(`${v4} answered ${usersOf(v4)} users`, usersOf(v4) === 0);
  check(`users reach ${v2} and nothing else`, await servesAlone(v2));

  story.chapter(5, 'A rollback by hand goes to the revision that really served before');
  const rollback = await run('rollback', { ...shopInputs, reason: 'the demo wants the old shop back' });
  check(
    `from ${v2} to ${v1}, not to the failed ${v3} or ${v4}`,
    rollback.main.exitCode === 0 && rollback.main.outputs['to-revision'] === v1,
  );
  check(`users reach ${v1} and nothing else`, await servesAlone(v1));

  const { sent, byStatus } = await load.stop();
  const errors = sent - (byStatus['200'] ?? 0);
  check(
    `of ${sent} requests of users ${errors} failed (${((100 * errors) / sent).toFixed(2)} %), all by the bad release`,
    errors === (byStatus['500'] ?? 0),
  );
} finally {
  await emulator.stop();
  if (database.kind === 'postgres') await database.stop();
}

const seconds = Math.round((Date.now() - startedMs) / 1000);
story.title(
  unexpected === 0
    ? `Every outcome was as told, in ${seconds} s.`
    : `${unexpected} outcomes were not as told.`,
);
if (badReport !== '') story.tell(`The report of the bad release, for a browser: ${badReport}`);
process.exitCode = unexpected === 0 ? 0 : 1;
