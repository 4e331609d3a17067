/** The pages that people read: README, CONTRIBUTING and docs. What is generated from the code's comments (docs/api) is none of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../examples/child-process.ts';

export interface Page {
  /** From the root of the checkout. */
  readonly path: string;
  readonly text: string;
}

export function pageAt(path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

export const pages: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map(pageAt);
