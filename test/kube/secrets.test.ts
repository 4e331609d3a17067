import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { saying, withoutCredentials, withoutSecrets } from '../../src/kube/secrets.ts';

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
const pem = '-----BEGIN RSA PRIVATE KEY-----\nTUlJRQ==\n-----END RSA PRIVATE KEY-----';

describe('masked in any foreign text', () => {
  for (const [text, expected] of [
    ['Authorization: Bearer abc.def/123+=', 'Authorization: Bearer ***'],
    ['bearer   short', 'bearer ***'],
    ['Proxy-Authorization: Basic dXNlcjpwYXNz', 'Proxy-Authorization: Basic ***'],
    ['bad header Set-Cookie: session=abc; Path=/; Secure\r\nnext', 'bad header Set-Cookie: ***\r\nnext'],
    [`the token ${jwt} has expired`, 'the token *** has expired'],
    [`unsigned eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0 too`, 'unsigned *** too'],
    [`key ${pem} end`, 'key *** end'],
    ['cut off -----BEGIN CERTIFICATE-----\nTUlJ', 'cut off ***'],
  ] as const) {
    test(text.split('\n')[0] ?? '', () => {
      assert.equal(withoutCredentials(text), expected);
      assert.ok(!withoutSecrets(text).includes('TUlJ'));
    });
  }
});

describe('masked in what plugins and files say', () => {
  for (const [text, expected] of [
    ['token: hunter2', 'token: ***'],
    ['"access_token": "hunter2", "type": 1', '"access_token": "***", "type": 1'],
    ['password=hunter2;x', 'password=***;x'],
    ['client_secret = hunter2', 'client_secret = ***'],
    ['api-key:hunter2', 'api-key:***'],
    [`a ${'Ab1+'.repeat(10)} b`, 'a *** b'],
    [`a /${'Ab1'.repeat(20)}/x b`, 'a *** b'],
  ] as const) {
    test(text, () => assert.equal(withoutSecrets(text), expected));
  }
});

describe('told', () => {
  for (const text of [
    "ENOENT: no such file or directory, open '/home/somebody/projects/observability/kubeconfig'",
    "ENOENT: no such file or directory, open '/var/run/secrets/kubernetes.io/serviceaccount/token'",
    'error: You must be logged in to the server',
    'pods "checkout-7d4b9c6f5-x2x8p.17f3a1b2c3d4e5f6" not found',
  ]) {
    test(text, () => assert.equal(withoutSecrets(text), text));
  }

  test('no more than 500 characters', () => assert.equal(withoutSecrets('word '.repeat(1000)).length, 500));
});

describe('of an error is told', () => {
  for (const [what, thrown, expected] of [
    ['its message', new Error('no such file'), 'no such file'],
    [
      'of one that quotes the JSON it parsed, no more than that',
      new SyntaxError('"hunter2"... is not'),
      'invalid JSON',
    ],
    [
      'of one that quotes the YAML it parsed, where',
      Object.assign(new Error('bad (5:4)\n\n 4 | token: x\n'), { name: 'YAMLException' }),
      'invalid YAML (5:4)',
    ],
    ['of a text, the text', 'token=hunter2', 'token=***'],
  ] as const) {
    test(what, () => assert.equal(saying(thrown), expected));
  }
});
