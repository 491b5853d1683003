// Stands in for a Temporal worker: it polls its task queue, and requests come for its health only. The queue always has a task.
import { setTimeout as pause } from 'node:timers/promises';
import { dawdle, fails, serve } from '../shared/service.mjs';

const PAUSE_MS = 200;
const STALLED_AFTER_MS = 30_000;

const tasks = { done: 0, failed: 0 };
let lastPollMs = Date.now();
let isEnding = false;

async function poll() {
  while (!isEnding) {
    lastPollMs = Date.now();
    await dawdle('a task');
    tasks[fails('a task') ? 'failed' : 'done'] += 1;
    await pause(PAUSE_MS);
  }
}

serve({
  service: 'apex-worker',
  dependencies: () => ({ loop: Date.now() - lastPollMs < STALLED_AFTER_MS ? 'running' : 'stalled' }),
  details: () => ({ tasks }),
});
process.on('SIGTERM', () => {
  isEnding = true;
});
await poll();
