import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKubeCheckError } from '../../src/errors.ts';
import type { KubeRequest } from '../../src/kube-api.ts';
import { ConfigMapTokenStore } from '../../src/tokens/config-map.ts';
import { type ConfigMapApi, type ConfigMapWorld, configMapApi, type Scripted } from './config-map-api.ts';

const signal = new AbortController().signal;
const options = { signal };
const namespace = 'monitoring';
const listedAtMs = Date.UTC(2024, 4, 29, 6, 8, 20);
const token = (resourceVersion: string) => ({ resourceVersion, listedAtMs });
const stored = (resourceVersion: string) => ({
  data: { 'event.tokenKey': resourceVersion, 'event.tokenTimestamp': '2024-05-29T06:08:20Z' },
});
const methods = ({ requests }: ConfigMapApi) => requests.map(({ method }) => method);

function storeOn(world: ConfigMapWorld = {}): { readonly api: ConfigMapApi; readonly store: ConfigMapTokenStore } {
  const api = configMapApi(world);
  return { api, store: new ConfigMapTokenStore({ api, namespace, ...(world.name ? { name: world.name } : {}) }) };
}

describe('what is written', () => {
  test("are the Agent's keys, the time in whole seconds", async () => {
    const { api, store } = storeOn();
    await store.save('event', { resourceVersion: '500', listedAtMs: listedAtMs + 987 }, options);
    assert.deepEqual(api.configMap?.data, { 'event.tokenKey': '500', 'event.tokenTimestamp': '2024-05-29T06:08:20Z' });
  });

  test('leaves everything else of the ConfigMap as it is', async () => {
    const others = {
      data: { 'cm-id': 'a', 'event.tokenKey': '1', 'other.tokenKey': '9' },
      binaryData: { logo: 'AAEC' },
      immutable: false,
    };
    const metadata = {
      labels: { app: 'agent' },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'kube-apiserver-check/other': 'x' },
      ownerReferences: [{ uid: 'o' }],
      finalizers: ['f'],
    };
    const { api, store } = storeOn({ configMap: { ...others, metadata } });
    const before = api.configMap ?? assert.fail();
    const relist = { continueToken: 'c', resourceVersion: '9', since: '5' };
    await store.save('event', { ...token('5'), relist }, { signal, fence: { holder: 'me', term: 1 } });
    await store.save('event', token('9'), options);
    const { data, metadata: after, ...rest } = api.configMap ?? assert.fail();
    assert.deepEqual(data, { ...others.data, 'event.tokenKey': '9', 'event.tokenTimestamp': '2024-05-29T06:08:20Z' });
    assert.deepEqual(rest, { apiVersion: 'v1', kind: 'ConfigMap', binaryData: others.binaryData, immutable: false });
    assert.deepEqual(after, {
      ...before.metadata,
      resourceVersion: after.resourceVersion,
      annotations: { ...metadata.annotations, 'kube-apiserver-check/fence': '{"holder":"me","term":1}' },
    });
    await store.remove('event', options);
    const { 'event.tokenKey': _gone, ...kept } = others.data;
    assert.deepEqual(api.configMap?.data, kept);
    assert.deepEqual(api.configMap?.binaryData, others.binaryData);
    assert.deepEqual(api.configMap?.metadata.annotations, after.annotations);
  });

  test('carries the uid and the version that were read, each time', async () => {
    const { api, store } = storeOn({ configMap: stored('1') });
    for (const version of ['2', '3', '4']) {
      const before = api.configMap?.metadata ?? assert.fail();
      await store.save('event', token(version), options);
      const { uid, resourceVersion } = api.requests.at(-1)?.body?.metadata ?? assert.fail();
      assert.deepEqual([uid, resourceVersion], [before.uid, before.resourceVersion]);
    }
    assert.deepEqual(methods(api), ['GET', 'PUT', 'PUT', 'PUT'], 'and is read once');
  });

  test('is nothing where nothing newer is to be stored', async () => {
    const { api, store } = storeOn({ configMap: stored('900') });
    assert.deepEqual(await store.save('event', token('500'), options), token('900'));
    assert.deepEqual(methods(api), ['GET']);
  });

  test('names are those that were given', async () => {
    const { api, store } = storeOn({ name: 'datadogtoken' });
    await store.save('event', token('1'), options);
    assert.deepEqual(
      api.requests.map(({ method, path }) => `${method} ${path}`),
      [
        'GET /api/v1/namespaces/monitoring/configmaps/datadogtoken',
        'POST /api/v1/namespaces/monitoring/configmaps',
        'PUT /api/v1/namespaces/monitoring/configmaps/datadogtoken',
      ],
    );
    assert.equal(api.requests[1]?.body?.metadata.name, 'datadogtoken');
  });

  test('names its annotations so that an API server takes them, whatever the namespace', async () => {
    const { api, store } = storeOn();
    const key = `event.${'n'.repeat(63)}`;
    await store.save(
      key,
      { ...token('5'), wholeAtMs: 5, relist: { continueToken: 'c', resourceVersion: '9', since: '5' } },
      { signal, fence: { holder: 'me', term: 1 } },
    );
    const names = Object.keys(api.configMap?.metadata.annotations ?? {});
    assert.equal(names.length, 3);
    for (const name of names) assert.match(name, /^[a-z0-9.-]{1,253}\/[A-Za-z0-9][A-Za-z0-9._-]{0,61}[A-Za-z0-9]$/);
    for (const dataKey of Object.keys(api.configMap?.data ?? {})) assert.match(dataKey, /^[-._a-zA-Z0-9]{1,253}$/);
  });
});

