/**
 * Makes dist, from an empty folder: declarations file by file, code bundled an entry point, with what they share in common chunks. A file
 * costs about half a millisecond to import, so the many small ones of src would cost the host more than the library itself. Dependencies
 * and Node's modules stay imports, dynamic ones stay dynamic.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
await bundle('src/index.ts', 'src/testing/index.ts');
// Apart: what they had in common with the root would be one more file to import, for every host.
await bundle('src/senders/console.ts', 'src/senders/json-lines.ts');

function bundle(...entryPoints: readonly string[]): Promise<unknown> {
  return build({
    entryPoints: [...entryPoints],
    outdir: 'dist',
    outbase: 'src',
    chunkNames: 'shared/[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    // The map leads to src, which is in the package: nobody needs to read this, and what is not there is not parsed. (Stack traces have
    // their names with `node --enable-source-maps`.)
    minify: true,
    logLevel: 'warning',
  });
}
