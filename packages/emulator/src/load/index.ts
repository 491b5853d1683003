import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import { gapMs } from './arrivals.ts';

export type LoadOptions = {
  /** Where to send the requests; paths are resolved against it. */
  url: string;
  ratePerSecond: number;
  /** Taken in turn; the URL's own unless given. */
  paths?: string[];
  /** Requests that may be under way at once (1000 unless given); an arrival beyond that is counted as `skipped`. */
  concurrencyLimit?: number;
  /** Uniform in [0, 1); decides the gaps between arrivals. */
  random?: () => number;
};

export type LoadStats = {
  sent: number;
  /** Arrivals that were dropped because `concurrencyLimit` requests were under way. */
  skipped: number;
  /** Counts by HTTP status, and `error` for requests without a whole answer. */
  byStatus: Record<string, number>;
  /** Counts by the answer's `x-revision` header, for applications that send it. */
  byRevision: Record<string, number>;
};

export type Load = {
  /** 0 pauses. */
  setRate(ratePerSecond: number): void;
  stats(): LoadStats;
  /** Ends the arrivals, waits for the requests under way, and closes the connections. */
  stop(): Promise<LoadStats>;
};

/** Sends GET requests at a rate that does not depend on how fast they are answered (open loop, Poisson arrivals). */
export function startLoad(options: LoadOptions): Load {
  const { url, paths = [''], concurrencyLimit = 1000, random = Math.random } = options;
  const targets = paths.map((path) => new URL(path, url));
  const secure = url.startsWith('https:');
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const stats: LoadStats = { sent: 0, skipped: 0, byStatus: {}, byRevision: {} };
  const underWay = new Set<Promise<void>>();
  let ratePerSecond = options.ratePerSecond;
  let nextAtMs = 0;
  let timer: NodeJS.Timeout | undefined;

  function send(): void {
    const target = targets[stats.sent % targets.length];
    if (underWay.size >= concurrencyLimit || !target) {
      stats.skipped += 1;
      return;
    }
    stats.sent += 1;
    const done = new Promise<void>((resolve) => {
      const finish = (status: string): void => {
        add(stats.byStatus, status);
        resolve();
      };
      const respond = (answer: IncomingMessage): void => {
        const revision = answer.headers['x-revision'];
        if (typeof revision === 'string') add(stats.byRevision, revision);
        answer.resume();
        answer.once('close', () => finish(answer.complete ? String(answer.statusCode) : 'error'));
      };
      const outgoing = secure ? httpsGet(target, { agent }, respond) : httpGet(target, { agent }, respond);
      let answered = false;
      outgoing.once('response', () => {
        answered = true;
      });
      outgoing.once('error', () => {
        if (!answered) finish('error');
      });
    });
    underWay.add(done);
    void done.then(() => underWay.delete(done));
  }

  function arrive(): void {
    // Several arrivals may be due: timers are no finer than 1 ms, and the process may have been busy.
    for (const nowMs = performance.now(); nextAtMs <= nowMs; nextAtMs += gapMs(ratePerSecond, random()))
      send();
    schedule();
  }

  function schedule(): void {
    timer = setTimeout(arrive, Math.max(0, nextAtMs - performance.now()));
  }

  function setRate(rate: number): void {
    clearTimeout(timer);
    ratePerSecond = rate;
    if (rate <= 0) return;
    // What is left of an exponential gap is exponential again, so a new gap may begin at any time.
    nextAtMs = performance.now() + gapMs(rate, random());
    schedule();
  }

  setRate(ratePerSecond);
  return {
    setRate,
    stats: () => structuredClone(stats),
    async stop() {
      clearTimeout(timer);
      await Promise.all(underWay);
      agent.destroy();
      return structuredClone(stats);
    },
  };
}

function add(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
