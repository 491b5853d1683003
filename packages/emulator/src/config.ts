import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from './duration.ts';
import { faultSchema } from './grpc/faults.ts';
import { scanSchema } from './scanning/scan.ts';
import { instanceSchema } from './sql/index.ts';

const duration = z.string().regex(DURATION_PATTERN, {
  error: 'expected a number with ms, s, m or h, such as 250ms or 60s',
});

const imageMapping = z.strictObject({
  image: z.string().min(1, 'expected a repository, repository:tag or repository@sha256:…'),
  command: z.array(z.string()).min(1, 'expected the program and its arguments, such as [node, app.mjs]'),
  env: z.record(z.string(), z.string()).default({}),
  directory: z.string().default('.'),
});

const configSchema = z.strictObject({
  project: z.string().regex(/^[a-z][a-z0-9-]{2,28}[a-z0-9]$/, 'expected a project id'),
  region: z.string().regex(/^[a-z]+(-[a-z]+)+\d+$/, 'expected a region, such as europe-west1'),
  images: z.array(imageMapping).default([]),
  metrics: z
    .strictObject({ 'sample-period': duration.default('60s'), 'ingest-delay': duration.default('180s') })
    .prefault({}),
  logs: z.strictObject({ 'ingest-delay': duration.default('1s') }).prefault({}),
  secrets: z.record(z.string(), z.string()).default({}),
  sql: z.strictObject({ instances: z.array(instanceSchema).default([]) }).prefault({}),
  'reconcile-delay': duration.default('50ms'),
  services: z.array(z.looseObject({ name: z.string().min(1) })).default([]),
  permissions: z.strictObject({ deny: z.array(z.string()).default([]) }).prefault({}),
  faults: z.array(faultSchema).default([]),
  scans: z.array(scanSchema).default([]),
});

/** What a configuration file says, and what `startEmulator` takes. */
export type EmulatorConfigInput = z.input<typeof configSchema>;

type Parsed = z.output<typeof configSchema>;

export type EmulatorConfig = Pick<
  Parsed,
  'project' | 'region' | 'images' | 'services' | 'faults' | 'scans' | 'secrets' | 'sql'
> & {
  deny: string[];
  samplePeriodMs: number;
  ingestDelayMs: number;
  logDelayMs: number;
  reconcileDelayMs: number;
};

/** A configuration that cannot be used; the message has one line for each key that is wrong. */
export class ConfigError extends Error {}

export function parseConfig(input: unknown): EmulatorConfig {
  const {
    metrics,
    logs,
    permissions,
    'reconcile-delay': reconcileDelay,
    ...rest
  } = check(configSchema, input, 'configuration');
  return {
    ...rest,
    deny: permissions.deny,
    samplePeriodMs: parseDuration(metrics['sample-period']),
    ingestDelayMs: parseDuration(metrics['ingest-delay']),
    logDelayMs: parseDuration(logs['ingest-delay']),
    reconcileDelayMs: parseDuration(reconcileDelay),
  };
}

/** Parses a value from outside; errors name the key, what is wrong with it and what is accepted. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  subject: string,
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) {
    return result.data;
  }
  const lines = result.error.issues.map(({ path, message }) => `${keyOf(path) || subject}: ${message}`);
  throw new ConfigError(lines.join('\n'));
}

function keyOf(path: PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
