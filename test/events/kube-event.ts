/** A core/v1 Event as the API server writes it in JSON, and the decoded event: a decoder of the tests' own, to test the real ones against. */
import type { KubeEvent } from '../../src/kube/wire/event.ts';

export interface CoreEvent {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string | null;
  };
  readonly involvedObject?: Partial<KubeEvent['object']>;
  readonly reason?: string;
  readonly message?: string;
  readonly type?: string;
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly count?: number;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string | null } | null;
  readonly reportingComponent?: string;
}

export function kubeEvent(event: CoreEvent): KubeEvent {
  const { metadata = {}, involvedObject = {}, source = {}, series } = event;
  return {
    uid: metadata.uid ?? '',
    version: metadata.resourceVersion ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    createdAtMs: instant(metadata.creationTimestamp),
    object: {
      kind: involvedObject.kind ?? '',
      namespace: involvedObject.namespace ?? '',
      name: involvedObject.name ?? '',
      uid: involvedObject.uid ?? '',
      apiVersion: involvedObject.apiVersion ?? '',
    },
    reason: event.reason ?? '',
    message: event.message ?? '',
    type: event.type ?? '',
    component: source.component ?? '',
    host: source.host ?? '',
    reportingComponent: event.reportingComponent ?? '',
    firstAtMs: instant(event.firstTimestamp),
    lastAtMs: instant(event.lastTimestamp),
    eventAtMs: instant(event.eventTime),
    count: event.count,
    series: series ? { count: series.count, lastAtMs: instant(series.lastObservedTime) } : undefined,
  };
}

function instant(text: string | null | undefined): number | undefined {
  return text ? Date.parse(text) : undefined;
}

let made = 0;

/** A pod's event, with what a test is about. */
export function anEvent(
  given: Partial<Omit<KubeEvent, 'object'>> & { readonly object?: Partial<KubeEvent['object']> } = {},
): KubeEvent {
  const at = Date.parse('2024-05-29T06:00:51Z');
  const { object, ...rest } = given;
  made++;
  return {
    uid: `event-${made}`,
    version: String(1000 + made),
    namespace: 'shop',
    name: `cart.${made}`,
    createdAtMs: at,
    reason: 'Pulled',
    message: 'Image already present',
    type: 'Normal',
    component: 'kubelet',
    host: '',
    reportingComponent: '',
    firstAtMs: at,
    lastAtMs: at,
    eventAtMs: undefined,
    count: 1,
    series: undefined,
    ...rest,
    object: { kind: 'Pod', namespace: 'shop', name: 'cart', uid: 'u-cart', apiVersion: 'v1', ...object },
  };
}
