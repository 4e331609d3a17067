/** A mutation: a check that takes the first page of a list for the whole of it. */
import type { KubeApi, KubeRequest, KubeResponse } from '../../src/index.ts';
import type { Unit } from '../../src/unit.ts';

export const readsFirstPageOnly = (unit: Unit): Unit => ({
  ...unit,
  run: (context) => unit.run({ ...context, api: firstPages(context.api) }),
});

function firstPages(api: KubeApi): KubeApi {
  return {
    json: async (request) => withoutContinue(await api.json(request)),
    async open(request) {
      // In JSON, so that it can be shortened here.
      const answer = await api.open({ ...request, accept: 'application/json' });
      return isList(request) && answer.status === 200 ? { ...answer, body: shortened(answer) } : answer;
    },
  };
}

const isList = ({ query = {} }: KubeRequest): boolean => query['limit'] !== undefined && query['watch'] === undefined;

async function* shortened({ body }: KubeResponse): AsyncGenerator<Uint8Array> {
  const whole = JSON.parse(Buffer.concat(await Array.fromAsync(body)).toString('utf8'));
  yield Buffer.from(JSON.stringify(withoutContinue(whole)));
}

function withoutContinue(value: unknown): unknown {
  const { metadata, ...rest } = value as { readonly metadata?: Readonly<Record<string, unknown>> };
  if (metadata === undefined) return value;
  const { continue: _rest, remainingItemCount: _count, ...kept } = metadata;
  return { ...rest, metadata: kept };
}
