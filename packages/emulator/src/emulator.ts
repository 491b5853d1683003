import { type EmulatorConfigInput, parseConfig } from './config.ts';
import { type Control, createControl } from './control/control.ts';
import { startControlServer } from './control/server.ts';
import type { CallRecord } from './grpc/calls.ts';
import { serviceDefinitions } from './grpc/definitions.ts';
import { createFaultPlan } from './grpc/faults.ts';
import { fromGrpcHandler, startGrpcServer } from './grpc/server.ts';
import { createLogging } from './logging/index.ts';
import { createLogStore } from './logging/store.ts';
import { createMonitoring } from './monitoring/index.ts';
import { requirePermissions } from './monitoring-permissions.ts';
import { createControlPlane } from './run/control-plane.ts';
import { createScanning } from './scanning/index.ts';
import { startSql } from './sql/index.ts';
import { createDataPlane } from './traffic/index.ts';

export type { EmulatorConfigInput } from './config.ts';
export type { Control } from './control/control.ts';

export type Emulator = {
  /** `http://127.0.0.1:PORT`; Run, Monitoring, Container Analysis and Logging speak gRPC on one port; Cloud SQL's API and the control API are JSON, each on its own. */
  endpoints: {
    run: string;
    monitoring: string;
    containeranalysis: string;
    logging: string;
    sql: string;
    control: string;
  };
  project: string;
  region: string;
  control: Control;
  /** Resolves when somebody asked for it by `POST /shutdown`; whoever started the emulator then stops it. */
  shutdownRequested: Promise<void>;
  /** Closes all addresses and ends all processes. */
  stop(): Promise<void>;
};

export type EmulatorOptions = {
  /** Where relative directories of image mappings start; the working directory unless given. */
  directory?: string;
  /** Takes one line at a time; nothing is logged unless given. */
  log?: (line: string) => void;
};

export async function startEmulator(
  input: EmulatorConfigInput,
  { directory = process.cwd(), log = () => undefined }: EmulatorOptions = {},
): Promise<Emulator> {
  const config = parseConfig(input);
  const { project, region } = config;
  const now = () => new Date();
  const calls: CallRecord[] = [];
  const faults = createFaultPlan(config.faults);
  const monitoring = createMonitoring({
    project,
    region,
    samplePeriodMs: config.samplePeriodMs,
    ingestDelayMs: config.ingestDelayMs,
  });
  const logs = createLogStore({ project, region, ingestDelayMs: config.logDelayMs, now });
  const dataPlane = createDataPlane({
    images: config.images,
    directory,
    recorder: monitoring.recorder,
    recordLog: logs.record,
  });
  const controlPlane = createControlPlane({
    location: { project, region },
    dataPlane,
    secrets: config.secrets,
    reconcileDelayMs: config.reconcileDelayMs,
    deny: config.deny,
    now,
    random: Math.random,
    log,
  });
  const metricHandlers = Object.fromEntries(
    Object.entries(monitoring.handlers).map(([method, handler]) => [method, fromGrpcHandler(handler)]),
  );
  const scanning = createScanning({ project, scans: config.scans, deny: config.deny, now });
  const shutdown = Promise.withResolvers<void>();
  const stopPlanes = async () => {
    // Nothing new is begun while the processes end.
    const stopped = controlPlane.stop();
    await dataPlane.close();
    await stopped;
  };
  try {
    for (const [index, service] of config.services.entries()) {
      await controlPlane.seed(service, `services[${index}]`);
    }
  } catch (error) {
    await stopPlanes();
    throw error;
  }
  const grpc = await startGrpcServer({
    definitions: serviceDefinitions,
    handlers: {
      ...controlPlane.handlers,
      'google.monitoring.v3.MetricService': requirePermissions(metricHandlers, config.deny),
      'grafeas.v1.Grafeas': scanning.handlers,
      'google.logging.v2.LoggingServiceV2': createLogging({ project, deny: config.deny, store: logs }),
    },
    faults,
    calls,
    onEtagRace: controlPlane.onEtagRace,
    now,
  });
  const sql = await startSql({ project, instances: config.sql.instances, deny: config.deny, now });
  const control = createControl({
    callLog: calls,
    faultPlan: faults,
    services: () => controlPlane.services(),
    traffic: dataPlane,
    metrics: monitoring,
    scanning,
    logs,
    sql,
  });
  const http = await startControlServer(control, shutdown.resolve);
  const run = `http://127.0.0.1:${grpc.port}`;
  let stopped: Promise<void> | undefined;
  return {
    endpoints: {
      run,
      monitoring: run,
      containeranalysis: run,
      logging: run,
      sql: `http://127.0.0.1:${sql.port}`,
      control: `http://127.0.0.1:${http.port}`,
    },
    project,
    region,
    control,
    shutdownRequested: shutdown.promise,
    stop: () => {
      stopped ??= (async () => {
        await Promise.all([grpc.stop(), http.stop(), sql.stop()]);
        await stopPlanes();
      })();
      return stopped;
    },
  };
}
