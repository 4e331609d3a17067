import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { isKubeCheckError } from '../../src/errors.ts';
import { FileTokenStore } from '../../src/tokens/file.ts';

const key = 'event';
const token = (version: number) => ({ resourceVersion: String(version), listedAtMs: 1_716_962_900_000 });

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'kasc-token-file-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function assertFails(work: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isKubeCheckError(error, 'TOKEN_STORE_FAILED'), String(error));
    assert.match(error.message, message);
    assert.ok(error.remedy);
    return true;
  });
}

test('the file is for people, too: JSON, one object a key, readable by its owner alone', async (t) => {
  const path = join(temporaryFolder(t), 'tokens.json');
  const store = new FileTokenStore({ path });
  await store.save(key, token(5));
  await store.save('event.shop', { resourceVersion: '7' });
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { event: token(5), 'event.shop': { resourceVersion: '7' } });
  assert.match(readFileSync(path, 'utf8'), /^\{\n {2}"event": \{\n/);
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('what proves a token, and who wrote last, are in the file, too', async (t) => {
  const path = join(temporaryFolder(t), 'tokens.json');
  const store = new FileTokenStore({ path });
  const witness = { namespace: 'shop', name: 'web.1', uid: 'u-1', version: '4' };
  const fence = { holder: 'pod-a', term: 2, lease: 'l' };
  await store.load(key, { fence });
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { 'kube-apiserver-check/fence': fence });
  await store.save(key, { ...token(5), wholeAtMs: 7, witness }, { fence });
  const { mtimeNs } = statSync(path, { bigint: true });
  await store.load(key, { fence });
  assert.equal(statSync(path, { bigint: true }).mtimeNs, mtimeNs, 'nothing is written to claim what is claimed');
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), {
    event: { ...token(5), seen: { at: '5', wholeAtMs: 7, witness } },
    'kube-apiserver-check/fence': fence,
  });
});

for (const stored of [null, 7, 'x', [], { term: '9' }]) {
  test(`a writer that is ${JSON.stringify(stored)} is nobody`, async (t) => {
    const path = join(temporaryFolder(t), 'tokens.json');
    writeFileSync(path, JSON.stringify({ event: token(5), 'kube-apiserver-check/fence': stored }));
    const store = new FileTokenStore({ path });
    assert.deepEqual(await store.keys(), [key]);
    assert.deepEqual(await store.load(key, { fence: { holder: 'pod-a', term: 1 } }), token(5));
  });
}

test('the file is replaced, not written over: who reads it sees the old content or the new, never half', async (t) => {
  const path = join(temporaryFolder(t), 'tokens.json');
  const store = new FileTokenStore({ path });
  await store.save(key, token(5));
  const before = readFileSync(path, 'utf8');
  const reader = openSync(path, 'r');
  t.after(() => closeSync(reader));
  await store.save(key, token(6));
  assert.equal(readFileSync(reader, 'utf8'), before);
  assert.notEqual(readFileSync(path, 'utf8'), before);
});

test('nothing is done before the first use', (t) => {
  const folder = temporaryFolder(t);
  new FileTokenStore({ path: join(folder, 'tokens.json') });
  assert.deepEqual(readdirSync(folder), []);
});

describe('a file that does not hold tokens is told, and not overwritten', () => {
  for (const content of [
    '',
    '{"event":{"resourceVersion":"5"',
    'null',
    '[]',
    '7',
    '"5"',
    '{"event":"5"}',
    '{"event":null}',
    '{"event":{}}',
    '{"event":{"resourceVersion":5}}',
    '{"event":{"resourceVersion":"5"},"other":[]}',
    'apiVersion: v1',
    '\u0000\u0000\u0000',
  ]) {
    test(JSON.stringify(content), async (t) => {
      const path = join(temporaryFolder(t), 'tokens.json');
      writeFileSync(path, content);
      const store = new FileTokenStore({ path });
      const message = /^the token file \S+tokens\.json does not hold tokens$/;
      await assertFails(store.load(key), message);
      await assertFails(store.save(key, token(9)), message);
      await assertFails(store.remove(key), message);
      assert.equal(readFileSync(path, 'utf8'), content);
    });
  }

  test('once it is put right, the same store goes on', async (t) => {
    const path = join(temporaryFolder(t), 'tokens.json');
    writeFileSync(path, '{');
    const store = new FileTokenStore({ path });
    await assertFails(store.save(key, token(9)), /does not hold tokens/);
    rmSync(path);
    assert.deepEqual(await store.save(key, token(9)), token(9));
  });
});

describe('a token in the file', () => {
  for (const [what, stored, expected] of [
    ['with a time of another type', { resourceVersion: '5', listedAtMs: 'x' }, { resourceVersion: '5' }],
    ['with a place that is none', { resourceVersion: '5', relist: { continueToken: 7 } }, { resourceVersion: '5' }],
    ['that is no version, unjudged', { resourceVersion: 'abc' }, { resourceVersion: 'abc' }],
    [
      'with what proves another one',
      { resourceVersion: '5', seen: { at: '4', wholeAtMs: 7 } },
      { resourceVersion: '5' },
    ],
    [
      'with what proves it',
      { resourceVersion: '5', seen: { at: '5', wholeAtMs: 7, witness: { name: '' } } },
      { resourceVersion: '5', wholeAtMs: 7 },
    ],
    [
      'with a proof that says of no token that it is its own',
      { resourceVersion: '5', wholeAtMs: 7, witness: { namespace: 'a', name: 'b', uid: 'c', version: '4' } },
      { resourceVersion: '5' },
    ],
    ['with more than we know', { resourceVersion: '5', more: 1 }, { resourceVersion: '5' }],
  ] as const) {
    test(what, async (t) => {
      const path = join(temporaryFolder(t), 'tokens.json');
      writeFileSync(path, JSON.stringify({ event: stored }));
      assert.deepEqual(await new FileTokenStore({ path }).load(key), expected);
    });
  }
});

