import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Result } from './measure.ts';
import type { Cell } from './world.ts';

/** Measures the cells on all processors; each cell has its own seed, so the order does not matter. */
export async function measureAll(cells: readonly Cell[], runs: number): Promise<Result[]> {
  const results: Result[] = [];
  const workers = availableParallelism();
  const shares = Array.from({ length: workers }, (_, nth) =>
    cells.map((cell, index) => ({ cell, index })).filter(({ index }) => index % workers === nth),
  );
  await Promise.all(
    shares.map(
      (share) =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL('./worker.ts', import.meta.url), {
            workerData: { cells: share, runs },
          });
          worker.on('message', ({ index, result }: { index: number; result: Result }) => {
            results[index] = result;
          });
          worker.on('error', reject);
          worker.on('exit', () => resolve());
        }),
    ),
  );
  return results;
}
