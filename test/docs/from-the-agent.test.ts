import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentKeys } from '../../src/config/agent-keys.ts';
import { keys } from '../../src/config/keys.ts';
import { notYet } from '../../src/config/not-yet.ts';
import { KubeASCheck, parseInstanceConfig } from '../../src/index.ts';
import { coreEvent, FakeApiServer, ManualClock, RecordingSender } from '../../src/testing/index.ts';
import { linksOf, rowsBelow } from './markdown.ts';
import { pageAt } from './pages.ts';

const { text } = pageAt('docs/from-the-agent.md');
const codeIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
const inFile = new Set(keys.flatMap(({ file }) => (file === undefined ? [] : [file])));

test('each function of the Agent has its place in the code, or is not yet there', () => {
  const rows = rowsBelow(text, 'Functions');
  assert.ok(rows.length > 20);
  for (const [name = '', , here = '', named = ''] of rows) {
    const links = linksOf(here);
    if (!/not yet/i.test(here)) assert.ok(links.length > 0, name);
    for (const { target } of links) assert.match(target, /^\.\.\/src\/.+\.ts$/, name);
    for (const key of codeIn(named)) assert.ok(inFile.has(key), `${name}: there is no key ${key}`);
  }
});

test('each thing that is better has its place in the code', () => {
  const rows = rowsBelow(text, 'What is better');
  assert.ok(rows.length > 10);
  for (const [, here = ''] of rows)
    assert.ok(
      linksOf(here).some(({ target }) => target.startsWith('../src/')),
      here,
    );
});

test('a function that a link names is in the file that it leads to', () => {
  for (const { text: name, target } of linksOf(text)) {
    const [, symbol] = /^`(?:check\.|[A-Z]\w+\.)?(\w+)(?:\(\))?`$/.exec(name) ?? [];
    if (symbol === undefined || !target.startsWith('../src/') || inFile.has(symbol)) continue;
    const code = pageAt(target.replace('../', '')).text;
    assert.match(code, new RegExp(`\\b${symbol}\\b`), `${name} is not in ${target}`);
  }
});

test('every key is on the page once: the Agent has it, or it is new', () => {
  const rows = rowsBelow(text, 'Configuration keys');
  const ofTheAgent = rows.flatMap(([key = '']) => codeIn(key));
  const fresh = codeIn(/^New here: ([\s\S]*?)\.\n/m.exec(text)?.[1] ?? '');
  const here = [...ofTheAgent, ...fresh].filter((key) => !agentKeys.has(key));
  assert.deepEqual([...here].sort(), [...inFile].sort());
  for (const [key = '', verdict = ''] of rows)
    assert.ok(['same', 'different', 'better', 'not yet'].includes(verdict), `${key}: ${verdict}`);
});

test('a key is called "not yet" where, and only where, a later release does it', () => {
  for (const [cell = '', ...rest] of rowsBelow(text, 'Configuration keys')) {
    const [name = ''] = codeIn(cell);
    const refused = agentKeys.get(name);
    if (refused !== undefined) {
      const [instead = ''] = codeIn(refused);
      assert.ok(rest.join(' ').includes(`write \`${instead}\``), name);
      continue;
    }
    const path = keys.find(({ file }) => file === name)?.config;
    const early = notYet.some((row) => row.path === path);
    assert.equal(/not yet|refused until/.test(rest.join(' ')), early, name);
  }
});

test("the Agent's place is taken over: what it has sent is not sent again, what came after is", async (t) => {
  const clock = new ManualClock();
  const server = await new FakeApiServer({ clock }).start();
  t.after(() => server.close());
  server.addEvent(coreEvent({ object: { name: 'before' } }));
  server.addNamespace('datadog');
  server.writeConfigMap(
    { namespace: 'datadog', name: 'datadogtoken' },
    { 'event.tokenKey': server.version, 'event.tokenTimestamp': new Date(clock.nowMs()).toISOString() },
  );
  server.addEvent(coreEvent({ object: { name: 'after' } }));
  const instance = { collect_events: true, skip_leader_election: true };
  const config = parseInstanceConfig({ ...instance, token_name: 'datadogtoken', resources_namespace: 'datadog' });
  const sender = new RecordingSender();
  const check = new KubeASCheck({ config, sender, clock, kubeConfig: server.kubeConfig() });
  const report = await clock.runUntil(check.run(), { idle: () => server.idle() });
  await check.stop();
  assert.ok(report.ok);
  assert.deepEqual(
    sender.events.map(({ title }) => title),
    ['Events from the Pod default/after'],
  );
  const data = server.configMap({ namespace: 'datadog', name: 'datadogtoken' })?.['data'] as Record<string, string>;
  assert.equal(data['event.tokenKey'], server.eventVersions.at(-1)?.resourceVersion);
});
