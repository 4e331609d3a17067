/** An exploration by hand, with bounds of one's own: `npm run model -- --writes 4 --replicas 2 --takeOvers 2`. */
import { parseArgs } from 'node:util';
import { type Bounds, exclusions, mutations, nothing } from './bounds.ts';
import { deliveryModel } from './delivery.ts';
import { explore } from './explorer.ts';

const sizes = { replicas: 1, keys: 2, writes: 3, given: 0, page: 1, commit: 1, ahead: 0 };
const numbers = { ...sizes, ...nothing, most: 20_000_000 };
const { values } = parseArgs({
  options: {
    ...Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: 'string' as const }])),
    mutation: { type: 'string' },
    including: { type: 'string' },
    /** Scopes, one after the other: `cluster,a+b,cluster`. */
    plan: { type: 'string', default: 'cluster' },
  },
});
const given: Record<string, unknown> = values;
const numberOr = (name: string, otherwise: number): number =>
  given[name] === undefined ? otherwise : Number(given[name]);
const all = <Names extends object>(names: Names): Names =>
  Object.fromEntries(Object.entries(names).map(([name, otherwise]) => [name, numberOr(name, otherwise)])) as Names;
const mutation = mutations.find((name) => name === values['mutation']);
const including = exclusions.find((name) => name === values['including']);
const bounds: Bounds = {
  ...all(sizes),
  budget: all(nothing),
  plan: String(values['plan'])
    .split(',')
    .map((scope) => (scope === 'cluster' ? undefined : scope.split('+'))),
  ...(mutation ? { mutation } : {}),
  ...(including ? { including } : {}),
};

const startedAt = process.cpuUsage();
const result = await explore(deliveryModel(bounds), { mostStates: numberOr('most', numbers.most) });
const { user, system } = process.cpuUsage(startedAt);
const { states, goals, violation, cutShort } = result;
console.log(
  `${states} states, ${goals} of them caught up after the last write; ${((user + system) / 1e6).toFixed(1)} s`,
);
if (cutShort) console.log('there are more');
if (violation) console.log(`VIOLATION ${violation}`);
process.exitCode = (violation === undefined) === (mutation === undefined && including === undefined) ? 0 : 1;
