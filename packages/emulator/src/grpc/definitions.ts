import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { grafeasProtos, loggingProtos, type MessageValue, monitoringProtos, runProtos } from './schema.ts';

/** Absent stays absent (no defaults filled in), because update masks and oneofs depend on the difference. */
const OPTIONS = { longs: String, enums: String } as const;

const runPackage = fromJSON(runProtos, OPTIONS);
const monitoringPackage = fromJSON(monitoringProtos, OPTIONS);
const grafeasPackage = fromJSON(grafeasProtos, OPTIONS);
const loggingPackage = fromJSON(loggingProtos, OPTIONS);

function serviceIn(definitions: PackageDefinition, name: string): ServiceDefinition {
  const definition = definitions[name];
  if (definition === undefined || 'format' in definition) {
    throw new Error(`no service ${name} in the API definition`);
  }
  return definition;
}

function serviceNames(definitions: PackageDefinition, prefix: string): string[] {
  return Object.keys(definitions).filter((name) => {
    const definition = definitions[name];
    return name.startsWith(prefix) && definition !== undefined && !('format' in definition);
  });
}

const LOGGING = 'google.logging.v2.LoggingServiceV2';

/** Every service that the clients could call, implemented or not, by its full name. */
export const serviceDefinitions: Record<string, ServiceDefinition> = Object.fromEntries([
  ...serviceNames(runPackage, 'google.cloud.run.v2.').map((name) => [name, serviceIn(runPackage, name)]),
  ['google.longrunning.Operations', serviceIn(runPackage, 'google.longrunning.Operations')],
  ...serviceNames(monitoringPackage, 'google.monitoring.v3.').map((name) => [
    name,
    serviceIn(monitoringPackage, name),
  ]),
  ['grafeas.v1.Grafeas', serviceIn(grafeasPackage, 'grafeas.v1.Grafeas')],
  [LOGGING, serviceIn(loggingPackage, LOGGING)],
]);

function isMessage(
  definition: PackageDefinition[string] | undefined,
): definition is MessageTypeDefinition<object, object> {
  return definition !== undefined && 'format' in definition && 'serialize' in definition;
}

/** Packs a message of the Run API into an Any, as results and metadata of operations travel. */
export function packAny(type: string, message: MessageValue): { type_url: string; value: Buffer } {
  const definition = runPackage[type];
  if (!isMessage(definition)) {
    throw new Error(`no message ${type} in the API definition`);
  }
  return { type_url: `type.googleapis.com/${type}`, value: definition.serialize(message) };
}
