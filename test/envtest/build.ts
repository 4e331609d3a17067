/**
 * `npm run envtest:build`: builds the control plane's binaries into the cache folder, leaving out what is there. Each is
 * written under another name and renamed when whole, so an interrupted build leaves nothing that passes for a binary.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { assetsFolder, type Binary, binaries, givenFolder, moduleFolder, packages, readRecipe } from './assets.ts';

const PROGRESS_EVERY_MS = 15_000;
const LINES_OF_A_FAILURE = 30;

const recipe = readRecipe();

/** What hinders `go build`, in words that say what to do. */
function goProblem(): string | undefined {
  const remedy = `install Go ${recipe.go} or newer (https://go.dev/dl/) or set KUBEBUILDER_ASSETS`;
  // In the module's folder, because there Go may switch to a newer toolchain that it has or fetches.
  const answer = spawnSync('go', ['version'], { cwd: moduleFolder, encoding: 'utf8' });
  if (answer.error !== undefined) return `Go is not installed: ${remedy}`;
  const version = /\bgo(\d+\.\d+(?:\.\d+)?)/.exec(answer.stdout)?.[1];
  if (version === undefined) return `"go version" failed: ${(answer.stderr || answer.stdout).trim()}\n${remedy}`;
  return isOlder(version, recipe.go) ? `Go ${version} is too old: ${remedy}` : undefined;
}

function isOlder(version: string, wanted: string): boolean {
  const numbers = (text: string): number[] => text.split('.').map(Number);
  const [have, want] = [numbers(version), numbers(wanted)];
  const differing = want.findIndex((number, place) => number !== (have[place] ?? 0));
  return differing !== -1 && (have[differing] ?? 0) < (want[differing] ?? 0);
}

/** Resolves to undefined when built, else to the end of what Go said. */
async function goBuild(binary: Binary, output: string, interrupt: AbortSignal): Promise<string | undefined> {
  const started = performance.now();
  let compiled = 0;
  const said: string[] = [];
  const go: ChildProcess = spawn('go', ['build', '-v', ...recipe.flags, '-o', output, packages[binary]], {
    cwd: moduleFolder,
    env: { ...process.env, ...recipe.environment },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const stop = (): void => void go.kill('SIGTERM');
  interrupt.addEventListener('abort', stop);
  // -v writes the name of each package that is not in Go's cache.
  const lines = createInterface({ input: go.stderr! });
  lines.on('line', (line) => {
    if (/^[\w./-]+$/.test(line)) compiled += 1;
    else if (!line.startsWith('go: downloading')) said.push(line);
  });
  const progress = setInterval(() => {
    console.log(`${binary}: ${compiled} packages compiled, ${seconds(started)}`);
  }, PROGRESS_EVERY_MS);
  const code = await new Promise<number | null>((resolve) => go.on('close', resolve));
  clearInterval(progress);
  interrupt.removeEventListener('abort', stop);
  if (code === 0) return undefined;
  return interrupt.aborted ? 'interrupted' : said.slice(-LINES_OF_A_FAILURE).join('\n');
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

async function build(): Promise<number> {
  const folder = assetsFolder();
  if (givenFolder() !== undefined) {
    console.log(`KUBEBUILDER_ASSETS is set, nothing is built: ${folder}`);
    return 0;
  }
  const started = performance.now();
  const todo = binaries.filter((binary) => !existsSync(join(folder, binary)));
  for (const binary of binaries.filter((each) => !todo.includes(each))) console.log(`${binary}: already there`);
  const problem = todo.length > 0 ? goProblem() : undefined;
  if (problem !== undefined) {
    console.error(problem);
    return 1;
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  mkdirSync(folder, { recursive: true });
  for (const binary of todo) {
    console.log(`${binary}: building from ${packages[binary]} (the first time takes minutes)`);
    const began = performance.now();
    const unfinished = join(folder, `${binary}.${process.pid}.unfinished`);
    const failure = await goBuild(binary, unfinished, interrupt.signal);
    if (failure !== undefined) {
      rmSync(unfinished, { force: true });
      console.error(`${binary}: not built, ${seconds(began)}\n${failure}`);
      return 1;
    }
    const megabytes = Math.round(statSync(unfinished).size / 1e6);
    renameSync(unfinished, join(folder, binary));
    console.log(`${binary}: built in ${seconds(began)}, ${megabytes} MB`);
  }
  console.log(`Kubernetes ${recipe.kubernetes}, etcd ${recipe.etcd}: ${folder} (${seconds(started)})`);
  return 0;
}

process.exitCode = await build();
