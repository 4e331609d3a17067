/**
 * What a newcomer sees first: the story, word for word, and one run on a cluster through a kubeconfig file.
 * After an intended change `UPDATE_GOLDEN=1 npm test` writes the golden file anew; read the difference before you keep it.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { type Asked, parseArguments, WrongArgument } from '../../examples/quickstart/arguments.ts';
import { type Account, balance } from '../../examples/quickstart/balance.ts';
import { loadKubeConfig } from '../../examples/quickstart/real-cluster.ts';
import { emptyLedger } from '../../src/events/ledger.ts';
import { coreEvent, FakeApiServer } from '../../src/testing/index.ts';
import { type Ended, runNode, temporaryFolder } from './child-process.ts';

const golden = new URL('quickstart.txt', import.meta.url);

const quickstart = (args: readonly string[], nodeOptions: readonly string[] = []): Promise<Ended> =>
  runNode([...nodeOptions, 'examples/quickstart.ts', ...args]);

describe('the story', () => {
  let told: Ended;
  before(async () => {
    told = await quickstart([]);
  });

  it('is told word for word as in the golden file', async () => {
    assert.equal(told.stderr, '');
    assert.equal(told.code, 0);
    if (process.env['UPDATE_GOLDEN']) await writeFile(golden, told.stdout);
    assert.equal(told.stdout, await readFile(golden, 'utf8'));
  });

  // So that no act is cut together with its lines in the golden file.
  const acts: Readonly<Record<string, readonly RegExp[]>> = {
    '1. A rollout': [/Scheduled/, /Pulled/, /filtered \(incomplete 1\)/, /token +none → \d+/],
    '2. A crash loop': [/BackOff ×5/],
    '3. A cluster quota is nearly used': [/cpu 9\.5 of 10, 0\.5 left/],
    '4. etcd fails': [/CRITICAL: not ready: etcd, etcd-readiness/, /events: API_UNAVAILABLE: .*goes on from \d+/s],
    '4. etcd is back': [/component:etcd ok/, /Unhealthy/],
    '5. The sender refuses': [/COMMIT_FAILED/, /refused +3 checks, 12 gauges, 2 events/, /not moved/],
    '5. The sender takes them': [/of 2 events refused before, 2 came as the same objects, 2 with the same ids/],
    '6. The process was killed': [/process 2/, /gap +\d+ to \d+ \(expired\).* 5 recovered by a list, 0 lost/s],
  };

  for (const [title, shown] of Object.entries(acts)) {
    it(`has an act "${title}" that shows what it is about`, () => {
      const block = told.stdout.split(/\n(?=\d\d:\d\d:\d\d {2})/).find((text) => text.slice(10).startsWith(title));
      assert.ok(block, `the act is missing`);
      for (const pattern of shown) assert.match(block, pattern);
    });
  }

  it('ends with the sum, and with what to type next', () => {
    assert.match(told.stdout, /^versions made by the server (\d+) = delivered \d+ \+ filtered 1, 0 lost, 0 twice$/m);
    assert.match(told.stdout, /npm start -- --kubeconfig PATH \[--context NAME\]\n$/);
  });

  it('fits a terminal of 100 columns', () => {
    assert.deepEqual(
      told.stdout.split('\n').filter((line) => line.length > 100),
      [],
    );
  });

  it('exits 1 and says so if an event is lost on the way', async () => {
    const testing = new URL('../../src/testing/index.ts', import.meta.url).href;
    const losesOne = `
      import { RecordingSender } from ${JSON.stringify(testing)};
      const { committedSourceIds } = RecordingSender.prototype;
      RecordingSender.prototype.committedSourceIds = function () { return committedSourceIds.call(this).slice(1); };`;
    const { code, stdout } = await quickstart([], ['--import', `data:text/javascript,${encodeURIComponent(losesOne)}`]);
    assert.equal(code, 1);
    assert.match(stdout, /1 lost, 0 twice: THIS DOES NOT HOLD$/m);
  });
});

describe('the sum at the end', () => {
  const books = { ...emptyLedger, read: 3, delivered: 2, filtered: 1 };
  const account: Account = { made: ['a', 'b', 'c'], committed: ['a', 'b'], ledgers: [books] };
  const sum = { made: 3, delivered: 2, filtered: 1, lost: 0, twice: 0, holds: true };

  it('holds where everything made was delivered or left out by a rule', () => {
    assert.deepEqual(balance(account), sum);
  });

  const broken: readonly { readonly of: string; readonly given: Partial<Account>; readonly found: object }[] = [
    { of: 'a version that never came', given: { made: ['a', 'b', 'c', 'd'] }, found: { made: 4, lost: 1 } },
    { of: 'a version that came twice', given: { committed: ['a', 'b', 'b'] }, found: { twice: 1 } },
    {
      of: 'a version that nobody made, in the place of one that was',
      given: { committed: ['a', 'x'] },
      found: { lost: 1 },
    },
    { of: 'books that do not close', given: { ledgers: [{ ...books, read: 4 }] }, found: {} },
    {
      of: 'books that claim more than arrived',
      given: { ledgers: [{ ...books, read: 4, delivered: 3 }] },
      found: {},
    },
  ];
  for (const { of, given, found } of broken) {
    it(`does not hold with ${of}`, () => {
      assert.deepEqual(balance({ ...account, ...given }), { ...sum, ...found, holds: false });
    });
  }
});

describe('a run on a cluster', { concurrency: 2 }, () => {
  const secret = 'quickstart-secret-token';
  async function cluster(t: TestContext, { token = secret } = {}) {
    const server = await new FakeApiServer({ users: { [secret]: 'someone' } }).start();
    t.after(() => server.close());
    server.addEvent(coreEvent({ namespace: 'shop', reason: 'BackOff', type: 'Warning' }));
    const path = join(await temporaryFolder(t), 'kubeconfig.yaml');
    await writeFile(path, kubeconfig(server.url, token));
    return { server, path };
  }

  const kubeconfig = (url: string, token: string) => `apiVersion: v1
kind: Config
current-context: shop
clusters:
- name: local
  cluster: { server: "${url}", insecure-skip-tls-verify: true }
- name: nowhere
  cluster: { server: "http://127.0.0.1:1" }
users:
- name: me
  user: { token: ${token} }
contexts:
- name: shop
  context: { cluster: local, user: me }
- name: old
  context: { cluster: nowhere, user: me }
`;

  it('tells what is there, and writes nothing', async (t) => {
    const { server, path } = await cluster(t);
    const { code, stdout, stderr } = await quickstart(['--kubeconfig', path, '--context', 'shop']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^check {2}kube_apiserver_controlplane\.up OK: ok$/m);
    assert.match(stdout, /^event .* warning Events from the Pod shop\/web-0: .*BackOff/m);
    assert.match(stdout, /books: carried 0 \+ read 1 = delivered 1 /);
    assert.deepEqual([...new Set(server.requests.map(({ method }) => method))], ['GET']);
    assert.ok(!stdout.includes(secret));
  });

  it('keeps the token in a ConfigMap if asked to', async (t) => {
    const { server, path } = await cluster(t);
    const { code } = await quickstart(['--kubeconfig', path, '--token-store', 'configmap']);
    assert.equal(code, 0);
    const { resourceVersion } = server.eventVersions[0]!;
    const data = server.configMap({ name: 'kube-apiserver-check' })?.['data'] as Readonly<Record<string, string>>;
    assert.ok(BigInt(data['event.tokenKey']!) >= BigInt(resourceVersion));
  });

  it('exits 1 and names the reason where a unit fails', async (t) => {
    const { path } = await cluster(t, { token: 'not-the-secret-token' });
    const { code, stdout, stderr } = await quickstart(['--kubeconfig', path]);
    assert.equal(code, 1);
    assert.match(stdout, /events: failed, .*API_UNAUTHORIZED/);
    assert.ok(!`${stdout}${stderr}`.includes('not-the-secret-token'));
  });

  it('lists the contexts there are, where the one asked for is not among them', async (t) => {
    const { server, path } = await cluster(t);
    const { code, stderr } = await quickstart(['--kubeconfig', path, '--context', 'shpo']);
    assert.equal(code, 2);
    assert.match(stderr, /has no context "shpo"; it has shop, old$/m);
    assert.deepEqual(server.requests, []);
  });

  it('does not quote a kubeconfig that it cannot read', async (t) => {
    const path = join(await temporaryFolder(t), 'broken.yaml');
    await writeFile(path, `users:\n- name: x\n  user: {token: ${secret}\n`);
    const message = `--kubeconfig ${path} can't be read: it is no kubeconfig in YAML or JSON`;
    await assert.rejects(loadKubeConfig(path, undefined), { message });
  });

  it('says what is wrong with a file that is not there', async (t) => {
    const path = join(await temporaryFolder(t), 'absent.yaml');
    const message = `--kubeconfig ${path} can't be read (ENOENT)`;
    await assert.rejects(loadKubeConfig(path, undefined), { message });
  });

  it('asks for a context where the file has no current one', async (t) => {
    const path = join(await temporaryFolder(t), 'no-context.yaml');
    await writeFile(path, 'apiVersion: v1\nkind: Config\n');
    const message = `${path} has no current context: choose one with --context; it has none`;
    await assert.rejects(loadKubeConfig(path, undefined), { message });
  });

  it('refuses a wrong argument with exit code 2 and the usage', async () => {
    const { code, stdout, stderr } = await quickstart(['--kube-config', 'x']);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.match(stderr, /^Unknown option '--kube-config'[\s\S]*^usage: npm start/m);
  });

  it('explains itself with --help', async () => {
    const { code, stdout } = await quickstart(['--help']);
    assert.equal(code, 0);
    for (const option of ['--kubeconfig PATH', '--context NAME', '--token-store WHERE'])
      assert.ok(stdout.includes(option));
  });
});

describe('the arguments', () => {
  const understood: readonly (readonly [args: readonly string[], asked: Asked])[] = [
    [[], { show: 'story' }],
    [['--help', '--kubeconfig', 'x'], { show: 'help' }],
    [['--kubeconfig', 'x'], { show: 'cluster', kubeconfig: 'x', tokenStore: 'memory' }],
    [
      ['--kubeconfig=x', '--context=c', '--token-store=configmap'],
      { show: 'cluster', kubeconfig: 'x', context: 'c', tokenStore: 'configmap' },
    ],
  ];
  for (const [args, asked] of understood) {
    it(`understands "${args.join(' ')}"`, () => assert.deepEqual(parseArguments(args), asked));
  }

  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['--kube-config', 'x'], /'--kube-config'/],
    [['--kubeconfig'], /'--kubeconfig <value>' argument missing/],
    [['--kubeconfig='], /--kubeconfig needs the path of a file/],
    [['config'], /'config'/],
    [['--context', 'shop'], /--context needs --kubeconfig PATH/],
    [['--token-store=configmap'], /--token-store needs --kubeconfig PATH/],
    [['--kubeconfig', 'x', '--token-store', 'file'], /--token-store is memory or configmap, not "file"/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses "${args.join(' ')}" and says why`, () =>
      assert.throws(
        () => parseArguments(args),
        (error) => error instanceof WrongArgument && message.test(error.message),
      ));
  }
});
