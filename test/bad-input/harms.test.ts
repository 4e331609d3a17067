import { describe, test } from 'node:test';
import { startFakeScene } from './fake-scene.ts';
import { harms } from './harms.ts';
import { isSurvived, playLasting, playOnce } from './play.ts';
import { requestKinds } from './requests.ts';

for (const harm of harms)
  describe(`${harm.name}: said, and once it is over nothing was lost or told twice`, () => {
    for (const kind of requestKinds) {
      if (harm.notFor?.includes(kind.name)) continue;
      test(`${kind.name}: as long as it lasts`, async () => {
        await using scene = await startFakeScene();
        await playLasting(scene, harm, kind);
      });
      if (isSurvived(harm, kind))
        test(`${kind.name}: once, which the run survives`, async () => {
          await using scene = await startFakeScene();
          await playOnce(scene, harm, kind);
        });
    }
  });
