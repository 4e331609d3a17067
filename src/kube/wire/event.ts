/**
 * A Kubernetes event as decoded from the wire: only the fields this library uses, flat. As in proto3, an absent text is empty and an
 * absent object has empty texts; an absent time or number is undefined. Both codecs make exactly this.
 *
 * @see https://github.com/kubernetes/api/blob/v0.36.3/core/v1/types.go (type Event)
 */
export interface KubeEvent {
  readonly uid: string;
  /** metadata.resourceVersion: opaque, compared by `kube/version.ts`. */
  readonly version: string;
  readonly namespace: string;
  readonly name: string;
  readonly createdAtMs: number | undefined;
  /** involvedObject */
  readonly object: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly apiVersion: string;
  };
  readonly reason: string;
  readonly message: string;
  readonly type: string;
  /** source.component: empty on events made through events.k8s.io. */
  readonly component: string;
  /** source.host */
  readonly host: string;
  /** reportingComponent (core/v1's JSON name of ReportingController). */
  readonly reportingComponent: string;
  readonly firstAtMs: number | undefined;
  readonly lastAtMs: number | undefined;
  /** eventTime, cut to whole milliseconds. */
  readonly eventAtMs: number | undefined;
  readonly count: number | undefined;
  readonly series: { readonly count: number | undefined; readonly lastAtMs: number | undefined } | undefined;
}
