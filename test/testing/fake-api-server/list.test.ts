import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { FakeApiServer } from '../../../src/testing/fake-api-server/fake-api-server.ts';
import { coreEvent } from '../../../src/testing/fake-api-server/sample-events.ts';
import { ask, names, open, type Reply, startServer } from './client.ts';

const events = '/api/v1/events';

/** Versions 5 to 8; then b/e1 is written anew, as 9. Keys: a/e2, b/e1, b/e3, default/e0. */
async function fourEvents(t: TestContext): Promise<FakeApiServer> {
  const server = await startServer(t);
  server.addNamespace('a');
  server.addNamespace('b');
  for (const [namespace, name] of [
    ['b', 'e1'],
    ['a', 'e2'],
    ['b', 'e3'],
    ['default', 'e0'],
  ] as const)
    server.addEvent(coreEvent({ namespace, name }));
  server.updateEvent({ namespace: 'b', name: 'e1' }, { count: 2 });
  return server;
}

const all = ['a/e2', 'b/e1', 'b/e3', 'default/e0'];

const ageOf = (reply: Reply): readonly unknown[] => [
  reply.status,
  reply.json.reason,
  reply.json.code,
  reply.json.message,
];

test('a list has all objects in the order of their keys, not of their versions, and the newest version', async (t) => {
  const server = await fourEvents(t);
  const reply = await ask(server, events);
  assert.equal(reply.status, 200);
  assert.equal(reply.headers['content-type'], 'application/json');
  assert.deepEqual([reply.json.kind, reply.json.apiVersion], ['EventList', 'v1']);
  assert.deepEqual(reply.json.metadata, { resourceVersion: server.version });
  assert.deepEqual(names(reply), all);
  assert.ok(!('kind' in reply.json.items[0]), 'the type stands once, in the list');
  assert.deepEqual(names(await ask(server, '/api/v1/namespaces/b/events')), ['b/e1', 'b/e3']);
  assert.deepEqual(
    names(await ask(server, '/api/v1/namespaces/nobody/events')),
    [],
    'a namespace that does not exist is empty',
  );
});

test('pages are one snapshot, that of the first page', async (t) => {
  const server = await fourEvents(t);
  const first = await ask(server, `${events}?limit=1`);
  const { resourceVersion, continue: token, remainingItemCount } = first.json.metadata;
  assert.deepEqual([names(first), remainingItemCount, resourceVersion], [['a/e2'], 3, server.version]);
  server.deleteEvent({ namespace: 'b', name: 'e1' });
  server.updateEvent({ namespace: 'b', name: 'e3' }, { count: 7 });
  server.addEvent(coreEvent({ namespace: 'b', name: 'e2' }));
  const second = await ask(server, `${events}?limit=2&continue=${token}`);
  assert.deepEqual(names(second), ['b/e1', 'b/e3']);
  assert.equal(second.json.items[1].count, 1);
  assert.equal(second.json.metadata.resourceVersion, resourceVersion);
  assert.equal(second.json.metadata.remainingItemCount, 1);
  const rest = await ask(server, `${events}?continue=${second.json.metadata.continue}`);
  assert.deepEqual(names(rest), ['default/e0']);
  assert.deepEqual(rest.json.metadata, { resourceVersion }, 'the last page has no token');
  assert.deepEqual(names(await ask(server, events)), ['a/e2', 'b/e2', 'b/e3', 'default/e0']);
});

test('a limit that is just reached leaves no token', async (t) => {
  const server = await fourEvents(t);
  assert.equal((await ask(server, `${events}?limit=4`)).json.metadata.continue, undefined);
  assert.notEqual((await ask(server, `${events}?limit=3`)).json.metadata.continue, undefined);
  for (const limit of ['0', '-1']) assert.equal((await ask(server, `${events}?limit=${limit}`)).json.items.length, 4);
});