describe('what proves the token', () => {
  const witness = { namespace: 'shop', name: 'web.1', uid: 'u', version: '4' };
  const annotations = ({ configMap }: ConfigMapApi) => configMap?.metadata.annotations;

  test('is one annotation, by key, and says of which token it is', async () => {
    const { api, store } = storeOn();
    await store.save('event', { ...token('5'), wholeAtMs: 7, witness }, options);
    await store.save('event.shop', { ...token('9'), wholeAtMs: 8 }, options);
    assert.deepEqual(JSON.parse(annotations(api)?.['kube-apiserver-check/seen'] ?? ''), {
      event: { at: '5', wholeAtMs: 7, witness },
      'event.shop': { at: '9', wholeAtMs: 8 },
    });
  });

  test('goes with the token, or with one that nothing proves; what else is there stays', async () => {
    const others = { 'event.shop': { at: '9', wholeAtMs: 8, more: 'x' } };
    const metadata = { annotations: { 'kube-apiserver-check/seen': JSON.stringify(others) } };
    const { api, store } = storeOn({ configMap: { ...stored('1'), metadata } });
    await store.save('event', { ...token('5'), witness }, options);
    await store.save('event', token('6'), options);
    assert.deepEqual(annotations(api), metadata.annotations);
    await store.save('event', { ...token('7'), witness }, options);
    await store.remove('event', options);
    assert.deepEqual(annotations(api), metadata.annotations);
    await store.save('event.shop', token('9'), options);
    assert.deepEqual(annotations(api), {});
  });
});

