import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LOCK = 'node_modules/.cache/apex-build/lock';
const RETRY_MS = 200;

/** Lets one process of this repository at a time run `action`; the lock of a process that died is taken over. */
export async function withBuildLock<T>(root: string, action: () => Promise<T>): Promise<T> {
  const lock = join(root, LOCK);
  const own = `${lock}.${process.pid}`;
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(own, String(process.pid));
  try {
    await acquire(lock, own);
    try {
      return await action();
    } finally {
      rmSync(lock);
    }
  } finally {
    rmSync(own);
  }
}

async function acquire(lock: string, own: string): Promise<void> {
  let announced = false;
  for (;;) {
    try {
      // A link appears with its content at once, so that nobody reads a lock without an owner.
      linkSync(own, lock);
      return;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const owner = readOwner(lock);
    if (owner !== undefined && !isAlive(owner)) {
      rmSync(lock, { force: true });
    } else {
      if (!announced) console.log(`waiting for the build of process ${owner} (${lock})`);
      announced = true;
      await sleep(RETRY_MS);
    }
  }
}

function readOwner(lock: string): number | undefined {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
