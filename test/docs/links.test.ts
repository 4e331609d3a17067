import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../examples/child-process.ts';
import { anchorsOf, linksOf } from './markdown.ts';
import { pages } from './pages.ts';

describe('every link of the pages leads somewhere', () => {
  for (const { path, text } of pages) {
    it(path, () => {
      for (const { target } of linksOf(text)) {
        if (/^https:\/\//.test(target)) continue;
        const [file = '', anchor] = target.split('#');
        const linked = file === '' ? path : normalize(join(dirname(path), file));
        assert.ok(!linked.startsWith('..'), `${target} leaves the checkout`);
        assert.ok(existsSync(join(root, linked)), `${target}: there is no ${linked}`);
        if (anchor === undefined) continue;
        assert.ok(linked.endsWith('.md'), `${target}: an anchor in something that is no page`);
        const anchors = anchorsOf(readFileSync(join(root, linked), 'utf8'));
        assert.ok(anchors.has(anchor), `${target}: ${linked} has no heading for it, only ${[...anchors].join(', ')}`);
      }
    });
  }
});

describe('a link is found', () => {
  it('in prose and tables, not in code', () => {
    const text = '[a](x.md) and [`f(1)[2]`](y.md#z)\n\n| [c](../z.ts) |\n\n```ts\nconst [d](e) = f;\n```\n\n`[g](h)`\n';
    assert.deepEqual(
      linksOf(text).map(({ target }) => target),
      ['x.md', 'y.md#z', '../z.ts'],
    );
  });

  it('by the anchor that its heading has', () => {
    const text = '# What it *does*, `x.y`\n\n```sh\n# no heading\n```\n\n## Notes\n\n## Notes\n';
    assert.deepEqual([...anchorsOf(text)], ['what-it-does-xy', 'notes', 'notes-1']);
  });
});

describe('every page is found', () => {
  it('from the README, or from a page that it leads to', () => {
    const byPath = new Map(pages.map((page) => [page.path, page]));
    const found = new Set<string>();
    const visit = (path: string): void => {
      const page = byPath.get(path);
      if (page === undefined || found.has(path)) return;
      found.add(path);
      for (const { target } of linksOf(page.text)) visit(normalize(join(dirname(path), target.split('#')[0] ?? '')));
    };
    visit('README.md');
    assert.deepEqual(
      [...byPath.keys()].filter((path) => !found.has(path)),
      [],
    );
  });
});
