import { parentPort, workerData } from 'node:worker_threads';
import { measure } from './measure.ts';
import type { Cell } from './world.ts';

const { cells, runs } = workerData as { cells: { cell: Cell; index: number }[]; runs: number };
for (const { cell, index } of cells) parentPort?.postMessage({ index, result: measure(cell, runs) });
