import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKubeCheckError } from '../../../src/errors.ts';
import { createWireChoice, type Wire, type WireChoice } from '../../../src/kube/wire/choice.ts';
import { jsonCodec } from '../../../src/kube/wire/json.ts';
import { chunksOf } from './chunks.ts';

const json = 'application/json';
const protobuf = 'application/vnd.kubernetes.protobuf';
const asked = (choice: WireChoice) => [choice.accept('list'), choice.accept('watch')];
const protobufFirst = [`${protobuf}, ${json}`, `${protobuf};stream=watch, ${json}`];
const jsonOnly = [json, json];

/** A frame of 4 GiB. */
const broken = Uint8Array.of(255, 255, 255, 255);
async function breakWatch(choice: WireChoice, place: string): Promise<void> {
  const codec = await choice.codec(`${protobuf};stream=watch`, place);
  await assert.rejects(Array.fromAsync(codec.frames(chunksOf(broken))), { code: 'API_MALFORMED' });
}
async function breakPage(choice: WireChoice, place: string): Promise<void> {
  const codec = await choice.codec(protobuf, place);
  await assert.rejects(codec.page(chunksOf('cut')), { code: 'API_MALFORMED' });
}

for (const [wire, accept] of [
  ['auto', protobufFirst],
  ['protobuf', protobufFirst],
  ['json', jsonOnly],
] as const) {
  test(`${wire}: what is asked for`, () => assert.deepEqual(asked(createWireChoice(wire)), accept));
}

describe('the content type decides', () => {
  for (const type of [json, 'application/json;charset=utf-8', 'application/json;stream=watch', null, 'text/html'])
    test(`${type} is JSON`, async () => {
      for (const wire of ['auto', 'json'] satisfies Wire[])
        assert.equal(await createWireChoice(wire).codec(type, 'page'), jsonCodec);
    });

  for (const type of [protobuf, `${protobuf};stream=watch`, `${protobuf}; stream=watch`])
    test(`${type} is protobuf, also where it was not asked for`, async () => {
      for (const wire of ['auto', 'json', 'protobuf'] satisfies Wire[]) await breakPage(createWireChoice(wire), 'page');
    });

  test('where only protobuf will do JSON is refused, and what to do is said', async () => {
    for (const type of [json, null]) {
      await assert.rejects(createWireChoice('protobuf').codec(type, 'page'), (error) => {
        assert.ok(isKubeCheckError(error, 'API_MALFORMED'));
        assert.match(error.message, /no protobuf but (application\/json|an untyped answer)/);
        assert.match(error.remedy ?? '', /use "auto" for events\.wire/);
        return true;
      });
    }
  });
});

describe('protobuf that breaks', () => {
  test('once at a place is asked for again', async () => {
    const choice = createWireChoice('auto');
    for (const place of ['watch 7', 'watch 8', 'page a', 'watch 8']) await breakWatch(choice, place);
    assert.deepEqual(asked(choice), protobufFirst);
  });

  for (const [what, breakIt] of [
    ['a watch', breakWatch],
    ['a page', breakPage],
  ] as const) {
    test(`twice at the same place, as ${what}, is not asked for again`, async () => {
      const choice = createWireChoice('auto');
      await breakIt(choice, '7');
      await breakIt(choice, '7');
      assert.deepEqual(asked(choice), jsonOnly);
    });
  }

  test('is asked for all the same where only protobuf will do', async () => {
    const choice = createWireChoice('protobuf');
    for (let n = 0; n < 3; n++) await breakWatch(choice, '7');
    assert.deepEqual(asked(choice), protobufFirst);
  });

  test('because its connection broke says nothing about protobuf', async () => {
    const choice = createWireChoice('auto');
    for (let n = 0; n < 3; n++) {
      const codec = await choice.codec(protobuf, '7');
      const body = async function* () {
        yield Uint8Array.of(0, 0);
        throw new Error('reset');
      };
      await assert.rejects(Array.fromAsync(codec.frames(body())), /reset/);
      await assert.rejects(codec.page(body()), /reset/);
    }
    assert.deepEqual(asked(choice), protobufFirst);
  });
});