describe('the ConfigMap', () => {
  test('is created where there is none, then written', async () => {
    const { api, store } = storeOn();
    assert.equal(await store.load('event', options), undefined);
    assert.deepEqual(methods(api), ['GET'], 'loading creates nothing');
    assert.deepEqual(await store.save('event', token('500'), options), token('500'));
    assert.deepEqual(methods(api), ['GET', 'GET', 'POST', 'PUT']);
  });

  test('is not created to remove a token from it', async () => {
    const { api, store } = storeOn();
    await store.remove('event', options);
    assert.deepEqual(methods(api), ['GET']);
  });

  test('created by somebody else in between is read, and its newer token stays', async () => {
    const { api, store } = storeOn({
      before: ({ method }) => method === 'POST' && !api.configMap && api.recreate(stored('900')),
    });
    assert.deepEqual(await store.save('event', token('500'), options), token('900'));
    assert.deepEqual(methods(api), ['GET', 'POST', 'GET']);
  });

  test('deleted in between is made anew', async () => {
    const { api, store } = storeOn({ configMap: stored('1') });
    await store.load('event', options);
    api.configMap = undefined;
    await store.save('event', token('500'), options);
    assert.deepEqual(methods(api), ['GET', 'PUT', 'GET', 'POST', 'PUT']);
    assert.equal(api.configMap?.['data' as never]?.['event.tokenKey'], '500');
  });

  test('deleted and made anew by somebody else is not overwritten unread', async () => {
    const { api, store } = storeOn({ configMap: stored('1') });
    await store.load('event', options);
    api.recreate({ data: { 'event.tokenKey': '900', mine: 'x' } });
    assert.deepEqual(await store.save('event', token('500'), options), { resourceVersion: '900' });
    assert.deepEqual(api.configMap?.data, { 'event.tokenKey': '900', mine: 'x' });
  });

  test('deleted while a token is removed from it is not made anew', async () => {
    const { api, store } = storeOn({ configMap: stored('1') });
    await store.load('event', options);
    api.configMap = undefined;
    await store.remove('event', options);
    assert.deepEqual(methods(api), ['GET', 'PUT', 'GET']);
  });

  for (const status of [400, 401, 403, 409, 429, 500, 503]) {
    test(`is not created because reading it fails with ${status}`, async () => {
      const { api, store } = storeOn({ script: { GET: Array(4).fill(status) } });
      await assert.rejects(store.save('event', token('500'), options), { code: 'TOKEN_STORE_FAILED' });
      await assert.rejects(store.remove('event', options), { code: 'TOKEN_STORE_FAILED' });
      assert.ok(!methods(api).includes('POST'));
    });
  }

  for (const answer of [
    {},
    null,
    [],
    'text',
    { kind: 'Status', metadata: {} },
    { metadata: { resourceVersion: '' } },
  ]) {
    test(`is not what answers ${JSON.stringify(answer)}: nothing is written over it`, async () => {
      const { api, store } = storeOn({ script: { GET: [{ answers: answer }, { answers: answer }] } });
      const refused = { code: 'TOKEN_STORE_FAILED', details: { causeCode: 'API_MALFORMED' } };
      await assert.rejects(store.load('event', options), refused);
      await assert.rejects(store.save('event', token('500'), options), refused);
      assert.deepEqual(methods(api), ['GET', 'GET']);
    });
  }
});

