/** A destination over HTTP, as a host may have one: keeps what is posted to it, or answers what a test tells it to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What {@link import('../../examples/custom-sender.ts').httpSender} posts. */
export type Item = { readonly type: string } & Readonly<Record<string, unknown>>;

type Reaction = (response: ServerResponse) => void;

export class Intake {
  /** The parsed bodies that were accepted, in order. */
  readonly bodies: unknown[] = [];
  readonly authorizations: (string | undefined)[] = [];
  readonly #reactions: Reaction[] = [];
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  /** Listens on 127.0.0.1, and ends with the test. */
  async start(t: TestContext): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    t.after(() => this.close());
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** All items that were accepted. */
  get items(): readonly Item[] {
    return this.bodies.flatMap((body) => (body as { readonly items: readonly Item[] }).items);
  }

  /** The next request is answered with this status, and nothing of it is kept. */
  refuseNext(status: number, body: object = {}): void {
    this.#reactions.push((response) => response.writeHead(status).end(JSON.stringify(body)));
  }

  /** The next request is never answered. */
  stallNext(): void {
    this.#reactions.push(() => undefined);
  }

  forgetReactions(): void {
    this.#reactions.length = 0;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.authorizations.push(request.headers.authorization);
    const reaction = this.#reactions.shift();
    if (reaction) return reaction(response);
    this.bodies.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    response.writeHead(202).end();
  }
}
