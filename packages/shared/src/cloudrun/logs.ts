import { LoggingServiceV2Client, type protos } from '@google-cloud/logging-api';
import { type RetryOptions, retrying } from '../action/retry.ts';
import { clientOptions } from './clients.ts';
import { createAuth, findCredentials } from './credentials.ts';
import { readEndpoint } from './endpoint.ts';
import { idOf } from './resources.ts';
import { wireMs } from './wire-time.ts';

/** One line that a container wrote, or that Cloud Run says about it. */
export type LogLine = {
  id: string;
  atMs: number;
  /** `DEFAULT`, `INFO`, `WARNING`, `ERROR`, … */
  severity: string;
  text: string;
};

/** The most that the API gives at once: each page counts against the quota of readings. */
const PAGE_SIZE = 1000;
const CALL_OPTIONS = { timeout: 30_000, retry: null, autoPaginate: false };

export type LogPort = {
  /** The lines of an execution from a moment on, oldest first. */
  ofExecution(execution: string, fromMs: number): Promise<LogLine[]>;
};

type LogEntry = protos.google.logging.v2.ILogEntry;

/** A line of text, the `message` of a structured one, or all of that as JSON. */
function textOf({ textPayload, jsonPayload }: LogEntry): string {
  if (textPayload) return textPayload;
  const fields = jsonPayload?.fields ?? {};
  const message = fields.message?.stringValue;
  return message || JSON.stringify(plain({ structValue: { fields } }));
}

type Value = protos.google.protobuf.IValue;

function plain({ structValue, listValue, stringValue, numberValue, boolValue }: Value): unknown {
  if (structValue) {
    const entries = Object.entries(structValue.fields ?? {}).map(([key, value]) => [key, plain(value)]);
    return Object.fromEntries(entries);
  }
  if (listValue) return (listValue.values ?? []).map(plain);
  return stringValue ?? numberValue ?? boolValue ?? null;
}

/** Not what Google's audit says of the execution. */
const isWritten = ({ textPayload, jsonPayload }: LogEntry): boolean => Boolean(textPayload || jsonPayload);

function lineOf(entry: LogEntry): LogLine {
  return {
    id: entry.insertId ?? '',
    atMs: Math.floor(wireMs(entry.timestamp)),
    severity: String(entry.severity ?? 'DEFAULT'),
    text: textOf(entry),
  };
}

type Env = Record<string, string | undefined>;

/** The adapter on Cloud Logging (`roles/logging.viewer`). */
export async function createLogPort({
  project,
  env,
  ...policy
}: { project: string; env: Env } & RetryOptions): Promise<LogPort> {
  const endpoint = readEndpoint('CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING', env);
  const credentials = endpoint.kind === 'loopback' ? undefined : await findCredentials(createAuth());
  const client = new LoggingServiceV2Client(clientOptions(endpoint, credentials));
  return {
    async ofExecution(execution, fromMs) {
      const filter = [
        'resource.type="cloud_run_job"',
        `labels."run.googleapis.com/execution_name"="${idOf(execution)}"`,
        `timestamp>="${new Date(fromMs).toISOString()}"`,
      ].join(' AND ');
      const request = {
        resourceNames: [`projects/${project}`],
        filter,
        orderBy: 'timestamp asc',
        pageSize: PAGE_SIZE,
      };
      const lines: LogLine[] = [];
      for (let pageToken = ''; ; ) {
        const page = { ...request, pageToken };
        const [entries, , answer] = await retrying(() => client.listLogEntries(page, CALL_OPTIONS), policy);
        lines.push(...entries.filter(isWritten).map(lineOf));
        pageToken = answer.nextPageToken ?? '';
        if (!pageToken) return lines;
      }
    },
  };
}
