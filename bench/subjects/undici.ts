/**
 * A peer, and the measure of what JSON costs at all: undici's `request` and `JSON.parse`, nothing else. With a version the lines of a watch,
 * else a list in pages.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Agent, type Dispatcher, request } from 'undici';
import { readTask, startTally } from './tally.ts';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

interface Item {
  readonly metadata: { readonly uid: string };
}

interface Page {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly Item[];
}

const task = readTask();
const tally = startTally(task);
// As the control plane of the tests writes it: JSON.
const { clusters, users }: Kubeconfig = JSON.parse(readFileSync(process.env['KUBECONFIG'] ?? '', 'utf8'));
const { server = '', 'certificate-authority-data': authority = '' } = clusters[0]?.cluster ?? {};
const dispatcher = new Agent({ connect: { ca: Buffer.from(authority, 'base64') } });
const headers = { authorization: `Bearer ${users[0]?.user.token}`, accept: 'application/json' };

async function get(query: Readonly<Record<string, string>>): Promise<Dispatcher.ResponseData['body']> {
  const url = `${server}/api/v1/events?${new URLSearchParams(query)}`;
  const { statusCode, body } = await request(url, { dispatcher, headers });
  if (statusCode !== 200) throw new Error(`status ${statusCode}: ${await body.text()}`);
  return body;
}

async function list(limit: string): Promise<void> {
  let more = '';
  do {
    const page: Page = JSON.parse(await (await get({ limit, continue: more })).text());
    for (const event of page.items) tally.see(event.metadata.uid);
    more = page.metadata.continue ?? '';
  } while (more !== '');
}

async function watch(resourceVersion: string): Promise<void> {
  const lines = createInterface(await get({ watch: '1', resourceVersion }));
  lines.on('line', (line) => {
    const frame: { readonly type: string; readonly object: Item } = JSON.parse(line);
    if (frame.type !== 'ADDED') throw new Error(line);
    tally.see(frame.object.metadata.uid);
    if (tally.isComplete()) lines.close();
  });
  await new Promise((resolve) => lines.once('close', resolve));
}

await (task.resourceVersion === undefined ? list(String(task.pageSize ?? 500)) : watch(task.resourceVersion));
tally.report();