describe('a file that cannot be written', () => {
  test('in a folder that is missing: nothing is stored, and saving says so', async (t) => {
    const path = join(temporaryFolder(t), 'missing', 'tokens.json');
    const store = new FileTokenStore({ path });
    assert.equal(await store.load(key), undefined);
    await assertFails(store.save(key, token(5)), /^the token file \S+ can't be written: ENOENT/);
    await store.remove(key);
  });

  test('below a file', async (t) => {
    const file = join(temporaryFolder(t), 'file');
    writeFileSync(file, '');
    const store = new FileTokenStore({ path: join(file, 'tokens.json') });
    await assertFails(store.load(key), /can't be read: ENOTDIR/);
    await assertFails(store.save(key, token(5)), /ENOTDIR/);
  });

  test('where a folder is', async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'tokens.json');
    mkdirSync(path);
    const store = new FileTokenStore({ path });
    await assertFails(store.load(key), /can't be read: EISDIR/);
    await assertFails(store.save(key, token(5)), /EISDIR/);
    assert.deepEqual(readdirSync(folder), ['tokens.json']);
  });

  test('because the new one cannot be made: the old one stays, whole', async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'tokens.json');
    const store = new FileTokenStore({ path });
    await store.save(key, token(5));
    const before = readFileSync(path, 'utf8');
    // Nobody, not even root, can put a file where a folder with something in it is.
    const temporary = join(folder, `tokens.json.${process.pid}.tmp`);
    mkdirSync(join(temporary, 'inside'), { recursive: true });
    await assertFails(store.save(key, token(6)), /can't be written/);
    await assertFails(store.remove(key), /can't be written/);
    assert.equal(readFileSync(path, 'utf8'), before);
    rmSync(temporary, { recursive: true });
    assert.deepEqual(await store.save(key, token(7)), token(7), 'and the next save is not spoilt');
  });
});

describe('what a crash has left', () => {
  test('is replaced', async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'tokens.json');
    writeFileSync(`${path}.${process.pid}.tmp`, '{"event":{"resourceVersion":"99');
    const store = new FileTokenStore({ path });
    assert.equal(await store.load(key), undefined);
    await store.save(key, token(5));
    assert.deepEqual(readdirSync(folder), ['tokens.json']);
    assert.deepEqual(await store.load(key), token(5));
  });

  test('is not followed, where it is a link to elsewhere', async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'tokens.json');
    writeFileSync(join(folder, 'elsewhere'), 'mine');
    symlinkSync(join(folder, 'elsewhere'), `${path}.${process.pid}.tmp`);
    await new FileTokenStore({ path }).save(key, token(5));
    assert.equal(readFileSync(join(folder, 'elsewhere'), 'utf8'), 'mine');
    assert.deepEqual(await new FileTokenStore({ path }).load(key), token(5));
  });
});

describe('saves of one process at the same time', () => {
  test('leave the newest, and nothing else', async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'tokens.json');
    const store = new FileTokenStore({ path });
    const kept = await Promise.all(Array.from({ length: 30 }, (_, n) => store.save(key, token(((n * 7) % 30) + 1))));
    assert.equal((await store.load(key))?.resourceVersion, '30');
    assert.equal(kept.at(-1)?.resourceVersion, '30');
    assert.deepEqual(readdirSync(folder), ['tokens.json']);
  });

  test('by several stores on one file lose no key', async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'tokens.json');
    const keys = Array.from({ length: 20 }, (_, n) => `event.n${n}`);
    const paths = [path, join(folder, '.', 'tokens.json'), `${folder}/../${folder.split('/').at(-1)}/tokens.json`];
    await Promise.all(keys.map((one, n) => new FileTokenStore({ path: paths[n % 3] ?? path }).save(one, token(n + 1))));
    const stored = JSON.parse(readFileSync(path, 'utf8')) as object;
    assert.deepEqual(Object.keys(stored).sort(), [...keys].sort());
  });

  test('one that fails spoils none that follows', async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'made-later', 'tokens.json');
    const store = new FileTokenStore({ path });
    const failing = store.save(key, token(1));
    await assert.rejects(failing);
    mkdirSync(join(folder, 'made-later'));
    await store.save(key, token(2));
    assert.deepEqual(await store.load(key), token(2));
  });
});

test('a process killed at any instant leaves a whole file, with all that it was told to be saved', async (t) => {
  const path = join(temporaryFolder(t), 'tokens.json');
  const program = `
    import { FileTokenStore } from ${JSON.stringify(new URL('../../src/tokens/file.ts', import.meta.url).href)};
    const store = new FileTokenStore({ path: ${JSON.stringify(path)} });
    let version = Number((await store.load('event'))?.resourceVersion ?? 0);
    for (;;) {
      await store.save('event', { resourceVersion: String(++version), relist: { continueToken: 'c'.repeat(20000), resourceVersion: '1' } });
      console.log(version);
    }
  `;
  let said = 0;
  for (const saves of [1, 2, 3, 5, 8, 13, 21, 34]) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      said = Math.max(said, Number(line));
      if (++lines === saves) child.kill('SIGKILL');
    }
    await exited;
    const stored = Number((await new FileTokenStore({ path }).load(key))?.resourceVersion);
    assert.ok(stored >= said && stored <= said + 1, `stored ${stored}, said ${said}`);
    said = stored;
  }
  assert.ok(existsSync(path));
});
