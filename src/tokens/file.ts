/** Tokens in one JSON file: replaced as a whole and synced, so that a crash at any instant leaves the old content or the new. */
import type { FileHandle } from 'node:fs/promises';
import { asKubeCheckError, KubeCheckError } from '../errors.ts';
import { record } from '../kube/wire/json-value.ts';
import type { RelistPlace, Token, TokenStore } from '../token-store.ts';
import { newerToken } from './newer.ts';
import { parseRelist } from './relist.ts';

type Tokens = Readonly<Record<string, Token>>;

/**
 * For a process of which there is one at a time: other processes writing the same file are not seen.
 *
 * @throws KubeCheckError TOKEN_STORE_FAILED: the file can't be read, holds something else, or can't be replaced
 */
export class FileTokenStore implements TokenStore {
  readonly #path: string;
  /** Writes one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: { readonly path: string }) {
    this.#path = options.path;
  }

  async load(key: string): Promise<Token | undefined> {
    return (await this.#read())[key];
  }

  save(key: string, token: Token): Promise<Token> {
    return this.#inTurn(async () => {
      const tokens = await this.#read();
      const kept = newerToken(tokens[key], token);
      if (kept === token) await this.#write({ ...tokens, [key]: token });
      return kept;
    });
  }

  remove(key: string): Promise<void> {
    return this.#inTurn(async () => {
      const { [key]: removed, ...rest } = await this.#read();
      if (removed) await this.#write(rest);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #read(): Promise<Tokens> {
    const { readFile } = await import('node:fs/promises');
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return {};
      throw asKubeCheckError(error, 'TOKEN_STORE_FAILED', `the token file ${this.#path} can't be read`);
    }
    return parseTokens(text) ?? this.#refuse();
  }

  #refuse(): never {
    throw new KubeCheckError('TOKEN_STORE_FAILED', `the token file ${this.#path} does not hold tokens`, {
      remedy: 'restore it, or remove it to begin again with every event the server holds',
    });
  }

  async #write(tokens: Tokens): Promise<void> {
    const [{ open, rename, rm }, { dirname }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
    const temporary = `${this.#path}.${process.pid}.tmp`;
    try {
      await synced(await open(temporary, 'w', 0o600), (file) =>
        file.writeFile(`${JSON.stringify(tokens, undefined, 2)}\n`),
      );
      await rename(temporary, this.#path);
      // The new name itself must outlive a crash, too.
      await synced(await open(dirname(this.#path), 'r'), () => Promise.resolve());
    } catch (error) {
      await rm(temporary, { force: true });
      throw asKubeCheckError(error, 'TOKEN_STORE_FAILED', `the token file ${this.#path} can't be written`);
    }
  }
}

async function synced(file: FileHandle, write: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

function parseTokens(text: string): Tokens | undefined {
  let parsed: Readonly<Record<string, unknown>> | undefined;
  try {
    parsed = record(JSON.parse(text));
  } catch {
    return undefined;
  }
  const tokens = Object.entries(parsed ?? {}).map(([key, value]) => [key, parseToken(value)] as const);
  if (parsed === undefined || tokens.some(([, token]) => token === undefined)) return undefined;
  return Object.fromEntries(tokens) as Tokens;
}

function parseToken(value: unknown): Token | undefined {
  const token = record(value);
  const { resourceVersion, listedAtMs } = token ?? {};
  if (typeof resourceVersion !== 'string') return undefined;
  const relist: RelistPlace | undefined = parseRelist(token?.['relist']);
  return {
    resourceVersion,
    ...(typeof listedAtMs === 'number' ? { listedAtMs } : {}),
    ...(relist ? { relist } : {}),
  };
}
