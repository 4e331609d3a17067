import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PathMap } from '../../src/events/path-map.ts';

const paths = fc.tuple(fc.constantFrom('', 'a', 'ab'), fc.constantFrom('', 'b', 'ba'), fc.constantFrom('', 'c'));

test('a path map keeps apart what differs in any part, in the order of adding', () => {
  fc.assert(
    fc.property(fc.uniqueArray(paths, { selector: (path) => JSON.stringify(path) }), (all) => {
      const map = new PathMap<readonly string[]>();
      for (const path of all) {
        assert.equal(map.get(path), undefined);
        map.add(path, path);
      }
      for (const path of all) assert.equal(map.get(path), path);
      assert.deepEqual(map.values, all);
      assert.equal(map.size, all.length);
    }),
  );
});
