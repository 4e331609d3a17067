/** The command line of the fault run. */
import { parseArgs } from 'node:util';
import { type Mutation, mutations } from './said.ts';
import { allFaults, commonFaults, type FaultKind, faultKinds } from './schedule.ts';
import { type Peer, peers } from './subjects.ts';

export interface Arguments {
  /** What is run: once, or one after the other through the same. */
  readonly subjects: readonly ('kube-apiserver-check' | Peer)[];
  readonly seed: number;
  readonly events: number;
  readonly faults: readonly FaultKind[];
  readonly mode: 'poll' | 'watch';
  readonly replicas: 1 | 2;
  readonly mutation?: Mutation;
  readonly compare: boolean;
  readonly write: boolean;
  /** A file for what happened in the (last) run, as JSON. */
  readonly details?: string;
}

export const usage = `npm run faults -- [options]

  --seed N          repeats the run that printed this seed (default: the time)
  --events N        how many versions are written at least (default 54000; with --compare, --peer, --mutate: 18000)
  --faults a,b,…    which faults, in an order made up from the seed (default: each at least once)
                    ${faultKinds.join(', ')}
  --mode M          watch or poll (default watch)
  --replicas N      2 with a lease, or 1 without (default 2; with --compare, --peer, --mutate: 1)
  --mutate M        a check that is broken on purpose: ${mutations.join(', ')}
  --peer P          another program instead of the check: ${peers.join(', ')}
  --compare         the check and the peers, through the same faults
  --details FILE    writes there what happened, as JSON: faults, roles, reports, the stored token
  --write           keeps the result in test/faults/results and makes docs/fault-run.md anew`;

/** @throws with the usage, where something can't be understood */
export function readArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...{ seed: { type: 'string' }, events: { type: 'string' }, faults: { type: 'string' } },
      ...{ mode: { type: 'string' }, replicas: { type: 'string' } },
      ...{ mutate: { type: 'string' }, peer: { type: 'string' }, details: { type: 'string' } },
      ...{ compare: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
    },
  });
  const { compare, write, peer, mutate, details } = values;
  const common = compare || peer !== undefined || mutate !== undefined;
  const faults = values.faults?.split(',').map((one) => oneOf(one, faultKinds, 'faults'));
  if (write && !compare && (peer !== undefined || mutate !== undefined))
    throw new Error('--write keeps the figures of the check, or of --compare: not of a peer alone or of a mutation');
  return {
    subjects: compare
      ? ['kube-apiserver-check', ...peers]
      : [peer === undefined ? 'kube-apiserver-check' : oneOf(peer, peers, 'peer')],
    seed: count(values.seed ?? String(Date.now() % 1_000_000), 'seed'),
    events: count(values.events ?? (common ? '18000' : '54000'), 'events'),
    faults: faults ?? (common ? commonFaults : allFaults),
    mode: oneOf(values.mode ?? 'watch', ['poll', 'watch'], 'mode'),
    replicas: oneOf(values.replicas ?? (common ? '1' : '2'), ['1', '2'], 'replicas') === '1' ? 1 : 2,
    ...(mutate === undefined ? {} : { mutation: oneOf(mutate, mutations, 'mutate') }),
    ...(details === undefined ? {} : { details }),
    ...{ compare, write },
  };
}

function oneOf<T extends string>(value: string, values: readonly T[], name: string): T {
  const found = values.find((each) => each === value);
  if (found === undefined) throw new Error(`--${name} ${value}: there are ${values.join(', ')}`);
  return found;
}

function count(value: string, name: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new Error(`--${name} ${value}: a number is needed`);
  return Number(value);
}
