/** Keeps the figures of a run, and makes docs/fault-run.md from them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Result } from './result.ts';
import { comparisonTable, runTable } from './table.ts';

export const pagePath = fileURLToPath(new URL('../../docs/fault-run.md', import.meta.url));
const results = join(import.meta.dirname, 'results');

interface Kept {
  readonly ours: readonly Result[];
  readonly compared: readonly Result[];
}

/** Of the last runs with `--write`. */
export function keptResults(): Kept {
  const read = (name: string): readonly Result[] => {
    const path = join(results, `${name}.json`);
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
  };
  return { ours: read('kube-apiserver-check'), compared: read('comparison') };
}

/** In place of the earlier one of this name; makes the page anew. */
export function keepResult(name: 'kube-apiserver-check' | 'comparison', found: readonly Result[]): void {
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(found, undefined, 2)}\n`);
  const { ours, compared } = keptResults();
  writeFileSync(pagePath, renderPage(ours, compared));
}

const intro = `# The fault run

<!-- Made by \`npm run faults -- --write\` and \`npm run faults -- --compare --write\` from test/faults/results. Do not edit by hand. -->

\`npm run faults\` writes events of both styles to a real kube-apiserver and etcd, a third of the writes repeating an earlier event, while
replicas of the check run as processes of their own with the rights of the rendered RBAC manifest. Processes are killed, ended and paused for
longer than their lease; the API server is killed and restarted; etcd is compacted and restored from a snapshot; the token is deleted and edited
by hand; commits are rejected; connections are cut and fall silent. In the end the files of the processes are held against the server:

- **lost**: the last version of an object that the server holds is in no file. It has to be 0.
- **skipped**: a version that was overtaken, deleted or rolled back before it could be read. Nobody can read it any more.
- **repeated**: a version is in the files more than once. Allowed only with an [excuse](./delivery.md), each of which is proven: by what
  was committed behind the stored token at the moment of a \`kill -9\` or a pause, by a restore, by a token changed by hand, by a lease that
  another took over after an outage.
`;

export function renderPage(ours: readonly Result[], compared: readonly Result[]): string {
  return [
    intro,
    ...ours.flatMap((result) => ['## The check', '', factsOf(result, ''), `${runTable(result)}\n`]),
    ...(compared[0]
      ? ['## Beside others', '', beside, factsOf(compared[0], ' --compare'), `${comparisonTable(compared)}\n`]
      : []),
  ].join('\n');
}

const beside = `The same writes and the same faults, one replica each, without faults that only one of them can have (lease, token in the cluster, commits,
restore). \`client-node-informer\` is \`makeInformer\` of @kubernetes/client-node with a line for each add and update. \`list-watch\` is a list
and a watch written by hand with care: pages, a resource version saved in a file behind each batch, a new list after a 410.
`;

const factsOf = ({ seed, date, machine, versions }: Result, how: string): string =>
  `\`npm run faults --${how} --seed ${seed}\`, ${date}; ${machine}; ${versions}.\n`;
