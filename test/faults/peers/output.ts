/** The file of a peer, in the form that delivered.ts reads. */
import { appendFileSync } from 'node:fs';
import { batchMark, markOf } from '../delivered.ts';
import { cpuMs, type ProcessOptions, say } from '../said.ts';

/** Appends a batch of ids and tells it. */
export function appendBatch({ process: name, output }: ProcessOptions, ids: readonly string[]): void {
  if (ids.length === 0) return;
  const lines = [
    { type: 'gauge', ...markOf(name, Date.now()), name: batchMark },
    ...ids.map((id) => ({ type: 'event', sources: [{ id }] })),
  ];
  appendFileSync(output, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  say({ at: 'committed', ids, atMs: Date.now(), cpuMs: cpuMs() });
}

export interface Stored {
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
}

export const idOf = ({ metadata }: Stored): string => `${metadata?.uid}:${metadata?.resourceVersion}`;
