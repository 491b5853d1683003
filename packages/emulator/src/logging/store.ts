import { randomUUID } from 'node:crypto';
import { isRecord, type MessageValue } from '../grpc/schema.ts';
import type { LogSource } from '../traffic/log-tail.ts';

/** Who writes: a monitored resource, but for project and location, and labels of the single process. */
export type LogWriter = {
  resource: { type: string; labels: Record<string, string> };
  labels: Record<string, string>;
};

/** Keeps a line that a process has written. */
export type LogRecorder = (writer: LogWriter, line: string, source: LogSource) => void;

export const SEVERITIES = [
  'DEFAULT',
  'DEBUG',
  'INFO',
  'NOTICE',
  'WARNING',
  'ERROR',
  'CRITICAL',
  'ALERT',
  'EMERGENCY',
] as const;
export type Severity = (typeof SEVERITIES)[number];

/** `google.logging.v2.LogEntry`, as far as containers fill it. */
export type LogEntry = LogWriter & {
  logName: string;
  insertId: string;
  timestamp: Date;
  severity: Severity;
  textPayload?: string;
  jsonPayload?: MessageValue;
};

export type LogStore = {
  record: LogRecorder;
  /** What readers see by now, oldest first. */
  entries(): LogEntry[];
  hold(): void;
  release(): void;
};

const KEPT = 50_000;
/** Cloud Run's logs for what containers write, and for what it says about them itself. */
const LOGS: Record<LogSource, string> = {
  stdout: 'run.googleapis.com%2Fstdout',
  stderr: 'run.googleapis.com%2Fstderr',
  system: 'run.googleapis.com%2Fvarlog%2Fsystem',
};

const isSeverity = (value: unknown): value is Severity => SEVERITIES.some((severity) => severity === value);

/**
 * A line of text, or a line of JSON, whose `severity` is taken for the entry's
 * (https://docs.cloud.google.com/run/docs/logging#special-fields).
 */
function payloadOf(line: string): Pick<LogEntry, 'severity' | 'textPayload' | 'jsonPayload'> {
  const json = objectIn(line);
  if (json === undefined) return { severity: 'DEFAULT', textPayload: line };
  const { severity, ...jsonPayload } = json;
  const upper = typeof severity === 'string' ? severity.toUpperCase() : severity;
  return { severity: isSeverity(upper) ? upper : 'DEFAULT', jsonPayload };
}

function objectIn(line: string): MessageValue | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Options = { project: string; region: string; ingestDelayMs: number; now: () => Date };

export function createLogStore({ project, region, ingestDelayMs, now }: Options): LogStore {
  const entries: LogEntry[] = [];
  let heldAt: Date | undefined;
  return {
    record({ resource, labels }, line, source) {
      entries.push({
        logName: `projects/${project}/logs/${LOGS[source]}`,
        insertId: randomUUID().replaceAll('-', '').slice(0, 20),
        timestamp: now(),
        resource: {
          type: resource.type,
          labels: { project_id: project, location: region, ...resource.labels },
        },
        labels,
        ...payloadOf(line),
      });
      if (entries.length > KEPT) entries.shift();
    },
    entries() {
      const seenUntil = (heldAt ?? now()).getTime() - ingestDelayMs;
      return entries.filter(({ timestamp }) => timestamp.getTime() <= seenUntil);
    },
    hold() {
      heldAt ??= now();
    },
    release() {
      heldAt = undefined;
    },
  };
}
