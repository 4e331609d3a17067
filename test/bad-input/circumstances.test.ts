import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from '../../src/index.ts';
import { circumstances, etcdRestored, eventsEtcdDead } from './circumstances.ts';
import { startFakeScene } from './fake-scene.ts';
import { createSubject } from './subject.ts';

for (const { title, play } of [...circumstances, eventsEtcdDead, ...etcdRestored])
  test(title, async () => {
    await using scene = await startFakeScene();
    await play(scene);
  });

test('an etcd restored with the token in it: only a process that knows a later one says it, and nothing is lost', async () => {
  for (const process of ['the same', 'the next']) {
    await using scene = await startFakeScene();
    const { server } = scene;
    await using subject = createSubject(scene);
    await scene.addEvents(3);
    assert.ok((await subject.run()).ok);
    const snapshot = server.version;
    await scene.addEvents(20);
    assert.ok((await subject.run()).ok);
    if (process === 'the next') await subject.restart();
    server.rewriteHistory(snapshot);
    await scene.addEvents(2);
    const report = await subject.run();
    assert.ok(report.ok, formatReport(report));
    const held = await scene.eventIds();
    const delivered = new Set(subject.sender.committedSourceIds());
    assert.deepEqual(
      [...held].filter((id) => !delivered.has(id)),
      [],
      'all that is held now is delivered',
    );
    const causes = report.events.gaps.map(({ cause }) => cause);
    assert.deepEqual(causes, process === 'the same' ? ['rewound'] : []);
    assert.equal(report.events.ledger.delivered, process === 'the same' ? held.length : 2);
  }
});