describe('what is read', () => {
  const table: readonly (readonly [string, Readonly<Record<string, unknown>>, unknown])[] = [
    ['nothing in it', {}, undefined],
    ['other keys only', { 'other.tokenKey': '5' }, undefined],
    ['a token without a time', { 'event.tokenKey': '5' }, { resourceVersion: '5' }],
    ['a time without a token', { 'event.tokenTimestamp': '2024-05-29T06:08:20Z' }, { resourceVersion: '', listedAtMs }],
    ['an empty token', { 'event.tokenKey': '' }, { resourceVersion: '' }],
    ['a token that is no version, unjudged', { 'event.tokenKey': 'abc' }, { resourceVersion: 'abc' }],
    ['an unreadable time', { 'event.tokenKey': '5', 'event.tokenTimestamp': 'yesterday' }, { resourceVersion: '5' }],
    ['values that are no text', { 'event.tokenKey': 5, 'event.tokenTimestamp': null }, undefined],
  ];
  for (const [what, data, expected] of table) {
    test(what, async () => {
      const { store } = storeOn({ configMap: { data } });
      assert.deepEqual(await store.load('event', options), expected);
    });
  }

  for (const [what, annotation] of [
    ['no JSON', '{'],
    ['no object', '7'],
    ['for another key', '{"event.shop":{"continueToken":"c","resourceVersion":"9"}}'],
    ['without a continue token', '{"event":{"resourceVersion":"9"}}'],
    ['without a version', '{"event":{"continueToken":"c"}}'],
    ['with a version that is none', '{"event":{"continueToken":"c","resourceVersion":"0"}}'],
    ['above a version that is none', '{"event":{"continueToken":"c","resourceVersion":"9","since":"x"}}'],
  ] as const) {
    test(`the place of a list that is ${what} is none`, async () => {
      const metadata = { annotations: { 'kube-apiserver-check/relist': annotation } };
      const { store } = storeOn({ configMap: { ...stored('5'), metadata } });
      assert.deepEqual(await store.load('event', options), token('5'));
    });
  }

  const witness = { namespace: 'shop', name: 'web.1', uid: 'u', version: '4' };
  const seen = (entry: object | string) => ({
    annotations: { 'kube-apiserver-check/seen': typeof entry === 'string' ? entry : JSON.stringify(entry) },
  });

  test('what proves the token, with it', async () => {
    const metadata = seen({ event: { at: '5', wholeAtMs: 7, witness }, 'event.shop': { at: '5' } });
    const { store } = storeOn({ configMap: { ...stored('5'), metadata } });
    assert.deepEqual(await store.load('event', options), { ...token('5'), wholeAtMs: 7, witness });
  });

  for (const [what, entry] of [
    ['no JSON', '{'],
    ['no object', '7'],
    ["another key's", { 'event.shop': { at: '5', wholeAtMs: 7, witness } }],
    ["another token's", { event: { at: '6', wholeAtMs: 7, witness } }],
    ["nobody's", { event: { wholeAtMs: 7, witness } }],
  ] as const) {
    test(`what proves the token is none that is ${what}`, async () => {
      const { store } = storeOn({ configMap: { ...stored('5'), metadata: seen(entry) } });
      assert.deepEqual(await store.load('event', options), token('5'));
    });
  }

  test('a token that was edited by hand, or written by the Agent, as one that nothing proves', async () => {
    const { api, store } = storeOn();
    await store.save('event', { ...token('5'), wholeAtMs: 7, witness }, options);
    api.edit(({ data }) => ({ data: { ...data, 'event.tokenKey': '4' } }));
    assert.deepEqual(await store.load('event', options), token('4'));
    api.edit(({ data: { 'event.tokenKey': _gone, ...data } = {} }) => ({ data }));
    assert.deepEqual(await store.load('event', options), { resourceVersion: '', listedAtMs });
  });

  test('the keys of those with a token, or with the place of a list', async () => {
    const relist = {
      'event.b': { continueToken: 'c', resourceVersion: '9' },
      'event.c': { continueToken: '' },
      event: 7,
    };
    const metadata = { annotations: { 'kube-apiserver-check/relist': JSON.stringify(relist) } };
    const data = {
      'event.tokenKey': '5',
      'event.a.tokenKey': '',
      'event.d.tokenTimestamp': 'x',
      mine: 'y',
      '.tokenKey': '1',
    };
    const { api, store } = storeOn({ configMap: { data, metadata } });
    assert.deepEqual(await store.keys(options), ['event', 'event.a', 'event.b']);
    assert.deepEqual(methods(api), ['GET']);
  });

  test('no keys where there is no ConfigMap, and none is made', async () => {
    const { api, store } = storeOn();
    assert.deepEqual(await store.keys(options), []);
    assert.deepEqual(methods(api), ['GET']);
  });

  test('anew at each load, whatever is remembered for writing', async () => {
    const { api, store } = storeOn({ configMap: stored('5') });
    await store.load('event', options);
    api.edit(() => stored('3'));
    assert.deepEqual(await store.load('event', options), token('3'));
  });
});

describe('another writer', () => {
  test('with an older token: ours is written after all', async () => {
    const { api, store } = storeOn({ configMap: stored('1') });
    await store.load('event', options);
    api.edit(({ data }) => ({ data: { ...data, 'event.tokenKey': '400', theirs: 'x' } }));
    assert.deepEqual(await store.save('event', token('500'), options), token('500'));
    assert.deepEqual(methods(api), ['GET', 'PUT', 'GET', 'PUT']);
    assert.equal(api.configMap?.data?.['theirs'], 'x');
    assert.equal(api.configMap?.data?.['event.tokenKey'], '500');
  });

  test('with a newer token: theirs stays, and is returned', async () => {
    const { api, store } = storeOn({ configMap: stored('1') });
    await store.load('event', options);
    api.edit(() => stored('900'));
    assert.deepEqual(await store.save('event', token('500'), options), token('900'));
    assert.deepEqual(methods(api), ['GET', 'PUT', 'GET']);
  });

  test('of something else costs a read', async () => {
    const { api, store } = storeOn({ configMap: stored('1') });
    await store.save('event', token('2'), options);
    api.edit(({ metadata }) => ({ metadata: { ...metadata, labels: { a: 'b' } } }));
    await store.save('event', token('3'), options);
    assert.deepEqual(methods(api), ['GET', 'PUT', 'PUT', 'GET', 'PUT']);
    assert.deepEqual(api.configMap?.metadata.labels, { a: 'b' });
  });

  test('that writes each time we do is a fight, which we give up and tell', async () => {
    const { api, store } = storeOn({
      configMap: stored('1'),
      before: ({ method }) => method === 'PUT' && api.edit(() => ({})),
    });
    await assert.rejects(store.save('event', token('500'), options), (error) => {
      assert.ok(isKubeCheckError(error, 'TOKEN_STORE_FAILED'));
      assert.equal(error.details['causeCode'], 'API_CONFLICT');
      assert.match(error.remedy ?? '', /who else keeps writing/);
      return true;
    });
    assert.ok(methods(api).length <= 12, methods(api).join());
  });

  test('two stores that save in turn lose nothing', async () => {
    const api = configMapApi();
    const [mine, theirs] = [0, 1].map(() => new ConfigMapTokenStore({ api, namespace }));
    for (let n = 1; n <= 10; n++) {
      await mine?.save('event.a', token(String(n)), options);
      await theirs?.save('event.b', token(String(n)), options);
    }
    await Promise.all([mine?.save('event.a', token('11'), options), theirs?.save('event.b', token('11'), options)]);
    assert.equal(api.configMap?.data?.['event.a.tokenKey'], '11');
    assert.equal(api.configMap?.data?.['event.b.tokenKey'], '11');
  });
});

