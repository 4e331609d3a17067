/** What it costs to import the package, before anything is done with it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Measurement, Scenario } from '../scenario.ts';

const root = join(import.meta.dirname, '../..');
/** Of which the median counts: one start may meet a busy machine. */
const starts = 7;

interface Import {
  readonly specifier: string;
  /** What it must bring. */
  readonly name: string;
}

const imports: Readonly<Record<string, Import>> = {
  'kube-apiserver-check': { specifier: 'kube-apiserver-check', name: 'KubeASCheck' },
  '@kubernetes/client-node': { specifier: '@kubernetes/client-node', name: 'KubeConfig' },
  'an empty module': { specifier: 'data:text/javascript,export class Nothing {}', name: 'Nothing' },
};

export const scenario: Scenario = {
  name: 'import',
  title: 'Import',
  about:
    'A new Node process imports the built package and does nothing else. Counted is what the import adds: ' +
    `processor time of all threads, wall time, resident memory; the median of ${starts} processes a round.`,
  metrics: [
    { name: 'cpuMs', label: 'CPU', unit: 'ms', isMain: true },
    { name: 'wallMs', label: 'time', unit: 'ms' },
    { name: 'rssMb', label: 'memory', unit: 'MB' },
  ],
  subjects: Object.keys(imports),
  async prepare(log) {
    log('building dist');
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'ignore' });
    return {
      input: { processesARound: starts },
      measure: async (subject) => medians(imports[subject] ?? assert.fail(subject)),
      async [Symbol.asyncDispose]() {},
    };
  },
};

function medians(imported: Import): Measurement {
  const all = Array.from({ length: starts }, () => start(imported));
  const median = (name: string) =>
    all.map((one) => one[name] ?? Number.NaN).sort((a, b) => a - b)[(starts - 1) / 2] ?? Number.NaN;
  return { cpuMs: median('cpuMs'), wallMs: median('wallMs'), rssMb: median('rssMb') };
}

function start({ specifier, name }: Import): Measurement {
  const program = `
    const cpu = process.cpuUsage();
    const rss = process.memoryUsage.rss();
    const startedAtMs = performance.now();
    const { ${name}: imported } = await import(${JSON.stringify(specifier)});
    const wallMs = performance.now() - startedAtMs;
    const { user, system } = process.cpuUsage(cpu);
    const rssMb = (process.memoryUsage.rss() - rss) / 1e6;
    const is = typeof imported;
    process.stdout.write(JSON.stringify({ is, cpuMs: (user + system) / 1000, wallMs, rssMb }));
  `;
  const text = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
  });
  const { is, ...figures } = JSON.parse(text);
  assert.equal(is, 'function', `${specifier} has no ${name}`);
  return figures;
}
