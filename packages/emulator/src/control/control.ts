import { check } from '../config.ts';
import type { CallRecord } from '../grpc/calls.ts';
import { type Fault, type FaultInput, type FaultPlan, faultSchema } from '../grpc/faults.ts';
import type { LogStore } from '../logging/store.ts';
import type { GaugeSetting, Monitoring } from '../monitoring/index.ts';
import type { Scanning } from '../scanning/index.ts';
import type { ScanInput } from '../scanning/scan.ts';
import type { BackupRun, Sql } from '../sql/index.ts';
import type { RequestFault, RequestTally, TrafficControl } from '../traffic/index.ts';

/** What tests and people may see and do beside the API; the HTTP interface offers the same. */
export type Control = {
  /** All gRPC calls so far, oldest first. */
  calls(): CallRecord[];
  clearCalls(): void;
  addFault(fault: FaultInput): void;
  faults(): Fault[];
  clearFaults(): void;
  /** All services in the API's JSON form. */
  services(): unknown[];
  /** How many requests each revision has answered. */
  requests(): RequestTally[];
  /** Makes requests of one revision fail or wait; `null` heals it. */
  setRevisionFault(service: string, revision: string, fault: RequestFault | null): void;
  /** The same for all revisions of a service: an outage of a shared dependency. */
  setServiceFault(service: string, fault: RequestFault | null): void;
  /** The last lines that a revision's processes wrote. */
  logs(service: string, revision: string): string[];
  /** Gives a gauge a value from now on, or ends it with `null`. */
  setGauge(setting: GaugeSetting): void;
  /** What Artifact Registry's scan finds in an image, from now on. */
  setScan(scan: ScanInput): void;
  /** Metrics stay as they are seen now, until `releaseMetrics`. */
  holdMetrics(): void;
  releaseMetrics(): void;
  /** The backups that were made of Cloud SQL instances. */
  backups(): BackupRun[];
  /** Log entries stay as they are seen now, until `releaseLogs`. */
  holdLogs(): void;
  releaseLogs(): void;
};

export type ControlOptions = {
  callLog: CallRecord[];
  faultPlan: FaultPlan;
  services: () => unknown[];
  traffic: TrafficControl;
  metrics: Pick<Monitoring, 'hold' | 'release' | 'setGauge'>;
  scanning: Pick<Scanning, 'setScan'>;
  logs: Pick<LogStore, 'hold' | 'release'>;
  sql: Pick<Sql, 'backups'>;
};

export function createControl({
  callLog,
  faultPlan,
  services,
  traffic,
  metrics,
  scanning,
  logs,
  sql,
}: ControlOptions): Control {
  return {
    calls: () => callLog.map((call) => ({ ...call })),
    clearCalls: () => {
      callLog.length = 0;
    },
    addFault: (fault) => {
      faultPlan.add(check(faultSchema, fault, 'fault'));
    },
    faults: () => faultPlan.list(),
    clearFaults: () => {
      faultPlan.clear();
    },
    services,
    requests: () => traffic.requests(),
    setRevisionFault: (service, revision, fault) => {
      traffic.setRevisionFault(service, revision, fault);
    },
    setServiceFault: (service, fault) => {
      traffic.setServiceFault(service, fault);
    },
    logs: (service, revision) => traffic.logs(service, revision),
    setGauge: (setting) => metrics.setGauge(setting),
    setScan: (scan) => scanning.setScan(scan),
    holdMetrics: () => {
      metrics.hold();
    },
    releaseMetrics: () => {
      metrics.release();
    },
    backups: () => sql.backups(),
    holdLogs: () => {
      logs.hold();
    },
    releaseLogs: () => {
      logs.release();
    },
  };
}
