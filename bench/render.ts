/** `npm run docs:bench`: makes docs/benchmarks.md and its charts from the kept results. */
import { writePage } from './page.ts';

writePage();
