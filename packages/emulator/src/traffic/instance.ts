import { Agent } from 'node:http';
import { resolve } from 'node:path';
import type { RevisionProcess, StartResult } from '../dataplane.ts';
import type { LogRecorder } from '../logging/store.ts';
import { revisionWriter } from '../logging/writers.ts';
import { type Child, startChild } from './child.ts';
import { commandOf, type ImageMapping, mappingOf } from './images.ts';
import { createLogTail } from './log-tail.ts';
import { imageNotFound, notListening, probeFailed } from './messages.ts';
import { isTaken, type Ports } from './ports.ts';
import { passesStartupProbe } from './probe.ts';
import type { Watchdog } from './watchdog.ts';

export type InstanceContext = {
  images: readonly ImageMapping[];
  directory: string;
  ports: Ports;
  watchdog: Watchdog;
  recordLog: LogRecorder;
  stopGraceMs: number;
};

/** Where a revision's process can be reached. */
export type Upstream = { port: number; agent: Agent };

/** The one instance of a revision. */
export type Instance = {
  start(): Promise<StartResult>;
  /** The running process, started anew if it has ended; undefined if that fails. */
  upstream(): Promise<Upstream | undefined>;
  logs(): string[];
  stop(): Promise<void>;
};

const loggedWithFailure = 20;
const startsForAPort = 3;
/** A process that cannot start is not tried again for every request. */
const restartPauseMs = 1000;
/**
 * Idle connections close before servers with short keep-alives (gunicorn: 2 s) close them, which could meet a request.
 */
const idleConnectionMs = 1000;

type Running = Upstream & { child: Child };

export function createInstance(revision: RevisionProcess, context: InstanceContext): Instance {
  const writer = revisionWriter(revision.service, revision.revision);
  const logs = createLogTail((line, source) => context.recordLog(writer, line, source));
  let running: Running | undefined;
  let starting: Promise<StartResult> | undefined;
  let stopped = false;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  const children = new Set<Child>();

  const failed = (reason: string, message: string): StartResult => {
    failedAtMs = performance.now();
    return { ready: false, reason, message, logs: logs.last(loggedWithFailure) };
  };

  async function launch(): Promise<StartResult> {
    const mapping = mappingOf(revision.image, context.images);
    if (!mapping) return failed('CONTAINER_MISSING', imageNotFound(revision.image));
    for (let start = 1; ; start += 1) {
      const port = await context.ports.reserve();
      if (stopped) {
        context.ports.release(port);
        return failed('HEALTH_CHECK_CONTAINER_ERROR', notListening(port));
      }
      const child = startChild({
        command: commandOf(revision, mapping),
        directory: resolve(context.directory, mapping.directory),
        env: {
          ...mapping.env,
          ...revision.env,
          PORT: String(port),
          K_SERVICE: revision.service,
          K_REVISION: revision.revision,
          K_CONFIGURATION: revision.service,
        },
        logs,
        watchdog: context.watchdog,
      });
      children.add(child);
      const gaveUp = new AbortController();
      void child.ended.then(() => {
        gaveUp.abort();
        children.delete(child);
        context.ports.release(port);
        if (running?.child === child) {
          running.agent.destroy();
          running = undefined;
        }
      });
      const ready = await passesStartupProbe(revision.startupProbe, port, gaveUp.signal);
      const exited = child.hasEnded();
      if (ready && !exited) {
        const agent = new Agent({ keepAlive: true, timeout: idleConnectionMs });
        running = { port, agent, child };
        return { ready: true };
      }
      await child.stop(0);
      if (exited && !stopped && start < startsForAPort && (await isTaken(port))) continue;
      const message = revision.startupProbe.kind === 'http' && !exited ? probeFailed : notListening(port);
      return failed('HEALTH_CHECK_CONTAINER_ERROR', message);
    }
  }

  function start(): Promise<StartResult> {
    starting ??= launch().finally(() => {
      starting = undefined;
    });
    return starting;
  }

  return {
    start,
    async upstream() {
      if (running && !running.child.hasEnded()) return running;
      if (stopped || performance.now() - failedAtMs < restartPauseMs) return undefined;
      await start();
      return running;
    },
    logs: () => logs.last(),
    async stop() {
      stopped = true;
      await Promise.all([...children].map((child) => child.stop(context.stopGraceMs)));
      await starting;
    },
  };
}
