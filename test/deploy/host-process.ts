/** deploy/host.ts as a pod runs it: a process of its own, told by a file, a kubeconfig and signals. It ends with the test. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { root } from '../examples/child-process.ts';

export interface HostOptions {
  /** The text of its configuration file. */
  readonly config: string;
  /** The kubeconfig file. */
  readonly kubeconfig: string;
}

export interface HostEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface HostProcess {
  /** Nobody reads it unless the test does. */
  readonly stdout: Readable;
  /** All of it so far. */
  stderr(): string;
  /** Resolves when its stderr matches. @throws if it ends before */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** The status that a probe at this path is answered with. */
  probe(path: string): Promise<number>;
  terminate(): void;
  readonly ended: Promise<HostEnd>;
}

/** Against a host that never ends. */
const patienceMs = 120_000;

/** Resolves when it answers probes. */
export async function startHost(t: TestContext, { config, kubeconfig }: HostOptions): Promise<HostProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-apiserver-check-host-'));
  const file = join(folder, 'config.yaml');
  writeFileSync(file, config);
  const output = openPipe(join(folder, 'stdout'));
  const args = [`--config=${file}`, '--probe-port=0', '--probe-host=127.0.0.1'];
  const child = spawn(process.execPath, ['--conditions=kasc-source', 'deploy/host.ts', ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: kubeconfig },
    stdio: ['ignore', output.writable, 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  closeSync(output.writable);
  t.after(() => {
    child.kill('SIGKILL');
    output.readable.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  let stderr = '';
  let over: HostEnd | undefined;
  const observers = new Set<() => void>();
  const tellAll = () => {
    for (const observe of [...observers]) observe();
  };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    tellAll();
  });
  const ended = new Promise<HostEnd>((resolve, reject) => {
    child.once('error', reject).once('exit', (code, signal) => {
      over = { code, signal };
      resolve(over);
    });
  });
  void ended.then(tellAll, tellAll);

  function said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(stderr);
        if (!found && !over) return;
        observers.delete(look);
        if (found) resolve(found);
        else reject(new Error(`the host ended without ${pattern}: ${JSON.stringify(over)}\n${stderr}`));
      };
      observers.add(look);
      look();
    });
  }

  const [, port] = await said(/^probes on port (\d+)$/m);
  return {
    stdout: output.readable,
    stderr: () => stderr,
    said,
    async probe(path) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      await answer.body?.cancel();
      return answer.status;
    },
    terminate: () => void child.kill('SIGTERM'),
    ended,
  };
}

/** A named one, as container runtimes use: what Node calls a pipe is a socket, and a full one may behave otherwise. */
function openPipe(path: string): { readonly readable: Readable; readonly writable: number } {
  execFileSync('mkfifo', [path]);
  const readable = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { readable: new Socket({ fd: readable, readable: true, writable: false }), writable: openSync(path, 'w') };
}
