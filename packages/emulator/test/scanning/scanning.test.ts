import { GrafeasClient } from '@google-cloud/grafeas';
import { PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';
import { expect, onTestFinished, test } from 'vitest';
import { type EmulatorConfigInput, startEmulator } from '../../src/emulator.ts';

const IMAGE = `europe-west1-docker.pkg.dev/demo-project/shop/api@sha256:${'a'.repeat(64)}`;
const OPENSSL = {
  id: 'CVE-2026-1',
  severity: 'CRITICAL' as const,
  package: 'openssl',
  installed: '3.0.1',
  fixed: '3.0.2',
};
const ZLIB = { id: 'CVE-2026-2', severity: 'LOW' as const, package: 'zlib', installed: '1.2' };

async function start(config: Partial<EmulatorConfigInput> = {}) {
  const emulator = await startEmulator({ project: 'demo-project', region: 'europe-west1', ...config });
  const client = new GrafeasClient({
    apiEndpoint: '127.0.0.1',
    port: Number(new URL(emulator.endpoints.containeranalysis).port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
  });
  onTestFinished(async () => {
    await client.close();
    await emulator.stop();
  });
  const list = async (filter = '', pageSize = 0) => {
    const [occurrences] = await client.listOccurrences({ parent: 'projects/demo-project', filter, pageSize });
    return occurrences;
  };
  return { emulator, client, list };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'OK',
    (error: { code: number }) => grpc.status[error.code],
  );

test('an image without a scan has no occurrence', async () => {
  const { list } = await start();
  expect(await list(`kind="DISCOVERY" AND resourceUrl="https://${IMAGE}"`)).toEqual([]);
});

test('a scan leaves a discovery and what it found', async () => {
  const { list } = await start({ scans: [{ image: IMAGE, vulnerabilities: [OPENSSL, ZLIB] }] });
  expect(await list(`kind="DISCOVERY" AND resourceUrl="https://${IMAGE}"`)).toMatchObject([
    // The name that the client prefers for FINISHED_SUCCESS.
    { discovery: { analysisStatus: 'COMPLETE', continuousAnalysis: 'ACTIVE' } },
  ]);
  expect(await list(`kind = 'VULNERABILITY'`)).toMatchObject([
    {
      noteName: 'projects/goog-vulnz/notes/CVE-2026-1',
      vulnerability: {
        effectiveSeverity: 'CRITICAL',
        packageIssue: [
          {
            affectedPackage: 'openssl',
            affectedVersion: { fullName: '3.0.1' },
            fixedVersion: { kind: 'NORMAL', fullName: '3.0.2' },
          },
        ],
      },
    },
    { vulnerability: { packageIssue: [{ fixedVersion: { kind: 'MAXIMUM' } }] } },
  ]);
  expect(await list(`resourceUrl="https://${IMAGE.replaceAll('a', 'b')}"`)).toEqual([]);
});

test('a scan takes its time, and finds nothing before it is over', async () => {
  const { emulator, list } = await start();
  emulator.control.setScan({ image: IMAGE, after: '300ms', vulnerabilities: [OPENSSL] });
  expect(await list()).toMatchObject([{ discovery: { analysisStatus: 'SCANNING' } }]);
  await expect.poll(() => list()).toHaveLength(2);
});

test.each(['FINISHED_FAILED', 'FINISHED_UNSUPPORTED'] as const)(
  'a scan that ends in %s says why',
  async (status) => {
    const { emulator, list } = await start();
    emulator.control.setScan({ image: IMAGE, status, error: 'no idea', vulnerabilities: [OPENSSL] });
    expect(await list()).toMatchObject([
      { discovery: { analysisStatus: status, analysisStatusError: { message: 'no idea' } } },
    ]);
  },
);

test('pages hold what was asked for, and an occurrence is found by its name', async () => {
  const { client, list } = await start({ scans: [{ image: IMAGE, vulnerabilities: [OPENSSL, ZLIB] }] });
  const parent = 'projects/demo-project';
  const [first, , { nextPageToken }] = await client.listOccurrences(
    { parent, pageSize: 2 },
    { autoPaginate: false },
  );
  expect(first).toHaveLength(2);
  const [rest] = await client.listOccurrences(
    { parent, pageToken: nextPageToken ?? '' },
    { autoPaginate: false },
  );
  expect([...first, ...rest]).toEqual(await list());
  const [found] = await client.getOccurrence({ name: first[1]?.name ?? '' });
  expect(found).toEqual(first[1]);
  expect(await codeOf(client.getOccurrence({ name: `${parent}/occurrences/none` }))).toBe('NOT_FOUND');
});

test('a filter that is not understood is an error', async () => {
  const { list } = await start();
  expect(await codeOf(list('severity > 3'))).toBe('INVALID_ARGUMENT');
});

test('without the permission nothing is shown', async () => {
  const { list } = await start({ permissions: { deny: ['containeranalysis.occurrences.list'] } });
  expect(await codeOf(list())).toBe('PERMISSION_DENIED');
});

test('scans are set over HTTP as well', async () => {
  const { emulator, list } = await start();
  const post = (body: object) =>
    fetch(`${emulator.endpoints.control}/scans`, { method: 'POST', body: JSON.stringify(body) });
  expect((await post({ image: IMAGE })).status).toBe(200);
  expect(await list()).toHaveLength(1);
  expect((await post({ image: 'shop/api:latest' })).status).toBe(400);
});
