/**
 * `npm run bench:check`: the goal that the collector is no dearer than the least that JSON can cost. Ours and the bare loop read the same
 * backlog in turn; exits 1, with the figures, if the median of our CPU time an event is above the loop's.
 */
import { figure } from './figures.ts';
import { mainMetric, ratioToOurs, resultOf } from './result.ts';
import { measureRounds } from './rounds.ts';
import { backlogList } from './scenarios/backlog-list.ts';
import { rowsOf, textTable } from './table.ts';

/** Of fewer, what a process needs to get going would count too much. */
const events = 140_000;
const rounds = 5;
/** Of the bare loop's CPU time. */
const mostOfPeer = 1;

const scenario = backlogList({ events, subjects: ['kube-apiserver-check', 'undici + JSON.parse'] });
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const result = resultOf(scenario, await measureRounds(scenario, { rounds, log }));
const [metric, peer] = [mainMetric(result), result.subjects[1]];
const peerToOurs = metric && peer && ratioToOurs(result, metric, peer);
if (peerToOurs === undefined) throw new Error('there is nothing to compare');
const share = 1 / peerToOurs;
process.stdout.write(`\n${textTable(rowsOf(result))}\n\n`);
const isCheap = share <= mostOfPeer;
const verdict = `CPU per event is ${figure(share)} × that of ${peer?.subject}`;
process.stdout.write(isCheap ? `${verdict}\n` : `${verdict}: more than ${mostOfPeer} ×\n`);
process.exitCode = isCheap ? 0 : 1;
