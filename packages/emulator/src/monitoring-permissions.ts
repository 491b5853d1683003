import type { UnaryHandler } from './grpc/server.ts';
import { permissionDenied } from './grpc/status.ts';

const PERMISSIONS: Record<string, string> = {
  ListTimeSeries: 'monitoring.timeSeries.list',
  ListMetricDescriptors: 'monitoring.metricDescriptors.list',
  GetMetricDescriptor: 'monitoring.metricDescriptors.get',
  ListMonitoredResourceDescriptors: 'monitoring.monitoredResourceDescriptors.list',
  GetMonitoredResourceDescriptor: 'monitoring.monitoredResourceDescriptors.get',
};

/** Puts the configured denials in front of the metric service. */
export function requirePermissions(
  handlers: Record<string, UnaryHandler>,
  deny: string[],
): Record<string, UnaryHandler> {
  return Object.fromEntries(
    Object.entries(handlers).map(([method, handler]) => {
      const permission = PERMISSIONS[method];
      const isDenied = permission !== undefined && deny.includes(permission);
      return [method, isDenied ? refuse(permission) : handler];
    }),
  );
}

function refuse(permission: string): UnaryHandler {
  return () =>
    Promise.reject(permissionDenied(`Permission ${permission} denied (or the resource may not exist).`));
}
