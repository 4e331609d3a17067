/**
 * The only door to `debug`: namespaces `kube-apiserver-check:<part>`, switched on by the DEBUG variable. Never a credential.
 * It is loaded when something is first said: importing this library must not pay for it.
 */
import type { Debugger } from 'debug';

export type Log = (format: string, ...args: unknown[]) => void;

export function logger(part: string): Log {
  let say: Debugger | undefined;
  return (format, ...args) => {
    say ??= load()(`kube-apiserver-check:${part}`);
    say(format, ...args);
  };
}

function load(): typeof import('debug') {
  const { createRequire } = process.getBuiltinModule('node:module');
  return createRequire(import.meta.url)('debug');
}
