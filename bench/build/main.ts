/**
 * What build-push costs over the same bare `docker buildx build --push`: pairs of both, one after the other in turns,
 * cold (every layer new) and cached (every layer there). Needs REGISTRY, as the tests with an engine do.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runAction } from '@apex-actions/testkit/run-action';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { REGISTRY } = process.env;
const PAIRS = Number(process.env.BENCH_PAIRS ?? 5);
/** A build of ten seconds: a layer that takes time, always the same, and one that takes bytes. */
const DOCKERFILE = `FROM scratch
COPY busybox /bin/sh
COPY seed /seed
RUN --network=none sleep 8; echo done > /work.txt
COPY random.bin /random.bin
`;
const RANDOM_BYTES = 20e6;

if (!REGISTRY) {
  console.log(
    'Overhead of build-push: not measured, since REGISTRY names no registry with a docker engine beside it',
  );
  process.exit();
}

const context = mkdtempSync(join(tmpdir(), 'bench-build-'));
writeFileSync(join(context, 'Dockerfile'), DOCKERFILE);
copyFileSync('/bin/busybox', join(context, 'busybox'));
writeFileSync(join(context, '.dockerignore'), '');

/** New content, so that nothing of it is cached. */
function renew(): void {
  writeFileSync(join(context, 'seed'), randomBytes(16));
  writeFileSync(join(context, 'random.bin'), randomBytes(RANDOM_BYTES));
}

let count = 0;
const newImage = () => `${REGISTRY}/bench/${process.pid}-${++count}`;

function bare(): number {
  const startedMs = performance.now();
  const args = ['buildx', 'build', '--push', '--progress', 'plain', '--tag', `${newImage()}:latest`, context];
  const { status, stderr } = spawnSync('docker', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return (performance.now() - startedMs) / 1000;
}

async function ours(): Promise<number> {
  const startedMs = performance.now();
  const { main } = await runAction({
    directory: join(root, 'actions/build-push'),
    inputs: { image: newImage(), context },
    env: { DOCKER_HOST: process.env.DOCKER_HOST ?? '', DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? '' },
  });
  const seconds = (performance.now() - startedMs) / 1000;
  if (main.exitCode !== 0) throw new Error(main.log);
  return seconds;
}

const median = (values: number[]) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function measure(kind: 'cold' | 'cached') {
  const times: { bare: number[]; ours: number[] } = { bare: [], ours: [] };
  renew();
  bare();
  await ours();
  for (let pair = 0; pair < PAIRS; pair += 1) {
    // Who goes first changes, so that neither always finds the machine as the other left it.
    for (const who of pair % 2 === 0 ? (['bare', 'ours'] as const) : (['ours', 'bare'] as const)) {
      if (kind === 'cold') renew();
      times[who].push(who === 'bare' ? bare() : await ours());
    }
  }
  const [bareSeconds, oursSeconds] = [median(times.bare), median(times.ours)];
  return {
    kind,
    pairs: PAIRS,
    bareSeconds,
    oursSeconds,
    ratio: oursSeconds / bareSeconds,
    overheadSeconds: oursSeconds - bareSeconds,
  };
}

try {
  const results = [await measure('cold'), await measure('cached')];
  console.log('build-push beside `docker buildx build --push`, main and post, medians:');
  console.table(
    results.map(({ kind, bareSeconds, oursSeconds, ratio, overheadSeconds }) => ({
      build: kind,
      'bare, s': bareSeconds.toFixed(2),
      'build-push, s': oursSeconds.toFixed(2),
      ratio: ratio.toFixed(3),
      'overhead, s': overheadSeconds.toFixed(2),
    })),
  );
  mkdirSync(join(root, 'bench/results'), { recursive: true });
  writeFileSync(
    join(root, 'bench/results/build.json'),
    `${JSON.stringify({ date: new Date().toISOString(), results }, null, 2)}\n`,
  );
} finally {
  rmSync(context, { recursive: true });
}
