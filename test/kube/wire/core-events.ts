/** Arbitrary core/v1 events as an API server shows them in JSON. */
import fc from 'fast-check';

export const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '☸', '\ufeffmark', '𝒳', '\u2028', 'Pod', 'x'.repeat(300)),
);
export const version = fc.oneof(fc.bigInt({ min: 1n, max: 2n ** 64n - 2n }).map(String), text);

/** Of the years 0 to 9999. */
const second = fc
  .integer({ min: -62_167_219_200, max: 253_402_300_799 })
  .map((seconds) => new Date(seconds * 1000).toISOString().slice(0, 19));
const time = fc.option(second.map((at) => `${at}Z`));
const microTime = fc.option(
  fc
    .tuple(second, fc.integer({ min: 0, max: 999_999 }))
    .map(([at, micros]) => `${at}.${`${micros}`.padStart(6, '0')}Z`),
);
/** 0 is not shown. */
const count = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).filter((value) => value !== 0);
const reference = fc.record(
  { kind: text, namespace: text, name: text, uid: text, apiVersion: text, resourceVersion: text, fieldPath: text },
  { requiredKeys: [] },
);

export const coreEvent = fc.record(
  {
    metadata: fc.record(
      {
        name: text,
        namespace: text,
        uid: fc.oneof(fc.uuid(), text),
        resourceVersion: version,
        creationTimestamp: time,
        labels: fc.dictionary(text, text, { maxKeys: 3 }),
        annotations: fc.dictionary(text, text, { maxKeys: 3 }),
        managedFields: fc.array(fc.record({ manager: text, time, fieldsType: text, fieldsV1: fc.object() }), {
          maxLength: 2,
        }),
      },
      { requiredKeys: [] },
    ),
    involvedObject: reference,
    reason: text,
    message: text,
    source: fc.record({ component: text, host: text }, { requiredKeys: [] }),
    firstTimestamp: time,
    lastTimestamp: time,
    count,
    type: text,
    eventTime: microTime,
    series: fc.record({ count, lastObservedTime: microTime }, { requiredKeys: ['lastObservedTime'] }),
    action: text,
    related: reference,
    reportingComponent: text,
    reportingInstance: text,
  },
  { requiredKeys: ['metadata', 'involvedObject', 'source'] },
);
