/** A peer, the least that can be done by hand: undici, lines, `JSON.parse`; an event is there when it is parsed. */
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { sayReady } from '../own-process.ts';
import { credentials } from '../undici-credentials.ts';
import { nowUs, startLagTally } from './lag-tally.ts';

interface Frame {
  readonly object: { readonly metadata: { readonly name: string } };
}

const { server, dispatcher, headers } = credentials();
const { task, see } = startLagTally();
const query = { watch: '1', resourceVersion: task.resourceVersion };
const { statusCode, body } = await request(`${server}/api/v1/events`, { query, dispatcher, headers });
if (statusCode !== 200) throw new Error(`status ${statusCode}`);
sayReady();
for await (const line of createInterface(body)) {
  const { object } = JSON.parse(line) as Frame;
  see(object.metadata.name, nowUs());
}
