/** The programs of this folder. */
import { nodeProgram, type ProgramRun, type Running, startProgram } from '../program.ts';

export interface HostSpec extends Pick<ProgramRun, 'task' | 'kubeconfig'> {
  /** Of this folder, without its ending. */
  readonly host: string;
}

/** Against one that never ends. */
const patienceMs = 180_000;

export const startHost = <Account>({ host, ...run }: HostSpec): Running<Account> =>
  startProgram<Account>({ program: nodeProgram(`hosts/${host}.ts`), patienceMs, ...run });

/** @throws where it failed, with its words */
export const runHost = <Account>(spec: HostSpec): Promise<Account> => startHost<Account>(spec).account;
