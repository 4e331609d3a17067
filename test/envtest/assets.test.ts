import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { assetsFolder, binaries, findAssets, readRecipe } from './assets.ts';

const scratch = mkdtempSync(join(tmpdir(), 'kube-apiserver-check-assets-'));
after(() => rmSync(scratch, { recursive: true }));

function emptyFolder(name: string): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  return folder;
}

/** Runs a file of this folder with node, in no environment but the given one. */
function run(flags: readonly string[], file: string, env: Readonly<Record<string, string>>) {
  const path = join(import.meta.dirname, file);
  return spawnSync(process.execPath, [...flags, path], { env: { PATH: '', HOME: scratch, ...env }, encoding: 'utf8' });
}

/** A folder for PATH with a `go` that answers its version and builds by this line of shell; $6 is the output file. */
function fakeGo(name: string, version: string, build: string): string {
  const folder = emptyFolder(name);
  const script = `#!/bin/sh\nif [ "$1" = version ]; then echo "go version go${version} any/any"; exit; fi\n${build}\n`;
  writeFileSync(join(folder, 'go'), script, { mode: 0o755 });
  return folder;
}

test('binaries are in the cache folder of the user, under a name that tells the versions', () => {
  const { key } = readRecipe();
  assert.match(key, /^kubernetes-v1\.\d+\.\d+-etcd-v3\.\d+\.\d+-/);
  assert.equal(assetsFolder({}), join(homedir(), '.cache', 'kube-apiserver-check', 'envtest', key));
  assert.equal(assetsFolder({ XDG_CACHE_HOME: '/c' }), join('/c', 'kube-apiserver-check', 'envtest', key));
});

test('KUBEBUILDER_ASSETS wins, for finding, printing and building', () => {
  const given = emptyFolder('given');
  writeFileSync(join(given, 'etcd'), '');
  const env = { KUBEBUILDER_ASSETS: given, XDG_CACHE_HOME: scratch };
  assert.deepEqual(findAssets(['etcd'], env), { folder: given });
  assert.deepEqual(findAssets(['etcd', 'etcdutl', 'kube-apiserver'], env), {
    missing: `no etcdutl, kube-apiserver in KUBEBUILDER_ASSETS=${given}`,
  });
  assert.equal(run([], 'path.ts', env).stdout, `${given}\n`);
  assert.equal(run([], 'build.ts', env).stdout, `KUBEBUILDER_ASSETS is set, nothing is built: ${given}\n`);
});

test('what is missing is said in one line', () => {
  assert.deepEqual(findAssets(['kube-apiserver'], { XDG_CACHE_HOME: scratch }), {
    missing: 'no kube-apiserver: run "npm run envtest:build" (needs Go) or set KUBEBUILDER_ASSETS',
  });
});

test('without binaries the tests on the real server are skipped, or fail where they are required', () => {
  const given = emptyFolder('nothing');
  const env = { KUBEBUILDER_ASSETS: given };
  const flags = ['--conditions=kasc-source', '--test', '--test-reporter=tap'];
  const skipped = run(flags, 'control-plane.real.ts', env);
  assert.equal(skipped.status, 0);
  assert.match(skipped.stdout, /# SKIP no etcd, kube-apiserver, etcdutl in KUBEBUILDER_ASSETS=/);
  assert.match(skipped.stdout, /^# pass 0$/m);
  const required = run(flags, 'control-plane.real.ts', { ...env, KASC_REAL: 'required' });
  assert.equal(required.status, 1);
  assert.match(required.stdout, /no etcd, kube-apiserver, etcdutl in KUBEBUILDER_ASSETS=/);
  assert.match(required.stdout, /^# pass 0$/m);
});

test('building without Go, or with one that is too old, says what to install', () => {
  const lowest = readRecipe().go.replaceAll('.', '\\.');
  for (const [path, message] of [
    [emptyFolder('no-go'), `^Go is not installed: install Go ${lowest} or newer`],
    [fakeGo('old-go', '1.9.7', 'exit 9'), `^Go 1\\.9\\.7 is too old: install Go ${lowest} or newer`],
  ] as const) {
    const answer = run([], 'build.ts', { PATH: path, XDG_CACHE_HOME: scratch });
    assert.equal(answer.status, 1);
    assert.match(answer.stderr, new RegExp(message));
  }
});

test('a failed build leaves nothing behind, and the next goes on with what is not there', () => {
  const cache = emptyFolder('cache');
  const env = { XDG_CACHE_HOME: cache };
  const folder = assetsFolder(env);
  const failing =
    'case $6 in */kube-apiserver.*) echo half > "$6"; echo "no space left" >&2; exit 1;; esac; echo x > "$6"';
  const failed = run([], 'build.ts', { ...env, PATH: fakeGo('failing-go', '99.0', failing) });
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /^kube-apiserver: not built, .*\nno space left$/m);
  assert.deepEqual(readdirSync(folder).sort(), ['etcd', 'etcdutl']);

  const built = run([], 'build.ts', { ...env, PATH: fakeGo('good-go', '99.0', 'echo x > "$6"') });
  assert.equal(built.status, 0, built.stderr);
  assert.match(built.stdout, /^etcd: already there$/m);
  assert.match(built.stdout, /^kube-apiserver: built in /m);
  assert.deepEqual(readdirSync(folder).sort(), [...binaries].sort());
  assert.equal(dirname(folder), join(cache, 'kube-apiserver-check', 'envtest'));
});
