/**
 * The seam between the emulated control plane (the Cloud Run Admin API in `run/`) and the emulated data plane (real
 * processes and real HTTP in `traffic/`). The control plane decides what should serve; the data plane makes it so.
 */

/** One revision's process, as the control plane asks for it. */
export type RevisionProcess = {
  /** Id of the service, without `projects/…`. */
  service: string;
  /** Id of the revision, e.g. `api-00002-abc`. */
  revision: string;
  /** The image reference as it stands in the first container of the template. */
  image: string;
  /** Environment variables of the container; `PORT`, `K_SERVICE`, `K_REVISION`, `K_CONFIGURATION` are added. */
  env: Record<string, string>;
  command: string[];
  args: string[];
  startupProbe: StartupProbe;
};

/** Cloud Run's startup probe, with the API's defaults already filled in. */
export type StartupProbe = {
  kind: 'tcp' | 'http';
  /** Path of an `http` probe. */
  path: string;
  initialDelayMs: number;
  timeoutMs: number;
  periodMs: number;
  failureThreshold: number;
};

/**
 * How starting a revision ended. `message` reads as Cloud Run's own condition message, `reason` is the
 * `Condition.revisionReason`/`commonReason` name, e.g. `HEALTH_CHECK_CONTAINER_ERROR`; `logs` are the last lines that
 * the process wrote.
 */
export type StartResult = { ready: true } | { ready: false; reason: string; message: string; logs: string[] };

/** One attempt of a job's task, as the control plane asks for it. */
export type TaskProcess = {
  job: string;
  execution: string;
  index: number;
  /** Counts from 0. */
  attempt: number;
  image: string;
  /** Environment variables of the container, those of Cloud Run included. */
  env: Record<string, string>;
  command: string[];
  args: string[];
};

/** How an attempt ended; `error` is of a container that never began. */
export type TaskEnding = { code: number } | { signal: NodeJS.Signals } | { error: string };

export type RunningTask = {
  ended: Promise<TaskEnding>;
  /** SIGTERM, and SIGKILL after the grace. */
  stop(): Promise<void>;
};

export type RouteTarget = { revision: string; percent: number };
export type RouteTag = { tag: string; revision: string };

export interface DataPlane {
  /** Starts the process and resolves when its startup probe passed or definitely failed. Never rejects for a bad image. */
  startRevision(process: RevisionProcess): Promise<StartResult>;
  stopRevision(service: string, revision: string): Promise<void>;
  /** Opens (once) the address that splits requests by the current targets, and returns its URL. */
  serviceUrl(service: string): Promise<string>;
  /** Opens (once) the address of a tag, and returns its URL. Stable for the life of the service. */
  tagUrl(service: string, tag: string): Promise<string>;
  /** Replaces what serves: weighted random by request; tags go to their revision; a tag not listed answers 404. */
  setRoutes(service: string, targets: RouteTarget[], tags: RouteTag[]): Promise<void>;
  /** Closes all addresses and ends all processes of a service. */
  removeService(service: string): Promise<void>;
  /** Whether an image leads to a command. */
  knowsImage(image: string): boolean;
  startTask(process: TaskProcess): RunningTask;
  close(): Promise<void>;
}