describe('a term of leadership', () => {
  const fence = (term: number, holder = `pod-${term}`) => ({ signal, fence: { holder, term } });

  test('goes with each write', async () => {
    const { api, store } = storeOn();
    await store.save('event', token('1'), fence(3));
    assert.equal(api.configMap?.metadata.annotations?.['kube-apiserver-check/fence'], '{"holder":"pod-3","term":3}');
  });

  test('that is over must not write, nor remove', async () => {
    const { api, store } = storeOn({ configMap: stored('1') });
    await store.load('event', options);
    await new ConfigMapTokenStore({ api, namespace }).save('event', token('5'), fence(4));
    const before = api.configMap;
    const refused = {
      code: 'FENCED',
      message: 'the event token belongs to term 4 of "pod-4", this is term 3',
    };
    await assert.rejects(store.save('event', token('900'), fence(3)), refused);
    await assert.rejects(store.save('event', token('900'), fence(3)), refused);
    await assert.rejects(store.remove('event', fence(3)), refused);
    assert.deepEqual(api.configMap, before);
  });

  test('that is later takes over, and goes on from the token of the earlier one', async () => {
    const { api, store } = storeOn();
    await store.save('event', token('5'), fence(3));
    const next = new ConfigMapTokenStore({ api, namespace });
    assert.deepEqual(await next.save('event', token('6'), fence(4)), token('6'));
    assert.equal(api.configMap?.metadata.annotations?.['kube-apiserver-check/fence'], '{"holder":"pod-4","term":4}');
    await assert.rejects(store.save('event', token('7'), fence(3)), { code: 'FENCED' });
    assert.equal(api.configMap?.data?.['event.tokenKey'], '6');
  });

  test('that is the same writes on', async () => {
    const { api, store } = storeOn();
    await store.save('event', token('5'), fence(3));
    await store.save('event', token('6'), fence(3));
    assert.equal(api.configMap?.data?.['event.tokenKey'], '6');
  });

  describe('claims by loading', () => {
    const claim = (term: number) => fence(term, `pod-${term}`);
    const fenceOf = ({ configMap }: ConfigMapApi) => configMap?.metadata.annotations?.['kube-apiserver-check/fence'];

    test('the ConfigMap that is there, with the token of that very write', async () => {
      const { api, store } = storeOn({ configMap: stored('5') });
      assert.deepEqual(await store.load('event', claim(3)), token('5'));
      assert.deepEqual(methods(api), ['GET', 'PUT']);
      assert.equal(fenceOf(api), '{"holder":"pod-3","term":3}');
      await store.save('event', token('6'), claim(3));
      assert.deepEqual(methods(api), ['GET', 'PUT', 'PUT'], 'what was written is remembered');
    });

    test('with its lease', async () => {
      const { api, store } = storeOn({ configMap: stored('5') });
      await store.load('event', { signal, fence: { term: 3, lease: 'uid-of-it', holder: 'pod-3' } });
      assert.equal(fenceOf(api), '{"holder":"pod-3","term":3,"lease":"uid-of-it"}');
    });

    test('one that is made for it, where there is none', async () => {
      const { api, store } = storeOn();
      assert.equal(await store.load('event', claim(3)), undefined);
      assert.deepEqual(methods(api), ['GET', 'POST']);
      assert.deepEqual(api.requests[1]?.body?.metadata.annotations, {
        'kube-apiserver-check/fence': '{"holder":"pod-3","term":3}',
      });
      await store.save('event', token('1'), claim(3));
      assert.deepEqual(methods(api), ['GET', 'POST', 'PUT']);
    });

    test('without a write, where it has claimed before', async () => {
      const { api, store } = storeOn({ configMap: stored('5') });
      await store.load('event', claim(3));
      assert.deepEqual(await store.load('event', claim(3)), token('5'));
      assert.deepEqual(methods(api), ['GET', 'PUT', 'GET']);
      await store.save('event', token('6'), claim(3));
      assert.deepEqual(methods(api), ['GET', 'PUT', 'GET', 'PUT']);
    });

    test('by what is stored now, whatever it remembers', async () => {
      const { api, store } = storeOn({ configMap: stored('5') });
      await store.load('event', claim(3));
      await new ConfigMapTokenStore({ api, namespace }).load('event', claim(4));
      const asked = api.requests.length;
      await assert.rejects(store.load('event', claim(3)), {
        code: 'FENCED',
        message: 'the event token belongs to term 4 of "pod-4", this is term 3',
      });
      assert.deepEqual(methods(api).slice(asked), ['GET']);
    });

    test('again after a conflict: what was saved in between is loaded', async () => {
      const { api, store } = storeOn({
        configMap: stored('5'),
        before: ({ method }) =>
          method === 'PUT' && api.configMap?.data?.['event.tokenKey'] === '5' && api.edit(() => stored('6')),
      });
      assert.deepEqual(await store.load('event', claim(3)), token('6'));
      assert.deepEqual(methods(api), ['GET', 'PUT', 'GET', 'PUT']);
    });

    test('not, where a later term claimed in between', async () => {
      const later = { annotations: { 'kube-apiserver-check/fence': '{"holder":"pod-9","term":9}' } };
      const { api, store } = storeOn({
        configMap: stored('5'),
        before: ({ method }) =>
          method === 'PUT' && !fenceOf(api) && api.edit(({ metadata }) => ({ metadata: { ...metadata, ...later } })),
      });
      await assert.rejects(store.load('event', claim(3)), { code: 'FENCED' });
      assert.equal(fenceOf(api), later.annotations['kube-apiserver-check/fence']);
    });

    test('the one that somebody else makes in between', async () => {
      const { api, store } = storeOn({
        before: ({ method }) => method === 'POST' && !api.configMap && api.recreate(stored('900')),
      });
      assert.deepEqual(await store.load('event', claim(3)), token('900'));
      assert.deepEqual(methods(api), ['GET', 'POST', 'GET', 'PUT']);
      assert.equal(fenceOf(api), '{"holder":"pod-3","term":3}');
    });

    test('anew, where it is deleted in between', async () => {
      const { api, store } = storeOn({
        configMap: stored('5'),
        before: ({ method }) => {
          if (method === 'PUT') api.configMap = undefined;
        },
      });
      assert.equal(await store.load('event', claim(3)), undefined);
      assert.deepEqual(methods(api), ['GET', 'PUT', 'GET', 'POST']);
      assert.equal(fenceOf(api), '{"holder":"pod-3","term":3}');
    });

    test('as the token that the server answers with, whatever was read before', async () => {
      const { api, store } = storeOn({ configMap: stored('5') });
      const asWritten = { metadata: { uid: 'uid-1', resourceVersion: '999' }, ...stored('7') };
      const changed = {
        ...api,
        json: (request: KubeRequest) => (request.method === 'PUT' ? Promise.resolve(asWritten) : api.json(request)),
      };
      assert.deepEqual(await new ConfigMapTokenStore({ api: changed, namespace }).load('event', claim(3)), token('7'));
      assert.equal(await store.load('event.shop', options), undefined);
    });

    test('in vain against one that writes each time we do: bounded, and told', async () => {
      const { api, store } = storeOn({
        configMap: stored('1'),
        before: ({ method }) => method === 'PUT' && api.edit(() => ({})),
      });
      await assert.rejects(store.load('event', claim(3)), {
        code: 'TOKEN_STORE_FAILED',
        remedy: /who else keeps writing/,
      });
      assert.ok(methods(api).length <= 12, methods(api).join());
    });

    for (const [what, world, message] of [
      ['read', { configMap: stored('1'), script: { GET: [403] } }, /^the event token could not be read/],
      ['written', { configMap: stored('1'), script: { PUT: [403] } }, /^the event token could not be written/],
      ['made', { script: { POST: [403] } }, /could not be created: /],
      ['made, as its namespace is missing', { script: { POST: [404] } }, /could not be created: /],
    ] as const)
      test(`nothing that cannot be ${what}`, async () => {
        const { store } = storeOn(world);
        await assert.rejects(store.load('event', claim(3)), { code: 'TOKEN_STORE_FAILED', message });
      });

    test('again, where its write landed and nobody said so', async () => {
      const { api, store } = storeOn({ configMap: stored('5'), script: { PUT: [{ fails: 'ECONNRESET' }] } });
      await assert.rejects(store.load('event', claim(3)), { code: 'TOKEN_STORE_FAILED' });
      assert.deepEqual(await store.load('event', claim(3)), token('5'));
      assert.deepEqual(methods(api), ['GET', 'PUT', 'GET', 'PUT']);
    });

    test('not, when its time is up', async () => {
      const { api, store } = storeOn({ configMap: stored('5') });
      const ended = { ...claim(3), signal: AbortSignal.abort() };
      await assert.rejects(store.load('event', ended), { code: 'ABORTED' });
      assert.equal(fenceOf(api), undefined);
    });

    test('for all its keys at once, with one write', async () => {
      const { api, store } = storeOn();
      const keys = Array.from({ length: 20 }, (_, n) => `event.n${n}`);
      await Promise.all(keys.map((key) => store.load(key, claim(3))));
      assert.equal(methods(api).filter((method) => method !== 'GET').length, 1);
    });
  });

  for (const annotation of ['', '{', '7', 'null', '{"term":"9"}', '{"holder":7,"term":9}', '{}']) {
    test(`is not told by ${JSON.stringify(annotation)}`, async () => {
      const metadata = { annotations: { 'kube-apiserver-check/fence': annotation } };
      const { api, store } = storeOn({ configMap: { ...stored('1'), metadata } });
      await store.save('event', token('2'), fence(1));
      assert.equal(api.configMap?.metadata.annotations?.['kube-apiserver-check/fence'], '{"holder":"pod-1","term":1}');
    });
  }
});

