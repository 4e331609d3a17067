/**
 * Where results go: the port that a host injects, and the three kinds of thing handed over to it.
 * A sink needs no other file to be written against.
 */

interface Target {
  /** `key:value`, split at its first colon; a key may occur twice. */
  readonly tags?: readonly string[];
  /** Absent: about no host in particular; a sink may put its own. */
  readonly hostname?: string;
}

/** One measured value. */
export interface MetricSample extends Target {
  readonly name: string;
  readonly value: number;
}

/** The state of something, as a verdict. */
export interface ServiceCheck extends Target {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'critical' | 'unknown';
  readonly message?: string;
}

/** What a sink gets: one or more Kubernetes events, ready to be shown. */
export interface CheckEvent extends Target {
  /** One source: its id. Several: SHA-256 (hex) of their ids, sorted, one a line. Stable over retries; after a crash a bundle may be cut otherwise. */
  readonly id: string;
  /** What it tells of, in reading order: never empty, none in two events of one delivery. A folded storm names its last. Deduplicate by these. */
  readonly sources: readonly [SourceEvent, ...SourceEvent[]];
  /** Text from the cluster: untrusted, like `text`. */
  readonly title: string;
  /** At most 4000 characters: longer text is cut and marked, never split over two events. */
  readonly text: string;
  readonly timestampMs: number;
  readonly tags: readonly string[];
  readonly alertType: 'info' | 'warning';
  readonly priority: 'normal' | 'low';
  readonly aggregationKey: string;
  readonly sourceTypeName: string;
  readonly eventType: string;
}

/** The facts of one Kubernetes event, both styles (core/v1 and events.k8s.io) normalised, so that no sink parses titles. */
export interface SourceEvent {
  /** `<uid>:<resourceVersion>` */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: ObjectRef;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  /** series.count, else count, else 1. */
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** A Kubernetes object that something is about. */
export interface ObjectRef {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly apiVersion?: string;
}

/**
 * Where results go. Hand-over is synchronous, only buffers and must not throw (a throw fails the unit: `SENDER_THREW`).
 * At most `events.maxPerCommit` events are handed over between two commits, so a buffer needs no bound of its own.
 */
export interface Sender {
  /** What a resolved commit means: `accepted` by the destination, `written` to a local medium, `none` (UDP). @defaultValue 'accepted' */
  readonly acks?: 'accepted' | 'written' | 'none';
  gauge(sample: MetricSample): void;
  /** `value` is the increase since the last call. */
  count(sample: MetricSample): void;
  serviceCheck(check: ServiceCheck): void;
  event(event: CheckEvent): void;
  /**
   * Makes safe what was handed over before this call; what comes while it is pending belongs to the next. Never two at once.
   * A rejection acknowledges nothing: forget the batch. The *same event objects* come again after a backoff; gauges, counts and
   * service checks do not. To refuse single events for good, reject with `EventsRejectedError`. After an abort, a late
   * success is ignored.
   */
  commit(options: { readonly signal: AbortSignal }): Promise<void>;
}
