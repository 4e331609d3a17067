/** Builds the Go peer with the module that the tests' control plane is built from, so that client-go is of the server's version. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { moduleFolder, readRecipe } from '../test/envtest/assets.ts';
import type { Log } from './scenario.ts';

const source = join(import.meta.dirname, 'peers/client-go/main.go');

/** @returns the program's path; Go keeps what it compiled, so only the first time takes minutes @throws with Go's words */
export function buildClientGo(folder: string, log: Log): string {
  const { flags, environment, go } = readRecipe();
  const program = join(folder, 'client-go');
  log('building the Go peer');
  const { status, error, stderr } = spawnSync('go', ['build', ...flags, '-o', program, source], {
    cwd: moduleFolder,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  if (error !== undefined)
    throw new Error(`the Go peer needs Go ${go} or newer (https://go.dev/dl/)`, { cause: error });
  if (status !== 0) throw new Error(`the Go peer was not built: ${stderr}`);
  return program;
}
