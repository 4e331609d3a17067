/**
 * What a query sees of an event: the JSON names of core/v1 with their CEL types, read only when the query asks. As in proto3 an absent text
 * is empty and an absent number is 0; an absent time and an absent series have no value, and `has()` tells.
 */
import type { KubeEvent } from '../kube/wire/event.ts';

/** One field of one object of the event. */
export interface Field {
  /** CEL's type, or one of ours. */
  readonly type: string | ObjectType;
  /** Undefined: it has no value, and asking for it is a failure. */
  readonly read: (event: KubeEvent) => unknown;
  /** The answer of `has()`. */
  readonly has: (event: KubeEvent) => boolean;
}

/** An object of the event, with the class of which CEL recognises it: one each, with a getter for each field. */
export interface ObjectType {
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  readonly view: new (event: KubeEvent) => object;
}

/** The getter that `has(object.field)` reads: true or undefined. No identifier of CEL looks like this. */
export const presenceOf = (field: string): string => `${field}?`;

export const timestampType = 'google.protobuf.Timestamp';

const text = (read: (event: KubeEvent) => string): Field => ({
  type: 'string',
  read,
  has: (event) => read(event) !== '',
});

const count = (read: (event: KubeEvent) => number | undefined): Field => ({
  type: 'int',
  read: (event) => BigInt(read(event) ?? 0),
  has: (event) => (read(event) ?? 0) !== 0,
});

const time = (read: (event: KubeEvent) => number | undefined): Field => ({
  type: timestampType,
  read: (event) => {
    const ms = read(event);
    return ms === undefined ? undefined : new Date(ms);
  },
  has: (event) => read(event) !== undefined,
});

const metadata = objectType('ObjectMeta', {
  name: text((event) => event.name),
  namespace: text((event) => event.namespace),
  uid: text((event) => event.uid),
  resourceVersion: text((event) => event.version),
  creationTimestamp: time((event) => event.createdAtMs),
});

const involvedObject = objectType('ObjectReference', {
  kind: text((event) => event.object.kind),
  namespace: text((event) => event.object.namespace),
  name: text((event) => event.object.name),
  uid: text((event) => event.object.uid),
  apiVersion: text((event) => event.object.apiVersion),
});

const source = objectType('EventSource', {
  component: text((event) => event.component),
  host: text((event) => event.host),
});

const series = objectType('EventSeries', {
  count: count((event) => event.series?.count),
  lastObservedTime: time((event) => event.series?.lastAtMs),
});

/** The variable `event`. */
export const eventType = objectType('Event', {
  metadata: { type: metadata, read: (event) => new metadata.view(event), has: () => true },
  involvedObject: { type: involvedObject, read: (event) => new involvedObject.view(event), has: () => true },
  reason: text((event) => event.reason),
  message: text((event) => event.message),
  type: text((event) => event.type),
  source: {
    type: source,
    read: (event) => new source.view(event),
    has: (event) => event.component !== '' || event.host !== '',
  },
  reportingComponent: text((event) => event.reportingComponent),
  count: count((event) => event.count),
  firstTimestamp: time((event) => event.firstAtMs),
  lastTimestamp: time((event) => event.lastAtMs),
  eventTime: time((event) => event.eventAtMs),
  series: {
    type: series,
    read: (event) => (event.series ? new series.view(event) : undefined),
    has: (event) => event.series !== undefined,
  },
});

/** Each before the one that contains it. */
export const objectTypes: readonly ObjectType[] = [metadata, involvedObject, source, series, eventType];

/** The class is made when it is asked for: importing this library must not pay for it. */
function objectType(name: string, fields: Readonly<Record<string, Field>>): ObjectType {
  let view: ObjectType['view'] | undefined;
  return {
    name,
    fields,
    get view() {
      view ??= viewOf(fields);
      return view;
    },
  };
}

function viewOf(fields: Readonly<Record<string, Field>>): ObjectType['view'] {
  const view = class {
    readonly event: KubeEvent;
    constructor(event: KubeEvent) {
      this.event = event;
    }
  };
  for (const [field, { read, has }] of Object.entries(fields)) {
    Object.defineProperties(view.prototype, {
      [field]: {
        get(this: { readonly event: KubeEvent }) {
          return read(this.event);
        },
      },
      [presenceOf(field)]: {
        get(this: { readonly event: KubeEvent }) {
          return has(this.event) || undefined;
        },
      },
    });
  }
  return view;
}
