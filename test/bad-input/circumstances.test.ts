import { test } from 'node:test';
import { circumstances, etcdCircumstances } from './circumstances.ts';
import { startFakeScene } from './fake-scene.ts';

for (const { title, play } of [...circumstances, ...etcdCircumstances])
  test(title, async () => {
    await using scene = await startFakeScene();
    await play(scene);
  });
