/** How much memory the API server takes, as it says itself, sampled while something goes on. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN } from '../envtest/credentials.ts';
import type { Requests } from '../envtest/requests.ts';

export interface ServerMemory {
  readonly residentBytes: number;
  readonly heapInUseBytes: number;
}

export interface ServerMemoryRecord extends AsyncDisposable {
  /** Since it was begun. */
  readonly peak: ServerMemory;
  /** Rejects if the server could not be asked once. */
  stop(): Promise<void>;
}

const sampledEveryMs = 500;

export async function serverMemory(server: Requests): Promise<ServerMemory> {
  const { status, body } = await server.request<string>(ADMIN, 'GET', '/metrics');
  assert.equal(status, 200);
  const gauge = (name: string): number => {
    const line = body.split('\n').find((each) => each.startsWith(`${name} `));
    assert.ok(line, `the server has no metric ${name}`);
    return Number(line.slice(name.length));
  };
  return {
    residentBytes: gauge('process_resident_memory_bytes'),
    heapInUseBytes: gauge('go_memstats_heap_inuse_bytes'),
  };
}

export function recordServerMemory(server: Requests): ServerMemoryRecord {
  const stopping = new AbortController();
  let peak: ServerMemory = { residentBytes: 0, heapInUseBytes: 0 };

  async function sampleInTurn(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { residentBytes, heapInUseBytes } = await serverMemory(server);
      peak = {
        residentBytes: Math.max(peak.residentBytes, residentBytes),
        heapInUseBytes: Math.max(peak.heapInUseBytes, heapInUseBytes),
      };
      await sleep(sampledEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const ended = sampleInTurn();
  ended.catch(() => undefined);
  async function stop(): Promise<void> {
    stopping.abort();
    await ended;
  }
  return {
    get peak() {
      return peak;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
