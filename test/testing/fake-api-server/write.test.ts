import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreEvent, newStyleEvent } from '../../../src/testing/fake-api-server/sample-events.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { ask, startServer } from './client.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const events = '/api/v1/namespaces/default/events';

test('a ConfigMap is made once, and is then there with all of its metadata', async (t) => {
  const server = await startServer(t, { clock: new ManualClock() });
  const absent = await ask(server, `${maps}/event`);
  assert.deepEqual(
    [absent.status, absent.json.message, absent.json.reason, absent.json.details],
    [404, 'configmaps "event" not found', 'NotFound', { name: 'event', kind: 'configmaps' }],
  );
  const body = { metadata: { name: 'event', annotations: { a: 'b' } }, data: { 'event.tokenKey': '5' } };
  const made = await ask(server, maps, { method: 'POST', body });
  assert.equal(made.status, 201);
  const { uid, managedFields, ...metadata } = made.json.metadata;
  assert.deepEqual(metadata, {
    name: 'event',
    namespace: 'default',
    resourceVersion: server.version,
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: { a: 'b' },
  });
  assert.match(uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(
    [managedFields[0].manager, managedFields[0].fieldsV1],
    ['test', { 'f:data': { '.': {}, 'f:event.tokenKey': {} } }],
  );
  assert.deepEqual([made.json.kind, made.json.apiVersion, made.json.data], ['ConfigMap', 'v1', body.data]);
  assert.deepEqual((await ask(server, `${maps}/event`)).json, made.json);
  const twice = await ask(server, maps, { method: 'POST', body });
  assert.deepEqual(
    [twice.status, twice.json.message, twice.json.reason],
    [409, 'configmaps "event" already exists', 'AlreadyExists'],
  );
});

test('a ConfigMap is written over only at the version that was read', async (t) => {
  const server = await startServer(t);
  server.writeConfigMap({ name: 'event' }, { token: '1' });
  const read = (await ask(server, `${maps}/event`)).json;
  const written = await ask(server, `${maps}/event`, { method: 'PUT', body: { ...read, data: { token: '2' } } });
  assert.deepEqual(
    [written.status, written.json.data, written.json.metadata.uid],
    [200, { token: '2' }, read.metadata.uid],
  );
  assert.equal(Number(written.json.metadata.resourceVersion), Number(read.metadata.resourceVersion) + 1);
  const late = await ask(server, `${maps}/event`, { method: 'PUT', body: { ...read, data: { token: '3' } } });
  assert.equal(late.status, 409);
  assert.deepEqual(late.json, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message:
      'Operation cannot be fulfilled on configmaps "event": the object has been modified; please apply your changes to the latest version and try again',
    reason: 'Conflict',
    details: { name: 'event', kind: 'configmaps' },
    code: 409,
  });
  assert.deepEqual(server.configMap({ name: 'event' })?.['data'], { token: '2' });
});

test('a write without version overwrites; one that changes nothing makes no version', async (t) => {
  const server = await startServer(t);
  server.writeConfigMap({ name: 'event' }, { token: '1' });
  const before = server.version;
  const same = await ask(server, `${maps}/event`, {
    method: 'PUT',
    body: { metadata: { name: 'event' }, data: { token: '1' } },
  });
  assert.deepEqual([same.status, same.json.metadata.resourceVersion, server.version], [200, before, before]);
  const other = await ask(server, `${maps}/event`, {
    method: 'PUT',
    body: { metadata: { name: 'event', annotations: { a: 'b' } }, data: { token: '1' } },
  });
  assert.deepEqual([other.status, Number(other.json.metadata.resourceVersion)], [200, Number(before) + 1]);
});

test("another object's uid is a conflict, also after a deletion and a new beginning", async (t) => {
  const server = await startServer(t);
  const make = () => ask(server, maps, { method: 'POST', body: { metadata: { name: 'event' }, data: {} } });
  const first = (await make()).json;
  const deleted = await ask(server, `${maps}/event`, { method: 'DELETE' });
  assert.deepEqual(
    [deleted.status, deleted.json.status, deleted.json.details],
    [200, 'Success', { name: 'event', kind: 'configmaps', uid: first.metadata.uid }],
  );
  assert.equal((await ask(server, `${maps}/event`, { method: 'DELETE' })).status, 404);
  const second = (await make()).json;
  assert.notEqual(second.metadata.uid, first.metadata.uid);
  const { resourceVersion: _, ...metadata } = first.metadata;
  const late = await ask(server, `${maps}/event`, { method: 'PUT', body: { ...first, metadata } });
  assert.deepEqual([late.status, late.json.reason], [409, 'Conflict']);
  assert.match(late.json.message, /Precondition failed: UID in precondition/);
});

