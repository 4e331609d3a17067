/** What a host may choose about event collection. Defaults are resolved in one place: `resolveEventOptions`. */
export interface EventCollectorOptions {
  /** `event_collection_mode`. poll: all inside run(). watch: the first run starts it, `tenure` ends it, run() never waits. @defaultValue 'poll' */
  readonly mode?: 'poll' | 'watch';
  /** `max_events_per_run`: between two commits, and the span of a bundle. @defaultValue 300 */
  readonly maxPerCommit?: number;
  /** `event_collection_buffer_size`: read, not yet committed; full = reading waits. @defaultValue 10000 */
  readonly bufferSize?: number;
  /** `kubernetes_event_read_timeout_ms`: how long a poll run waits for the first frame of its watch. @defaultValue 2000 */
  readonly readTimeoutMs?: number;
  /** `read_quiet_ms`: after the first frame, it ends this long after the last one. @defaultValue 500 */
  readonly readQuietMs?: number;
  /** `kubernetes_event_resync_period_s`: poll mode lists when the last list is older; 0 = only when the server asks for it. @defaultValue 0 (the Agent: 300 s) */
  readonly resyncPeriodMs?: number;
  /** `checkpoint_interval_ms`: at most one save a period, and one at a run's end and on stop; none if nothing moved. @defaultValue 1000 */
  readonly checkpointIntervalMs?: number;
  /** `commit_timeout_ms`: a commit pending for longer counts as rejected. @defaultValue 30000 */
  readonly commitTimeoutMs?: number;
  /** `batch_window_ms`, watch mode: a batch closes when full or this old. @defaultValue 0, bundled 1000 */
  readonly batchWindowMs?: number;
  /** `token_name`: the ConfigMap's. @defaultValue 'kube-apiserver-check' */
  readonly tokenName?: string;
  /** `page_size`. @defaultValue 2000 */
  readonly pageSize?: number;
  /** `event_ttl_s`: the server's --event-ttl, which no API tells; decides a gap's `loss`. @defaultValue 3600000 */
  readonly eventTtlMs?: number;
  /** `wire`: `auto` asks for protobuf and understands JSON, `protobuf` takes JSON for an error. @defaultValue 'auto' */
  readonly wire?: 'auto' | 'json' | 'protobuf';
  /** `start_from`, where there is no token. @defaultValue 'backlog' */
  readonly startFrom?: 'backlog' | 'now' | { readonly agoMs: number };
  /** `namespaces`: a watch and a token each. @defaultValue the whole cluster */
  readonly namespaces?: readonly string[];
  /** `exclude_namespaces`: globs. @defaultValue [] */
  readonly excludeNamespaces?: readonly string[];
  /**
   * `unbundle_events`, `bundle_unspecified_events`: false = all, true + true = unspecified, true + false = none. With `none` only what
   * `collectedEventTypes` or the default lists name is sent. @defaultValue 'all'
   */
  readonly bundling?: 'all' | 'unspecified' | 'none';
  /** `filtering_enabled`: the Agent's lists of noteworthy events. @defaultValue false */
  readonly defaultFilters?: boolean;
  /** `filtered_event_types`: field selectors; a bare word W is `reason!=W`. @defaultValue [] */
  readonly filteredEventTypes?: readonly string[];
  /** `collected_event_types` */
  readonly collectedEventTypes?: readonly CollectedEventType[];
  /** `event_query`: a CEL expression over the event; true keeps it. */
  readonly query?: string;
  /** `kubernetes_events_source_detection.enabled`. @defaultValue false */
  readonly sourceDetection?: boolean;
  /** `fold_repeats`: the window; 0 = off. @defaultValue 0 */
  readonly foldRepeatsMs?: number;
  /**
   * `look_up`: what is asked of the API server about the objects of events, for their host, `host_provider_id` and `kube_cronjob`. Each
   * needs the right to `get` it; without it, it is off and said once. @defaultValue all three; with `namespaces` no nodes, which are in none
   */
  readonly lookUp?: readonly LookedUp[];
  /** `on_rejected`: an event the sender refuses for good. @defaultValue 'block' */
  readonly onRejected?: 'block' | 'quarantine';
}

/** A kind of object that can be looked up. */
export type LookedUp = 'pods' | 'nodes' | 'jobs';

/** An entry of `collected_event_types`: each given part must be equal; no reasons = any reason. */
export interface CollectedEventType {
  /** involvedObject.kind */
  readonly kind?: string;
  /** The component that made the event. */
  readonly source?: string;
  readonly reasons?: readonly string[];
}
