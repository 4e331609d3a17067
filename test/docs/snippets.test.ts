import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, test } from 'node:test';
import { coreEvent, newStyleEvent } from '../../src/testing/index.ts';
import { fakeCluster, kubeconfigFile, root, runNode, temporaryFolder } from '../examples/child-process.ts';
import { Intake } from '../examples/intake.ts';
import { type Block, blocksOf } from './markdown.ts';
import { pageAt, pages } from './pages.ts';
import { type Snippet, typeErrors } from './type-check.ts';

interface PageBlock extends Block {
  readonly path: string;
}

const blocks: readonly PageBlock[] = pages.flatMap(({ path, text }) =>
  blocksOf(text).map((block) => ({ ...block, path })),
);
const programs = blocks.filter(({ language }) => language === 'ts');
/** The first one that anyone sees; more is asked of it. */
const first = programs.find(({ path }) => path === 'README.md');

/** What a snippet in a comment may take for granted, as whoever reads it does. */
const surroundings = `
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, KubeASCheck, type KubeASCheckConfig, type Sender } from 'kube-apiserver-check';
import { coreEvent, FakeApiServer, ManualClock, RecordingSender, senderContract } from 'kube-apiserver-check/testing';
declare const sender: Sender;
declare const config: KubeASCheckConfig;
declare const check: KubeASCheck;
declare const clock: ManualClock;
declare const server: FakeApiServer & { readonly received: readonly string[] };
declare const url: string;
declare const MySender: new (url: string) => Sender;
declare function retryThreeTimes(options: { readonly clock: Clock }): Promise<void>;
`;

function snippetsInComments(): readonly Snippet[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((name) => {
    const path = `src/${name}`;
    return blocksOf(readFileSync(join(root, path), 'utf8'))
      .filter(({ language }) => language === 'ts')
      .map(({ code, line }) => ({ path, line, code, before: surroundings }));
  });
}

describe('what the pages and comments show', () => {
  it('type-checks as strictly as the project, where what is wrong is found', () => {
    const inComments = snippetsInComments();
    assert.ok(programs.length > 0 && inComments.length > 0, 'no snippet is found');
    const wrong = [
      { path: 'a.md', line: 10, code: "import { KubeASCheck } from 'kube-apiserver-check';\nnew KubeASCheck({});\n" },
      { path: 'b.ts', line: 20, code: 'config.events = {};\n', before: surroundings },
    ];
    // One program: it is the compiler's work for the library that takes the time.
    const errors = typeErrors([...programs, ...inComments, ...wrong]);
    const expected = errors.filter((error) => /^[ab]\./.test(error));
    assert.deepEqual(
      errors.filter((error) => !expected.includes(error)),
      [],
    );
    const [missing = '', readOnly = '', ...others] = expected;
    assert.deepEqual(others, []);
    assert.match(missing, /^a\.md:11: .*sender/);
    assert.match(readOnly, /^b\.ts:20: .*read-only/);
  });

  it('has a language, and a reason where it is not run', () => {
    for (const { path, line, language, note } of blocks) {
      const place = `${path}:${line}`;
      assert.ok(['ts', 'sh', 'yaml', 'text'].includes(language), `${place}: ${language || 'no language'}`);
      if (note !== '') assert.match(note, /^no-run: .{10,}/, place);
    }
  });
});

describe('what the pages show runs against an API server', () => {
  for (const program of programs.filter((one) => one !== first && one.note === '')) {
    it(`${program.path}:${program.line}`, async (t) => {
      const { ended } = await runSnippet(t, program.code);
      assert.equal(ended.code, 0, `${ended.stdout}\n${ended.stderr}`);
      assert.doesNotMatch(ended.stdout, /\bfailed\b/);
    });
  }
});

test('the program of the README brings every event to its sender, once', async (t) => {
  const { server, intake, ended } = await runSnippet(t, first?.code ?? '');
  assert.equal(ended.code, 0, ended.stderr);
  const told = intake.bodies.flat() as {
    readonly type: string;
    readonly sources?: readonly { readonly id: string }[];
  }[];
  assert.deepEqual(
    told.flatMap(({ sources = [] }) => sources.map(({ id }) => id)).sort(),
    server.events.map(({ metadata }) => `${metadata.uid}:${metadata.resourceVersion}`).sort(),
  );
  assert.ok(told.some(({ type }) => type === 'serviceCheck'));
  assert.match(ended.stdout, / sole: ok in \d+ ms$/m);
  const written = server.requests.filter(({ method }) => method !== 'GET').map(({ path }) => path);
  assert.deepEqual(
    [...new Set(written.map((path) => path.replace(/\/kube-apiserver-check$/, '')))],
    ['/api/v1/namespaces/default/configmaps'],
  );
});

test('the README has the two commands as they are to be typed', () => {
  const commands = blocksOf(pageAt('README.md').text).filter(({ language }) => language === 'sh');
  assert.deepEqual(
    commands.map(({ code }) => code),
    ['npm ci && npm start\n', 'npm ci && npm test\n'],
  );
});

test('every npm command that the pages name is one of package.json', () => {
  const { scripts } = JSON.parse(pageAt('package.json').text) as { readonly scripts: Readonly<Record<string, string>> };
  for (const { path, text } of pages) {
    for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g))
      assert.ok(name in scripts, `${path}: npm run ${name}`);
    for (const [, name = ''] of text.matchAll(/npm (start|test)\b/g))
      assert.ok(name in scripts, `${path}: npm ${name}`);
  }
});

/** In a folder of its own, where the package is installed, with a kubeconfig for a fake cluster in which something has happened. */
async function runSnippet(t: TestContext, code: string) {
  const [server, folder, intake] = await Promise.all([fakeCluster(t), temporaryFolder(t), new Intake().start(t)]);
  // Where the Agent lives, and its ConfigMap.
  server.addNamespace('datadog');
  server.addEvent(coreEvent({ reason: 'BackOff', type: 'Warning' }));
  server.addEvent(newStyleEvent());
  server.updateEvent({ name: String(server.events[0]?.metadata.name) }, { count: 2 });
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules', 'kube-apiserver-check'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'snippet.ts'), code);
  const env = { KUBECONFIG: await kubeconfigFile(folder, server), INTAKE_URL: intake.url };
  return { server, intake, ended: await runNode(['snippet.ts'], { env, cwd: folder }) };
}
