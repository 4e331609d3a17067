/** Users with static tokens, and the key pair that signs service account tokens. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In the group system:masters: may do everything. */
export const ADMIN = 'admin';
/** May do nothing but what a test binds to it. */
export const LEAST_PRIVILEGED = 'kasc';
export const CONTROLLER_MANAGER = 'system:kube-controller-manager';
export const SCHEDULER = 'system:kube-scheduler';

/** Groups by user. */
export type Users = Readonly<Record<string, readonly string[]>>;
export type Tokens = ReadonlyMap<string, string>;

const builtInUsers: Users = {
  [ADMIN]: ['system:masters'],
  [LEAST_PRIVILEGED]: [],
  // The bootstrap policy knows these two by name.
  [CONTROLLER_MANAGER]: [],
  [SCHEDULER]: [],
};

export interface Credentials {
  readonly tokens: Tokens;
  readonly tokenFile: string;
  readonly signingKeyFile: string;
  readonly verifyingKeyFile: string;
}

export function writeCredentials(folder: string, furtherUsers: Users): Credentials {
  const tokens = new Map<string, string>();
  let rows = '';
  for (const [user, groups] of Object.entries({ ...builtInUsers, ...furtherUsers })) {
    const token = randomBytes(16).toString('hex');
    tokens.set(user, token);
    rows += `${token},${user},${user},"${groups.join(',')}"\n`;
  }
  const tokenFile = join(folder, 'tokens.csv');
  writeFileSync(tokenFile, rows, { mode: 0o600 });

  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const signingKeyFile = join(folder, 'service-accounts.key');
  const verifyingKeyFile = join(folder, 'service-accounts.pub');
  writeFileSync(signingKeyFile, privateKey, { mode: 0o600 });
  writeFileSync(verifyingKeyFile, publicKey);
  return { tokens, tokenFile, signingKeyFile, verifyingKeyFile };
}

export function tokenOf(tokens: Tokens, user: string): string {
  const token = tokens.get(user);
  if (token === undefined) throw new Error(`no user ${user}; there are ${[...tokens.keys()].join(', ')}`);
  return token;
}
