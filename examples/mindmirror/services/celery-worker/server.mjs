// Takes tasks from a queue, one after the other. Requests come for its health only. The queue is a stand-in: it has a task
// whenever it is asked.
import { setTimeout as pause } from 'node:timers/promises';
import { dawdle, fails, serve } from '../../shared/service.mjs';

const PAUSE_MS = 200;
const STALLED_AFTER_MS = 30_000;

const tasks = { done: 0, failed: 0 };
let lastTaskMs = Date.now();
let isEnding = false;

async function work() {
  while (!isEnding) {
    lastTaskMs = Date.now();
    await dawdle('a task');
    tasks[fails('a task') ? 'failed' : 'done'] += 1;
    await pause(PAUSE_MS);
  }
}

serve({
  service: 'celery-worker',
  dependencies: () => ({ loop: Date.now() - lastTaskMs < STALLED_AFTER_MS ? 'running' : 'stalled' }),
  details: () => ({ tasks }),
});
process.on('SIGTERM', () => {
  isEnding = true;
});
await work();
