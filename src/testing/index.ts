/** `kube-apiserver-check/testing`: what a host and this library test with. Nothing of `src` imports it. */

export type { DenyRule, RequestAttributes } from './fake-api-server/authorization.ts';
export type { FakeApiServerOptions } from './fake-api-server/cluster.ts';
export type { EtcdScope } from './fake-api-server/etcd.ts';
export { type EventVersion, FakeApiServer, type ObjectName } from './fake-api-server/fake-api-server.ts';
export type { Fault, FaultKind, FaultMatch } from './fake-api-server/faults.ts';
export type { KubeObject, ObjectMeta } from './fake-api-server/object.ts';
export type { RecordedRequest } from './fake-api-server/request-log.ts';
export { coreEvent, newStyleEvent, type SampleEvent } from './fake-api-server/sample-events.ts';
export type { OpenWatch } from './fake-api-server/watch.ts';
export { ManualClock, type ManualClockOptions, type MoveOptions, type Sleeper } from './manual-clock.ts';
export { type CommitOutcome, type HandedOver, type RecordedBatch, RecordingSender } from './recording-sender.ts';
export { type SenderContractCase, type SenderContractOptions, senderContract } from './sender-contract.ts';
