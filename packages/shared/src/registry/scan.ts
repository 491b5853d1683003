import type { Clock } from '../action/clock.ts';
import { formatDuration } from '../action/duration.ts';
import { ActionError } from '../action/errors.ts';
import type { Finding } from './findings.ts';

/** How far Artifact Registry's scan of an image is: no occurrence at all means that nothing scans it. */
export type ScanState =
  | { state: 'absent' | 'pending' | 'finished' }
  | { state: 'failed' | 'unsupported'; detail: string };

/** Container Analysis, as far as it tells of scans. Images are `REPOSITORY@sha256:…`. */
export type Scanner = {
  discover(image: string): Promise<ScanState>;
  vulnerabilities(image: string): Promise<Finding[]>;
};

const POLL_MS = 5000;
/** Artifact Registry notes a push within seconds; what it has not noted by then is not going to be scanned. */
const START_MS = 2 * 60_000;

const stateOf = (image: string) => `${image} is pushed, but its vulnerabilities are not known`;

/**
 * Waits until an image is scanned, and lists what was found. Throws an `ActionError` where it is not scanned: what
 * nobody has looked at is not clean.
 * @param onWait told once for each new state that is waited in
 */
export async function waitForScan(
  image: string,
  scanner: Scanner,
  {
    clock,
    timeoutMs,
    signal,
    onWait,
  }: { clock: Clock; timeoutMs: number; signal: AbortSignal; onWait: (text: string) => void },
): Promise<Finding[]> {
  const startedMs = clock.nowMs();
  let told: string | undefined;
  for (;;) {
    const found = await scanner.discover(image);
    const waitedMs = clock.nowMs() - startedMs;
    switch (found.state) {
      case 'finished':
        return scanner.vulnerabilities(image);
      case 'failed':
      case 'unsupported':
        throw new ActionError({
          what:
            found.state === 'failed'
              ? `The scan of ${image} failed: ${found.detail}`
              : `Artifact Registry cannot scan ${image}: ${found.detail}`,
          state: stateOf(image),
          next:
            found.state === 'failed'
              ? 'Run the job again; if it fails again, look at the image in the Artifact Registry console'
              : 'Use a base image that it supports (https://cloud.google.com/artifact-analysis/docs/os-overview), or set `scan: off` and scan otherwise',
        });
      case 'absent':
        if (waitedMs >= Math.min(START_MS, timeoutMs)) {
          throw new ActionError({
            what: `No scan of ${image} has begun within ${formatDuration(waitedMs)}: scanning is not enabled`,
            state: stateOf(image),
            next: 'Enable the Container Scanning API (`gcloud services enable containerscanning.googleapis.com`) and scanning on the repository, push again, or set `scan: off`',
          });
        }
        break;
      case 'pending':
        if (waitedMs >= timeoutMs) {
          throw new ActionError({
            what: `The scan of ${image} did not finish within ${formatDuration(timeoutMs)}`,
            state: stateOf(image),
            next: 'Raise `scan-timeout`, or run the job again: the scan goes on meanwhile',
          });
        }
    }
    if (told !== found.state) {
      told = found.state;
      onWait(found.state === 'absent' ? 'Waiting for the scan to begin' : 'Scanning');
    }
    await clock.sleep(Math.min(POLL_MS, Math.max(250, timeoutMs / 10)), signal);
  }
}