test('an expired continue token is 410, and its answer has another one that goes on with the rest at the newest version', async (t) => {
  const server = await fourEvents(t);
  const { continue: token, resourceVersion } = (await ask(server, `${events}?limit=2`)).json.metadata;
  server.writeEvent(coreEvent({ namespace: 'a', name: 'e2', count: 9 }));
  server.writeEvent(coreEvent({ namespace: 'b', name: 'e3', count: 9 }));
  server.compact();
  const expired = await ask(server, `${events}?limit=2&continue=${token}`);
  assert.deepEqual([expired.status, expired.json.reason, expired.json.code], [410, 'Expired', 410]);
  assert.match(expired.json.message, /^The provided continue parameter is too old/);
  const rest = await ask(server, `${events}?limit=1&continue=${expired.json.metadata.continue}`);
  assert.deepEqual(names(rest), ['b/e3']);
  assert.equal(rest.json.items[0].count, 9);
  assert.notEqual(rest.json.metadata.resourceVersion, resourceVersion);
  assert.equal(rest.json.metadata.resourceVersion, server.version);
  assert.deepEqual(names(await ask(server, `${events}?limit=1&continue=${rest.json.metadata.continue}`)), [
    'default/e0',
  ]);
});

test('continue tokens can be made to expire while their versions are held', async (t) => {
  const server = await fourEvents(t);
  const { continue: token, resourceVersion } = (await ask(server, `${events}?limit=2`)).json.metadata;
  server.expireContinueTokens();
  assert.equal((await ask(server, `${events}?limit=2&continue=${token}`)).status, 410);
  assert.equal((await ask(server, `${events}?limit=2&resourceVersion=${resourceVersion}`)).status, 200);
  const fresh = (await ask(server, `${events}?limit=2`)).json.metadata.continue;
  assert.equal((await ask(server, `${events}?limit=2&continue=${fresh}`)).status, 200);
});

test('a saved token is accepted for another selector and another namespace without error', async (t) => {
  const server = await fourEvents(t);
  const { continue: token } = (await ask(server, `${events}?limit=2`)).json.metadata;
  assert.equal((await ask(server, `${events}?continue=${token}&fieldSelector=type%3DWarning`)).status, 200);
  assert.deepEqual(names(await ask(server, `/api/v1/namespaces/b/events?continue=${token}`)), ['b/e1', 'b/e3']);
});

test('a token of a namespace goes on within it', async (t) => {
  const server = await fourEvents(t);
  const { continue: token } = (await ask(server, '/api/v1/namespaces/b/events?limit=1')).json.metadata;
  assert.deepEqual(names(await ask(server, `/api/v1/namespaces/b/events?continue=${token}`)), ['b/e3']);
});

test('with a limit a version is that version exactly, as it then was', async (t) => {
  const server = await fourEvents(t);
  const [first] = server.eventVersions;
  const reply = await ask(server, `${events}?limit=10&resourceVersion=${first?.resourceVersion}`);
  assert.deepEqual(names(reply), ['b/e1']);
  assert.equal(reply.json.items[0].count, 1);
  assert.equal(reply.json.metadata.resourceVersion, first?.resourceVersion);
});

test('without a limit a version is at least that version', async (t) => {
  const server = await fourEvents(t);
  const version = server.eventVersions[0]?.resourceVersion;
  for (const query of [
    `resourceVersion=${version}`,
    `limit=9&resourceVersion=${version}&resourceVersionMatch=NotOlderThan`,
    'resourceVersion=0&limit=9',
  ]) {
    const reply = await ask(server, `${events}?${query}`);
    assert.deepEqual([names(reply), reply.json.metadata.resourceVersion], [all, server.version], query);
  }
  const exact = await ask(server, `${events}?resourceVersion=${version}&resourceVersionMatch=Exact`);
  assert.deepEqual(names(exact), ['b/e1']);
});

