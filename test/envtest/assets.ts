/**
 * Where the control plane's binaries are and what they are built from. KUBEBUILDER_ASSETS wins; else they live in a cache
 * folder outside the tree whose name changes with everything that goes into a build, so a hit is never stale.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const packages = {
  etcd: 'go.etcd.io/etcd/server/v3',
  etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
} as const;

export type Binary = keyof typeof packages;
export const binaries = Object.keys(packages) as Binary[];

/** The folder of the module that pins the versions. */
export const moduleFolder = import.meta.dirname;

export interface Recipe {
  readonly kubernetes: string;
  readonly etcd: string;
  /** The lowest Go version that go.mod accepts. */
  readonly go: string;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Names the cache folder. */
  readonly key: string;
}

export function readRecipe(): Recipe {
  const goMod = readFileSync(join(moduleFolder, 'go.mod'), 'utf8');
  const kubernetes = pinned(goMod, /^\s*k8s\.io\/kubernetes (v\S+)/m);
  const etcd = pinned(goMod, /^\s*go\.etcd\.io\/etcd\/server\/v3 (v\S+)/m);
  const [major, minor] = kubernetes.slice(1).split('.');
  // Without these a kube-apiserver built from its module calls itself v0.0.0-master.
  const stamp = Object.entries({ gitVersion: kubernetes, gitMajor: major, gitMinor: minor })
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
  const flags = ['-trimpath', `-ldflags=-s -w ${stamp}`];
  const environment = { CGO_ENABLED: '0' };
  const platform = `${process.platform}-${process.arch}`;
  const hash = createHash('sha256').update(JSON.stringify({ goMod, flags, environment, platform })).digest('hex');
  const key = `kubernetes-${kubernetes}-etcd-${etcd}-${platform}-${hash.slice(0, 12)}`;
  return { kubernetes, etcd, go: pinned(goMod, /^go (\S+)/m), flags, environment, key };
}

function pinned(goMod: string, pattern: RegExp): string {
  const version = pattern.exec(goMod)?.[1];
  if (version === undefined) throw new Error(`test/envtest/go.mod has nothing that matches ${pattern}`);
  return version;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder that KUBEBUILDER_ASSETS names, if it is set. */
export function givenFolder(environment: Environment = process.env): string | undefined {
  return environment['KUBEBUILDER_ASSETS'] || undefined;
}

export function assetsFolder(environment: Environment = process.env): string {
  const cache = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return givenFolder(environment) ?? join(cache, 'kube-apiserver-check', 'envtest', readRecipe().key);
}

export type Assets = { readonly folder: string } | { readonly missing: string };

/** The folder with all these binaries, or one line that says what is missing and how to get it. */
export function findAssets(needed: readonly Binary[], environment: Environment = process.env): Assets {
  const folder = assetsFolder(environment);
  const absent = needed.filter((binary) => !existsSync(join(folder, binary))).join(', ');
  if (absent === '') return { folder };
  return givenFolder(environment) === undefined
    ? { missing: `no ${absent}: run "npm run envtest:build" (needs Go) or set KUBEBUILDER_ASSETS` }
    : { missing: `no ${absent} in KUBEBUILDER_ASSETS=${folder}` };
}
