import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { ConfigMapTokenStore } from '../../src/tokens/config-map.ts';
import { FileTokenStore } from '../../src/tokens/file.ts';
import { MemoryTokenStore } from '../../src/tokens/memory.ts';
import { configMapApi } from './config-map-api.ts';
import { type Open, promises } from './contract.ts';

const stores: Readonly<Record<string, (t: TestContext) => Open>> = {
  ConfigMapTokenStore: () => {
    const api = configMapApi();
    return () => new ConfigMapTokenStore({ api, namespace: 'monitoring' });
  },
  FileTokenStore: (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'kasc-tokens-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    return () => new FileTokenStore({ path: join(folder, 'tokens.json') });
  },
  MemoryTokenStore: () => {
    const store = new MemoryTokenStore();
    return () => store;
  },
};

for (const [name, make] of Object.entries(stores)) {
  describe(`a ${name}`, () => {
    for (const { what, holds } of promises) test(what, (t) => holds(make(t)));
  });
}