test('a version that is compacted away is 410, the oldest that is held is not', async (t) => {
  const server = await fourEvents(t);
  const [first, second, third] = server.eventVersions.map(({ resourceVersion }) => resourceVersion);
  server.compact(second);
  assert.deepEqual(ageOf(await ask(server, `${events}?limit=1&resourceVersion=${first}`)), [
    410,
    'Expired',
    410,
    'The resourceVersion for the provided list is too old.',
  ]);
  assert.deepEqual(names(await ask(server, `${events}?limit=9&resourceVersion=${second}`)), ['a/e2', 'b/e1']);
  assert.deepEqual(names(await ask(server, `${events}?limit=9&resourceVersion=${third}`)), ['a/e2', 'b/e1', 'b/e3']);
  assert.deepEqual(names(await ask(server, events)), all, 'what is there now stays');
});

for (const query of ['limit=1&resourceVersion=', 'resourceVersion='])
  test(`a version above the newest is 504 with its cause, whatever its size: ${query}`, async (t) => {
    const server = await fourEvents(t);
    for (const version of [BigInt(server.version) + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      const reply = await ask(server, `${events}?${query}${version}`);
      assert.equal(reply.status, 504);
      assert.deepEqual(reply.json, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `Timeout: Too large resource version: ${version}, current: ${server.version}`,
        reason: 'Timeout',
        details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
        code: 504,
      });
    }
    assert.equal((await ask(server, `${events}?${query}${server.version}`)).status, 200);
  });

test('a continue token of a version above the newest is 504 too', async (t) => {
  const server = await fourEvents(t);
  const { continue: token } = (await ask(server, `${events}?limit=2`)).json.metadata;
  server.rewriteHistory(server.eventVersions[1]?.resourceVersion ?? '');
  assert.equal(
    (await ask(server, `${events}?limit=2&continue=${token}`)).json.details.causes[0].reason,
    'ResourceVersionTooLarge',
  );
});