const refused: readonly [
  what: string,
  asking: readonly [method: string, path: string, body: unknown],
  status: number,
  message: RegExp,
][] = [
  [
    'a PUT of what is not there',
    ['PUT', `${maps}/none`, { metadata: { name: 'none' } }],
    404,
    /^configmaps "none" not found$/,
  ],
  [
    'a POST into a namespace that is not there',
    ['POST', '/api/v1/namespaces/none/configmaps', { metadata: { name: 'a' } }],
    404,
    /^namespaces "none" not found$/,
  ],
  [
    'a POST with a version',
    ['POST', maps, { metadata: { name: 'a', resourceVersion: '1' } }],
    500,
    /^resourceVersion should not be set on objects to be created$/,
  ],
  [
    'a PUT of another name',
    ['PUT', `${maps}/a`, { metadata: { name: 'b' } }],
    400,
    /the name of the object \(b\) does not match the name on the URL \(a\)/,
  ],
  [
    'a POST for another namespace',
    ['POST', maps, { metadata: { name: 'a', namespace: 'b' } }],
    400,
    /^the namespace of the provided object does not match/,
  ],
  ['a POST without a name', ['POST', maps, { data: {} }], 400, /must be of type ConfigMap/],
  ['a POST of what is no JSON', ['POST', maps, '{'], 400, /json parse error/],
  ['a POST of a list', ['POST', maps, []], 400, /must be of type ConfigMap/],
];
for (const [what, [method, path, body], status, message] of refused)
  test(`${what} is ${status}`, async (t) => {
    const server = await startServer(t);
    const before = server.version;
    const reply = await ask(server, path, { method, body });
    assert.equal(reply.status, status);
    assert.equal(reply.json.code, status);
    assert.match(reply.json.message, message);
    assert.equal(server.version, before);
  });

test('events are written by requests as well; a PUT makes what is not there', async (t) => {
  const server = await startServer(t);
  const made = await ask(server, events, { method: 'POST', body: coreEvent({ name: 'a' }) });
  assert.deepEqual([made.status, made.json.kind, made.json.count], [201, 'Event', 1]);
  assert.equal((await ask(server, `${events}/b`, { method: 'PUT', body: coreEvent({ name: 'b' }) })).status, 201);
  assert.equal(
    (await ask(server, `${events}/b`, { method: 'PUT', body: coreEvent({ name: 'b', count: 2 }) })).status,
    200,
  );
  assert.equal((await ask(server, `${events}/a`, { method: 'DELETE' })).status, 200);
  assert.equal((await ask(server, `${events}/a`)).status, 404);
  assert.deepEqual(
    server.eventVersions.map(({ name, resourceVersion }) => `${name} ${resourceVersion}`),
    ['a 5', 'b 6', 'b 7'],
  );
});

test('a client does not choose uid and creation time, a test may', async (t) => {
  const server = await startServer(t, { clock: new ManualClock() });
  const chosen = { uid: 'mine', creationTimestamp: '2020-01-01T00:00:00Z' };
  const body = coreEvent({ name: 'a' });
  const made = await ask(server, events, {
    method: 'POST',
    body: { ...body, metadata: { ...body.metadata, ...chosen } },
  });
  assert.notEqual(made.json.metadata.uid, 'mine');
  assert.equal(made.json.metadata.creationTimestamp, '2026-01-01T00:00:00Z');
  const added = server.addEvent({ ...body, metadata: { ...body.metadata, ...chosen, name: 'b' } });
  assert.deepEqual([added.metadata.uid, added.metadata.creationTimestamp], ['mine', '2020-01-01T00:00:00Z']);
});

test('methods write as requests do: a name once, an update of what is there, no version without a change', async (t) => {
  const server = await startServer(t);
  const added = server.addEvent(coreEvent({ namespace: 'new', name: 'a' }));
  assert.equal((await ask(server, '/api/v1/namespaces/new')).json.status.phase, 'Active');
  assert.throws(() => server.addEvent(coreEvent({ namespace: 'new', name: 'a' })), /already exists/);
  assert.throws(() => server.updateEvent({ name: 'a' }, { count: 2 }), /no event default\/a/);
  assert.throws(() => server.deleteEvent({ name: 'a' }), /not found/);
  const same = server.updateEvent({ namespace: 'new', name: 'a' }, { count: 1 });
  assert.equal(same.metadata.resourceVersion, added.metadata.resourceVersion);
  const updated = server.updateEvent({ namespace: 'new', name: 'a' }, { count: 2 });
  assert.deepEqual([updated.metadata.uid, updated['count']], [added.metadata.uid, 2]);
  const replaced = server.writeEvent(coreEvent({ namespace: 'new', name: 'a', reason: 'Other' }));
  assert.deepEqual([replaced.metadata.uid, replaced['reason']], [added.metadata.uid, 'Other']);
  assert.deepEqual(server.event({ namespace: 'new', name: 'a' }), replaced);
  server.deleteEvent({ namespace: 'new', name: 'a' });
  assert.equal(server.event({ namespace: 'new', name: 'a' }), undefined);
  assert.notEqual(server.writeEvent(coreEvent({ namespace: 'new', name: 'a' })).metadata.uid, added.metadata.uid);
});

