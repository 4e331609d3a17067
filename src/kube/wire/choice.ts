/**
 * Which encoding is asked for, and which codec reads what comes: the answer's content type decides, so that a server, or a proxy before
 * it, that knows only JSON is understood. Protobuf that breaks twice at the same place is not asked for again.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
 */
import { isKubeCheckError, KubeCheckError } from '../../errors.ts';
import type { EventCodec } from './codec.ts';
import { jsonCodec } from './json.ts';

/** `auto`: protobuf, or else JSON; `protobuf`: JSON is an error. */
export type Wire = 'auto' | 'json' | 'protobuf';

export interface WireChoice {
  /** For the Accept header. */
  accept(what: 'list' | 'watch'): string;
  /**
   * The codec for a 200 of this content type.
   * @param place - what was asked for: a continue token, a version
   * @throws KubeCheckError API_MALFORMED for JSON where only protobuf will do
   */
  codec(contentType: string | null, place: string): Promise<EventCodec>;
}

const json = 'application/json';
const protobuf = 'application/vnd.kubernetes.protobuf';

/** Also of errors: where protobuf was asked for, a Status comes as protobuf too. */
export const isProtobuf = (contentType: string | null): boolean => contentType?.startsWith(protobuf) ?? false;

export function createWireChoice(wire: Wire): WireChoice {
  let jsonOnly = wire === 'json';
  let brokeAt: string | undefined;

  /** What breaks once may have been cut by a proxy that died; what breaks again there will not get better. */
  function noted(error: unknown, place: string): unknown {
    if (wire !== 'auto' || !isKubeCheckError(error, 'API_MALFORMED')) return error;
    jsonOnly ||= brokeAt === place;
    brokeAt = place;
    return error;
  }

  const noting = (codec: EventCodec, place: string): EventCodec => ({
    page: (body) =>
      codec.page(body).catch((error: unknown) => {
        throw noted(error, place);
      }),
    async *frames(body) {
      try {
        yield* codec.frames(body);
      } catch (error) {
        throw noted(error, place);
      }
    },
  });

  return {
    accept: (what) => (jsonOnly ? json : `${protobuf}${what === 'watch' ? ';stream=watch' : ''}, ${json}`),
    async codec(contentType, place) {
      if (isProtobuf(contentType)) return noting((await import('./protobuf.ts')).protobufCodec, place);
      if (wire === 'protobuf') throw notProtobuf(contentType);
      return jsonCodec;
    },
  };
}

const notProtobuf = (contentType: string | null): KubeCheckError =>
  new KubeCheckError('API_MALFORMED', `events: no protobuf but ${contentType?.slice(0, 100) ?? 'an untyped answer'}`, {
    remedy: 'use "auto" for events.wire (`wire` in a file), or check proxies between here and the API server',
  });