const wrong: readonly [query: string, message: string][] = [
  ['limit=abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
  [
    'resourceVersion=abc',
    'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  ],
  [
    'resourceVersion=18446744073709551616',
    'invalid resource version: resourceVersion: Invalid value: "18446744073709551616": strconv.ParseUint: parsing "18446744073709551616": value out of range',
  ],
  ['continue=abc', 'invalid continue token: continue key is not valid: not a token of this server'],
];
for (const [query, message] of wrong)
  test(`a wrong parameter is 400: ${query}`, async (t) => {
    const server = await fourEvents(t);
    assert.deepEqual(ageOf(await ask(server, `${events}?${query}`)), [400, 'BadRequest', 400, message]);
  });

test('a version beside a continue token is 400, unless it is 0', async (t) => {
  const server = await fourEvents(t);
  const { continue: token } = (await ask(server, `${events}?limit=2`)).json.metadata;
  const reply = await ask(server, `${events}?limit=2&continue=${token}&resourceVersion=5`);
  assert.deepEqual(
    [reply.status, reply.json.message],
    [400, 'specifying resource version is not allowed when using continue'],
  );
  assert.equal((await ask(server, `${events}?limit=2&continue=${token}&resourceVersion=0`)).status, 200);
});

const selectors: readonly [selector: string, found: readonly string[]][] = [
  ['', ['w', 'x', 'y']],
  ['type=Warning', ['w']],
  ['type==Warning', ['w']],
  ['type!=Warning', ['x', 'y']],
  ['reason=BackOff,type=Warning', ['w']],
  ['reason=BackOff,type=Normal', []],
  [',reason=BackOff,', ['w']],
  ['involvedObject.kind=Node', ['x']],
  ['involvedObject.name=cart-0,involvedObject.namespace=default', ['w']],
  ['source=kubelet', ['w', 'x']],
  ['source=default-scheduler', ['y']],
  ['reportingComponent=default-scheduler', ['y']],
  ['metadata.name=x', ['x']],
  ['metadata.namespace=default', ['w', 'x', 'y']],
  ['metadata.namespace=other', []],
  ['reason=with\\,comma\\=and\\\\more', ['x']],
  ['involvedObject.fieldPath=', ['x', 'y']],
];
for (const [selector, found] of selectors)
  test(`the field selector '${selector}' finds ${found.join(', ') || 'nothing'}`, async (t) => {
    const server = await startServer(t);
    const object = { kind: 'Pod', name: 'cart-0', fieldPath: 'spec.containers{app}' };
    server.addEvent(coreEvent({ name: 'w', type: 'Warning', reason: 'BackOff', object }));
    server.addEvent(coreEvent({ name: 'x', reason: 'with,comma=and\\more', object: { kind: 'Node', name: 'node-1' } }));
    server.addEvent(newStyleEventNamed('y'));
    const reply = await ask(server, `${events}?fieldSelector=${encodeURIComponent(selector)}`);
    assert.deepEqual(
      names(reply),
      found.map((name) => `default/${name}`),
    );
  });

const newStyleEventNamed = (name: string) => coreEvent({ name, component: 'default-scheduler' });

const refusedSelectors: readonly [selector: string, message: string][] = [
  ['bogus=1', 'field label not supported: bogus'],
  ['=x', 'field label not supported: '],
  ['reason=a, type=b', 'field label not supported:  type'],
  ['source.component=kubelet', 'field label not supported: source.component'],
  ['reason', "invalid selector: 'reason'; can't understand 'reason'"],
  ['reason in (a)', "invalid selector: 'reason in (a)'; can't understand 'reason in (a)'"],
  ['reason=a=b', 'invalid field selector: unescaped character in value: 61'],
  ['reason=a\\b', 'invalid field selector: invalid escape sequence: \\b'],
  ['reason=a\\', 'invalid field selector: invalid escape sequence: \\'],
];
for (const [selector, message] of refusedSelectors)
  test(`the field selector '${selector}' is 400, of a list and of a watch`, async (t) => {
    const server = await startServer(t);
    for (const query of ['', '&watch=true']) {
      const reply = await ask(server, `${events}?fieldSelector=${encodeURIComponent(selector)}${query}`);
      assert.deepEqual(ageOf(reply), [400, 'BadRequest', 400, message]);
    }
  });

test('pages of a selection say no remaining count, and a page may be empty though more are to be looked at', async (t) => {
  const server = await startServer(t);
  for (const [name, type] of [
    ['a', 'Warning'],
    ['b', 'Normal'],
    ['c', 'Normal'],
  ] as const)
    server.addEvent(coreEvent({ name, type }));
  const query = `${events}?fieldSelector=type%3DWarning&limit=1`;
  const first = await ask(server, query);
  assert.deepEqual([names(first), first.json.metadata.remainingItemCount], [['default/a'], undefined]);
  const second = await ask(server, `${query}&continue=${first.json.metadata.continue}`);
  assert.deepEqual([names(second), second.json.metadata.continue], [[], undefined]);
});

test('large lists are compressed for whom asks for it, if the server was told to', async (t) => {
  const server = await startServer(t, { gzip: true });
  const accept = { headers: { 'Accept-Encoding': 'gzip' } };
  server.addEvent(coreEvent({ name: 'small' }));
  assert.equal((await ask(server, events, accept)).headers['content-encoding'], undefined);
  server.addEvent(coreEvent({ name: 'large', message: 'x'.repeat(200_000) }));
  const message = await open(server, events, accept);
  assert.equal(message.headers['content-encoding'], 'gzip');
  const body = Buffer.concat(await message.toArray());
  assert.equal(JSON.parse(gunzipSync(body).toString()).items.length, 2);
  assert.equal((await ask(server, events)).headers['content-encoding'], undefined);
});

test('versions are of any size', async (t) => {
  const server = await startServer(t, { firstVersion: '9007199254740991' });
  server.addEvent(coreEvent({ name: 'a' }));
  server.addEvent(coreEvent({ name: 'b' }));
  assert.deepEqual(
    server.eventVersions.map(({ resourceVersion }) => resourceVersion),
    ['9007199254740996', '9007199254740997'],
  );
  const { continue: token } = (await ask(server, `${events}?limit=1`)).json.metadata;
  server.addEvent(coreEvent({ name: 'c' }));
  assert.deepEqual(names(await ask(server, `${events}?continue=${token}`)), ['default/b']);
});