test('a core event looks as the real server shows it', async (t) => {
  const server = await startServer(t, { clock: new ManualClock() });
  const firstAtMs = Date.UTC(2026, 0, 1, 12);
  const { metadata } = server.addEvent(
    coreEvent({ name: 'web-0.1', firstAtMs, lastAtMs: firstAtMs + 61_500, count: 3 }),
  );
  const { json } = await ask(server, `${events}/web-0.1`);
  const { uid } = json.involvedObject;
  assert.deepEqual(json, {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: {
      name: 'web-0.1',
      namespace: 'default',
      uid: metadata.uid,
      resourceVersion: '5',
      creationTimestamp: '2026-01-01T12:00:00Z',
      managedFields: [
        {
          manager: 'kubelet',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-01-01T12:01:01Z',
          fieldsType: 'FieldsV1',
          fieldsV1: {
            'f:count': {},
            'f:firstTimestamp': {},
            'f:involvedObject': {},
            'f:lastTimestamp': {},
            'f:message': {},
            'f:reason': {},
            'f:reportingComponent': {},
            'f:reportingInstance': {},
            'f:source': { 'f:component': {}, 'f:host': {} },
            'f:type': {},
          },
        },
      ],
    },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web-0', uid, apiVersion: 'v1' },
    reason: 'Started',
    message: 'Container started',
    source: { component: 'kubelet', host: 'node-1' },
    firstTimestamp: '2026-01-01T12:00:00Z',
    lastTimestamp: '2026-01-01T12:01:01Z',
    count: 3,
    type: 'Normal',
    eventTime: null,
    reportingComponent: 'kubelet',
    reportingInstance: 'node-1',
  });
  assert.deepEqual(Object.keys(json).slice(0, 4), ['kind', 'apiVersion', 'metadata', 'involvedObject']);
});

test('an event of the new style has neither source, count nor old times, and a series from its second time on', () => {
  const once = newStyleEvent({ firstAtMs: Date.UTC(2026, 0, 1) });
  const { metadata, ...fields } = once;
  assert.deepEqual(fields, {
    involvedObject: fields['involvedObject'],
    reason: 'Scheduled',
    message: 'Successfully assigned default/web-0 to node-1',
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    type: 'Normal',
    eventTime: '2026-01-01T00:00:00.000000Z',
    action: 'Binding',
    reportingComponent: 'default-scheduler',
    reportingInstance: 'default-scheduler-0',
  });
  const [managed] = metadata['managedFields'] as { apiVersion: string; fieldsV1: object }[];
  assert.equal(managed?.apiVersion, 'events.k8s.io/v1');
  assert.deepEqual(Object.keys(managed?.fieldsV1 ?? {}), [
    'f:action',
    'f:eventTime',
    'f:note',
    'f:reason',
    'f:regarding',
    'f:reportingController',
    'f:reportingInstance',
    'f:type',
  ]);
  const twice = newStyleEvent({ count: 2, firstAtMs: 0, lastAtMs: 5250 });
  assert.deepEqual(twice['series'], { count: 2, lastObservedTime: '1970-01-01T00:00:05.250000Z' });
});

test('sample events have a name of their own, the same in each run, and one object has one uid', () => {
  const name = (event: { readonly metadata: { readonly name: string } }): string => event.metadata.name;
  assert.equal(name(coreEvent()), name(coreEvent()));
  assert.match(name(coreEvent()), /^web-0\.[0-9a-f]{16}$/);
  const others = [
    coreEvent(),
    coreEvent({ reason: 'x' }),
    coreEvent({ message: 'y' }),
    coreEvent({ firstAtMs: 5 }),
    newStyleEvent(),
    coreEvent({ component: 'other' }),
  ];
  assert.equal(new Set(others.map(name)).size, others.length);
  const uid = (event: object): unknown => (event as { involvedObject: { uid: string } }).involvedObject.uid;
  assert.equal(uid(coreEvent({ reason: 'a' })), uid(newStyleEvent({ reason: 'b' })));
  assert.notEqual(uid(coreEvent({ namespace: 'a' })), uid(coreEvent({ namespace: 'b' })));
  const node = coreEvent({ object: { kind: 'Node', name: 'node-1' } })['involvedObject'] as { namespace?: string };
  assert.equal(node.namespace, undefined);
});