test('saves of one store at the same time are no conflict with each other', async () => {
  const { api, store } = storeOn();
  const keys = Array.from({ length: 20 }, (_, n) => `event.n${n}`);
  await Promise.all(keys.map((key) => store.save(key, token('1'), options)));
  assert.deepEqual(methods(api), ['GET', 'POST', ...keys.map(() => 'PUT')]);
});

test('a save that fails spoils none that follows', async () => {
  const { api, store } = storeOn({ configMap: stored('1'), script: { PUT: [500] } });
  const [failing, next] = [store.save('event', token('2'), options), store.save('event', token('3'), options)];
  await assert.rejects(failing, { code: 'TOKEN_STORE_FAILED' });
  assert.deepEqual(await next, token('3'));
  assert.equal(api.configMap?.data?.['event.tokenKey'], '3');
});

describe('a failure', () => {
  const rows: readonly (readonly [Scripted, string, RegExp])[] = [
    [401, 'API_UNAUTHORIZED', /renew the token/],
    [403, 'API_DENIED', /grant verb "get" on resource "configmaps" of API group "" in namespace "monitoring"/],
    [429, 'API_THROTTLED', /load/],
    [500, 'API_UNAVAILABLE', /etcd/],
    [400, 'API_INVALID', /tried again/],
    [{ fails: 'ECONNREFUSED' }, 'API_UNAVAILABLE', /check that the API server runs/],
    [{ fails: 'CERT_HAS_EXPIRED' }, 'API_UNAVAILABLE', /certificate authority/],
    [{ status: 200, body: '<html>' }, 'API_MALFORMED', /login page or proxy/],
  ];
  for (const [answer, causeCode, remedy] of rows) {
    test(`to read it with ${JSON.stringify(answer)} is TOKEN_STORE_FAILED, because of ${causeCode}`, async () => {
      const { store } = storeOn({ configMap: stored('1'), script: { GET: [answer, answer] } });
      await assert.rejects(store.load('event', options), (error) => {
        assert.ok(isKubeCheckError(error, 'TOKEN_STORE_FAILED'));
        assert.match(
          error.message,
          /^the event token could not be read from the ConfigMap monitoring\/kube-apiserver-check: /,
        );
        assert.equal(error.details['causeCode'], causeCode);
        assert.ok(isKubeCheckError(error.cause, causeCode as never));
        assert.match(error.remedy ?? '', remedy);
        return true;
      });
    });
  }

  test('to write it says what right is missing', async () => {
    const { store } = storeOn({ configMap: stored('1'), script: { PUT: [403] } });
    await assert.rejects(store.save('event', token('2'), options), {
      code: 'TOKEN_STORE_FAILED',
      message:
        'the event token could not be written to the ConfigMap monitoring/kube-apiserver-check: update configmaps "kube-apiserver-check" in namespace "monitoring": not allowed (403)',
      remedy:
        'grant verb "update" on resource "configmaps" of API group "" in namespace "monitoring"; renderRbac(config) makes the whole manifest',
    });
  });

  test('to create it says what is missing', async () => {
    const { store } = storeOn({
      script: { POST: [{ status: 404, body: { message: 'namespaces "monitoring" not found' } }] },
    });
    await assert.rejects(store.save('event', token('2'), options), {
      code: 'TOKEN_STORE_FAILED',
      message:
        'the ConfigMap monitoring/kube-apiserver-check could not be created: create configmaps in namespace "monitoring": HTTP 404: namespaces "monitoring" not found',
      remedy: 'create the namespace, or name another one for it',
    });
  });

  test('that passes costs one more read', async () => {
    const { api, store } = storeOn({ configMap: stored('5'), script: { GET: [503] } });
    assert.deepEqual(await store.load('event', options), token('5'));
    assert.deepEqual(methods(api), ['GET', 'GET']);
  });

  for (const [what, answer, asked] of [
    ['asks for patience', { status: 503, headers: { 'retry-after': '5' } }, 1],
    ['is too many requests', 429, 1],
    ['is no connection', { fails: 'ECONNREFUSED' }, 1],
    ['comes twice', 500, 2],
  ] as const) {
    test(`that ${what} is not asked away: ${asked} read(s)`, async () => {
      const { api, store } = storeOn({ configMap: stored('5'), script: { GET: [answer, answer, answer] } });
      await assert.rejects(store.load('event', options), { code: 'TOKEN_STORE_FAILED' });
      assert.equal(api.requests.length, asked);
    });
  }

  test('keeps how long the server asked to be left alone', async () => {
    const { store } = storeOn({
      configMap: stored('5'),
      script: { PUT: [{ status: 429, headers: { 'retry-after': '7' } }] },
    });
    await assert.rejects(store.save('event', token('6'), options), { code: 'TOKEN_STORE_FAILED', retryAfterMs: 7000 });
  });

  test('of a write that may have landed is found out by reading again', async () => {
    const { api, store } = storeOn({ configMap: stored('1'), script: { PUT: [{ fails: 'ECONNRESET' }] } });
    await assert.rejects(store.save('event', token('2'), options), { code: 'TOKEN_STORE_FAILED' });
    api.edit(() => stored('2'));
    assert.deepEqual(await store.save('event', token('3'), options), token('3'));
    assert.deepEqual(methods(api), ['GET', 'PUT', 'GET', 'PUT']);
  });

  test('by abort is an abort', async () => {
    const { store } = storeOn({ configMap: stored('5') });
    const ended = { signal: AbortSignal.abort() };
    await assert.rejects(store.load('event', ended), { code: 'ABORTED' });
    await assert.rejects(store.save('event', token('6'), ended), { code: 'ABORTED' });
    await assert.rejects(store.remove('event', ended), { code: 'ABORTED' });
  });

  test('tells nothing of what else is in the ConfigMap', async () => {
    const configMap = { data: { password: 's3cr3t' }, binaryData: { key: 'czNjcjN0' } };
    for (const script of [{ PUT: [500] }, { PUT: [422] }, { PUT: [409, 409, 409, 409, 409, 409, 409] }]) {
      const { store } = storeOn({ configMap, script });
      await assert.rejects(store.save('event', token('6'), options), (error: Error) => {
        assert.doesNotMatch(`${JSON.stringify(error)}${error.stack}${error.cause}`, /s3cr3t|czNjcjN0/);
        return true;
      });
    }
  });
});

test('nothing is asked before the first use', () => {
  const { api } = storeOn();
  assert.deepEqual(api.requests, []);
});
