import type { protos } from '@google-cloud/run';

type V2 = typeof protos.google.cloud.run.v2;

/* The API's own shapes, as the vendor's client publishes them. */
export type Service = protos.google.cloud.run.v2.IService;
export type RevisionTemplate = protos.google.cloud.run.v2.IRevisionTemplate;
export type Revision = protos.google.cloud.run.v2.IRevision;
export type Container = protos.google.cloud.run.v2.IContainer;
export type Probe = protos.google.cloud.run.v2.IProbe;
export type Condition = protos.google.cloud.run.v2.ICondition;
export type TrafficTarget = protos.google.cloud.run.v2.ITrafficTarget;
export type TrafficTargetStatus = protos.google.cloud.run.v2.ITrafficTargetStatus;
export type RevisionReason = keyof V2['Condition']['RevisionReason'];
export type CommonReason = keyof V2['Condition']['CommonReason'];
export type Operation = protos.google.longrunning.IOperation;
export type Policy = protos.google.iam.v1.IPolicy;
export type Timestamp = protos.google.protobuf.ITimestamp;
export type Duration = protos.google.protobuf.IDuration;

export const LATEST = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';
export const PINNED = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
