/**
 * Certificates for tests, made without any tool: an authority, and pairs that it signs for 127.0.0.1, ::1 and localhost. Just enough of
 * X.509 (RFC 5280) in DER for a TLS handshake with verification.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  readonly certificate: string;
  /** A pair for servers and clients alike. */
  issue(name: string): Pair;
}

/** Two bytes, positive, without padding: DER insists. */
let serial = 0x1000;

export function createAuthority(name = 'test authority'): Authority {
  const { publicKey, privateKey } = newKeys();
  const certify = (subject: string, key: KeyObject, extensions: readonly Buffer[]) =>
    pem('CERTIFICATE', signed(tbs({ issuer: name, subject, key, extensions }), privateKey));
  return {
    certificate: certify(name, publicKey, [extension('551d13', sequence(boolean(true)), true)]),
    issue(subject) {
      const keys = newKeys();
      return {
        certificate: certify(subject, keys.publicKey, [extension('551d11', subjectAltNames)]),
        key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      };
    },
  };
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

function nextSerial(): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(serial++);
  return bytes;
}

interface Subject {
  readonly issuer: string;
  readonly subject: string;
  readonly key: KeyObject;
  readonly extensions: readonly Buffer[];
}

const tbs = ({ issuer, subject, key, extensions }: Subject): Buffer =>
  sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, nextSerial()),
    ecdsaWithSha256,
    distinguishedName(issuer),
    sequence(der(0x17, '200101000000Z'), der(0x17, '491231235959Z')),
    distinguishedName(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );

const signed = (body: Buffer, key: KeyObject): Buffer =>
  sequence(body, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, key)])));

/** Type, length, value. */
function der(tag: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value as string);
  const size = bytes.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), bytes]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 255 : 0]));
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const distinguishedName = (commonName: string): Buffer =>
  sequence(der(0x31, sequence(oid('550403'), der(0x0c, commonName))));
const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), der(0x04, value));
const subjectAltNames = sequence(
  der(0x87, Buffer.from([127, 0, 0, 1])),
  der(0x87, Buffer.from([...Array<number>(15).fill(0), 1])),
  der(0x82, 'localhost'),
);

const pem = (label: string, body: Buffer): string =>
  `-----BEGIN ${label}-----\n${body.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;
