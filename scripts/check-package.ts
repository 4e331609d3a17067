/**
 * Checks the packed tarball as a consumer gets it: publint and attw, each entry point imported by plain Node, a strict TypeScript consumer,
 * and what importing the root costs over an empty script.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The budget for importing the package's root over an empty script, in milliseconds where that takes {@link emptyMs}; a machine that is slow, or
 * slowed down just now, gets as much more as it takes more for nothing.
 */
const importBudgetMs = 15;
const emptyMs = 28;
const rounds = 25;

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'kube-apiserver-check-package-'));
try {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder, '--ignore-scripts'], { encoding: 'utf8' }),
  );
  const tarball = join(folder, packed.filename);
  console.log(`${packed.filename}: ${packed.files.length} files, ${Math.round(packed.size / 1024)} KiB`);

  const linted = passes('publint', ['run', tarball, '--strict']);
  const typed = passes('attw', [tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'ascii']);

  install(tarball);
  const consumer = checkConsumer();
  const times = measureImport();
  const [cost, empty, budget] = [times.root - times.empty, times.empty, budgetMs(times)].map((ms) => ms.toFixed(1));
  console.log(
    `importing the root costs ${cost} ms over an empty script, which takes ${empty} ms (budget ${budget} ms)`,
  );
  if (!linted || !typed || !consumer || isTooDear(times)) process.exitCode = 1;
  else console.log('package: ok');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs a tool and shows what it says only if it is not content. */
function passes(tool: string, args: readonly string[]): boolean {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
  if (status !== 0) console.log(`${tool}: ${stdout}${stderr}`);
  return status === 0;
}

/** The tarball's content as an installed package; its dependencies are those of this checkout. */
function install(tarball: string): void {
  const modules = join(folder, 'node_modules');
  const target = join(modules, manifest.name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  const needed = [...Object.keys(manifest.dependencies), '@types/node', 'undici-types', 'ms'];
  for (const name of needed) {
    mkdirSync(join(modules, name, '..'), { recursive: true });
    symlinkSync(resolve('node_modules', name), join(modules, name));
  }
}

function checkConsumer(): boolean {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(folder, 'consumer.ts'),
    `import { KubeASCheck, type Sender } from 'kube-apiserver-check';
import { FakeApiServer, RecordingSender } from 'kube-apiserver-check/testing';
import { consoleSender } from 'kube-apiserver-check/senders/console';
import { jsonLinesSender } from 'kube-apiserver-check/senders/json-lines';
const sender: Sender = new RecordingSender();
export const check = new KubeASCheck({ sender, config: { leader: { skip: true } } });
export const rest = [FakeApiServer, consoleSender, jsonLinesSender];
console.log(check.name);
`,
  );
  const flags = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2023,esnext.disposable',
    '--types',
    'node',
  ];
  const compiled = spawnSync('tsc', [...flags, 'consumer.ts'], { cwd: folder, encoding: 'utf8' });
  if (compiled.status !== 0) console.log(`a strict TypeScript consumer does not compile:\n${compiled.stdout}`);
  const ran = spawnSync('node', ['consumer.ts'], { cwd: folder, encoding: 'utf8' });
  if (ran.stdout.trim() !== 'kubernetes_apiserver') console.log(`a consumer does not run:\n${ran.stdout}${ran.stderr}`);
  return compiled.status === 0 && ran.status === 0;
}

/** Of whole processes, in milliseconds. */
interface ImportTimes {
  readonly empty: number;
  readonly root: number;
}

/** The least of several rounds, taken in turns: what is above it is the machine's noise. */
function measureImport(): ImportTimes {
  writeFileSync(join(folder, 'empty.mjs'), '');
  writeFileSync(join(folder, 'root.mjs'), `import 'kube-apiserver-check';`);
  const least = { empty: Number.POSITIVE_INFINITY, root: Number.POSITIVE_INFINITY };
  // Where it seems too dear, twice as many more: a machine that is busy just now has a quiet moment, a library that is too large has none.
  for (let round = 0; round < rounds || (round < 3 * rounds && isTooDear(least)); round++) {
    for (const script of ['empty', 'root'] as const) least[script] = Math.min(least[script], timeOf(`${script}.mjs`));
  }
  return least;
}

function budgetMs({ empty }: ImportTimes): number {
  return importBudgetMs * Math.max(1, empty / emptyMs);
}

function isTooDear(times: ImportTimes): boolean {
  return times.root - times.empty > budgetMs(times);
}

function timeOf(script: string): number {
  const startedAtMs = performance.now();
  execFileSync('node', [script], { cwd: folder });
  return performance.now() - startedAtMs;
}
