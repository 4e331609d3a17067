/** The package as it is published (`npm run build` makes it): what hosts run has no types to strip. `bench/` is a package of its own, so by its path. */
type Package = typeof import('../src/index.ts');

const url = new URL('../dist/index.js', import.meta.url).href;

export const { KubeASCheck, MemoryTokenStore } = (await import(url)) as Package;
