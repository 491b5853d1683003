import { readFileSync } from 'node:fs';
import { type Emulator, startEmulator } from '@apex-actions/emulator/emulator';
import { ServicesClient } from '@google-cloud/run';
import { PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';
import { expect, it, onTestFinished } from 'vitest';
import { folder, newRepository, onlyError, registrySays, run } from './support/kit.ts';

const HELLO = { Dockerfile: 'FROM scratch\nCOPY hello.txt /hello.txt\n', 'hello.txt': 'hello\n' };
const OPENSSL = {
  id: 'CVE-2026-1111',
  severity: 'CRITICAL' as const,
  package: 'openssl',
  installed: '3.0.1',
  fixed: '3.0.2',
  summary: 'Anybody may | read <b>everything</b>',
};
const ZLIB = { id: 'CVE-2026-2222', severity: 'HIGH' as const, package: 'zlib', installed: '1.2' };

const SERVER = "require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT)";

async function stage(inputs: Record<string, string> = {}) {
  const image = newRepository();
  const emulator = await startEmulator({
    project: 'demo-project',
    region: 'europe-west1',
    images: [{ image, command: [process.execPath, '-e', SERVER] }],
  });
  onTestFinished(() => emulator.stop());
  const built = await run({ image, context: folder(HELLO), ...inputs });
  const { manifest } = await registrySays(`${built.outputs.image}`);
  const platforms: string[] = manifest.manifests
    .filter(({ platform }: { platform: { os: string } }) => platform.os !== 'unknown')
    .map(({ digest }: { digest: string }) => `${image}@${digest}`);
  const env = {
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINERANALYSIS: emulator.endpoints.containeranalysis,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: emulator.endpoints.run,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: emulator.endpoints.monitoring,
  };
  const promote = (more: Record<string, string>) =>
    run(
      {
        from: `${built.outputs.image}`,
        alias: 'production-latest',
        scan: 'wait',
        'scan-timeout': '3s',
        'project-id': 'demo-project',
        ...more,
      },
      { env },
    );
  return { emulator, image, platforms, promote, from: `${built.outputs.image}` };
}

const setScan = (emulator: Emulator, image: string, scan: object) =>
  emulator.control.setScan({ image, ...scan });

it('waits for the scan, and lets an image through that has nothing critical', async () => {
  const { emulator, image, platforms, promote } = await stage();
  setScan(emulator, platforms[0] ?? '', { after: '1s', vulnerabilities: [ZLIB] });
  const result = await promote({});
  expect(result.exitCode, result.log).toBe(0);
  expect(result.log).toMatch(/Scanning[\s\S]*HIGH CVE-2026-2222 in zlib 1\.2, not mended yet/);
  expect(JSON.parse(result.outputs.vulnerabilities ?? '')).toMatchObject({ CRITICAL: 0, HIGH: 1 });
  expect((await registrySays(`${image}:production-latest`)).status).toBe(200);
});

it('stops at a critical one on any platform, and shows what was found', async () => {
  const { emulator, image, platforms, promote } = await stage({ platforms: 'linux/amd64,linux/arm64' });
  expect(platforms).toHaveLength(2);
  setScan(emulator, platforms[0] ?? '', { vulnerabilities: [ZLIB] });
  setScan(emulator, platforms[1] ?? '', { vulnerabilities: [ZLIB, OPENSSL] });
  const result = await promote({});
  expect(result.exitCode).toBe(1);
  expect(onlyError(result)).toMatch(
    /^1 vulnerability is CRITICAL or worse:\n {2}CRITICAL CVE-2026-1111 in openssl 3\.0\.1, mended in 3\.0\.2/,
  );
  expect(result.summary).toMatch(/CRITICAL \| CVE-2026-1111 \| openssl \| 3\.0\.1 \| 3\.0\.2/);
  expect(JSON.parse(result.outputs.vulnerabilities ?? '')).toMatchObject({ CRITICAL: 1, HIGH: 1 });
  const sarif = JSON.parse(readFileSync(result.outputs.sarif ?? '', 'utf8'));
  expect(sarif.runs[0].results).toMatchObject([
    { ruleId: 'CVE-2026-1111', level: 'error' },
    { ruleId: 'CVE-2026-2222', level: 'error' },
  ]);
  expect((await registrySays(`${image}:production-latest`)).status).toBe(404);
});

it('lives with what is ignored until the day is over', async () => {
  const { emulator, platforms, promote } = await stage();
  setScan(emulator, platforms[0] ?? '', { vulnerabilities: [OPENSSL] });
  const ignore = (expires: string) => ({
    'ignore-vulnerabilities': `- id: CVE-2026-1111\n  reason: not reachable\n  expires: ${expires}\n`,
  });
  const passed = await promote(ignore('2999-12-31'));
  expect(passed.exitCode, passed.log).toBe(0);
  expect(passed.summary).toContain('not reachable (until 2999-12-31)');
  expect(JSON.parse(passed.outputs.vulnerabilities ?? '')).toMatchObject({ CRITICAL: 0 });
  const late = await promote(ignore('2026-01-01'));
  expect(late.exitCode).toBe(1);
  expect(late.annotations.map(({ message }) => message)).toContain(
    'CVE-2026-1111 is not ignored any more: 2026-01-01 is over (it was: not reachable)',
  );
});

it('fails from the threshold on', async () => {
  const { emulator, platforms, promote } = await stage();
  setScan(emulator, platforms[0] ?? '', { vulnerabilities: [ZLIB] });
  expect(onlyError(await promote({ 'scan-threshold': 'HIGH' }))).toMatch(/1 vulnerability is HIGH or worse/);
});

it.each([
  ['was never begun', undefined, /No scan of .* has begun within .*: scanning is not enabled/],
  ['does not end', { after: '1h' }, /did not finish within 3s/],
  ['fails', { status: 'FINISHED_FAILED', error: 'no disk' }, /The scan of .* failed: no disk/],
  ['is not supported', { status: 'FINISHED_UNSUPPORTED' }, /Artifact Registry cannot scan .*@sha256/],
])('takes an image whose scan %s for anything but clean', async (_, scan, expected) => {
  const { emulator, image, platforms, promote } = await stage();
  if (scan) setScan(emulator, platforms[0] ?? '', scan);
  const result = await promote({});
  expect(result.exitCode).toBe(1);
  expect(onlyError(result)).toMatch(expected);
  expect((await registrySays(`${image}:production-latest`)).status).toBe(404);
});

it('says what is missing where it may not look, with its outputs set', async () => {
  const { emulator, from, promote } = await stage();
  emulator.control.addFault({ method: 'ListOccurrences', code: 'PERMISSION_DENIED' });
  const result = await promote({});
  expect(onlyError(result)).toMatch(
    /could not be asked for the scan: PERMISSION_DENIED.*roles\/containeranalysis\.occurrences\.viewer/,
  );
  expect(result.outputs.image).toBe(from);
});

it('compares the size with what the service runs', async () => {
  const { emulator, from, promote } = await stage();
  const services = new ServicesClient({
    apiEndpoint: '127.0.0.1',
    port: Number(new URL(emulator.endpoints.run).port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
  });
  onTestFinished(() => services.close());
  const comparing = { scan: 'off', service: 'shop', region: 'europe-west1' };
  const before = await promote(comparing);
  expect(before.log).toMatch(/Compressed size: \d+ B; shop runs no image to compare with/);
  const [operation] = await services.createService({
    parent: 'projects/demo-project/locations/europe-west1',
    serviceId: 'shop',
    service: { template: { containers: [{ image: from }] } },
  });
  await operation.promise();
  const result = await promote(comparing);
  expect(result.exitCode, result.log).toBe(0);
  expect(result.log).toMatch(/Compressed size: \d+ B, as large as shop-00001-\w+ \(\d+ B\)/);
});
