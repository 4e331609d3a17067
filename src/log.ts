/**
 * The only door to `debug`: namespaces `kube-apiserver-check:<part>`, switched on by the DEBUG variable. Never a credential.
 * It is loaded when something is first said: importing this library must not pay for it.
 */
import type { Debugger } from 'debug';
import { required } from './required.ts';

export type Log = (format: string, ...args: unknown[]) => void;

export function logger(part: string): Log {
  let say: Debugger | undefined;
  return (format, ...args) => {
    say ??= (required('debug') as typeof import('debug'))(`kube-apiserver-check:${part}`);
    say(format, ...args);
  };
}
