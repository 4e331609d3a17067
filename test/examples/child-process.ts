/**
 * Runs a program of ours as its user does: a process of its own, which finds its API server by the kubeconfig file that KUBECONFIG names.
 * Whatever happens, the process ends with the test.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FakeApiServer } from '../../src/testing/index.ts';

/** The checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** How a process ended. */
export interface Ended {
  /** null: it had to be killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** @defaultValue the checkout */
  readonly cwd?: string;
  /** Sends SIGINT as soon as the output has this in it. */
  readonly interruptAt?: string;
}

/** Against a process that never ends. One that waits for a deadline of the library (10 s or more) without need is a finding, too. */
const patienceMs = 60_000;

/** Runs Node with these arguments, from the sources, and waits for the process to end by itself. */
export function runNode(
  args: readonly string[],
  { env = {}, cwd = root, interruptAt }: RunOptions = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=kasc-source', ...args], {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patienceMs,
      killSignal: 'SIGKILL',
    });
    let awaited = interruptAt;
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (awaited === undefined || !stdout.includes(awaited)) return;
      // Once: a second one would end it at once.
      awaited = undefined;
      child.kill('SIGINT');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A fake API server that ends with the test, which fails if anything unplanned was asked. */
export async function fakeCluster(t: TestContext): Promise<FakeApiServer> {
  const server = await new FakeApiServer().start();
  t.after(() => server.close());
  return server;
}

/** A folder that is removed with the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-apiserver-check-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a kubeconfig for the server, as a user has one, and gives its path. */
export async function kubeconfigFile(folder: string, server: FakeApiServer): Promise<string> {
  const path = join(folder, 'kubeconfig');
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'fake',
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    clusters: [{ name: 'fake', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'fake', user: { token: 'fake-token' } }],
  };
  // JSON is YAML.
  await writeFile(path, JSON.stringify(kubeconfig));
  return path;
}
