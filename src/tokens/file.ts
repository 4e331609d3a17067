/** Tokens in one JSON file: replaced as a whole and synced, so that a crash at any instant leaves the old content or the new. */
import type { FileHandle } from 'node:fs/promises';
import { KubeCheckError } from '../errors.ts';
import { record } from '../kube/wire/json-value.ts';
import type { RelistPlace, Token, TokenStore } from '../token-store.ts';
import { newerToken } from './newer.ts';
import { parseRelist } from './relist.ts';

type Tokens = Readonly<Record<string, Token>>;

/** The last write of this process to a file: the next one waits for it, whichever store makes it. By path. */
const lastWrites = new Map<string, Promise<void>>();

/**
 * For a process of which there is one at a time: other processes writing the same file are not seen.
 *
 * @throws KubeCheckError TOKEN_STORE_FAILED: the file can't be read, holds something else, or can't be replaced
 */
export class FileTokenStore implements TokenStore {
  readonly #path: string;

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

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const path = process.getBuiltinModule('node:path').resolve(this.#path);
    const mine = (lastWrites.get(path) ?? Promise.resolve()).then(work);
    const over = mine.then(
      () => undefined,
      () => undefined,
    );
    lastWrites.set(path, over);
    try {
      return await mine;
    } finally {
      if (lastWrites.get(path) === over) lastWrites.delete(path);
    }
  }

  async #read(): Promise<Tokens> {
    const { readFile } = await import('node:fs/promises');
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return {};
      throw failed(error, `the token file ${this.#path} can't be read`, 'let this process read and write it');
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
      // What is there is a crash's (in a container every process is number 1), or somebody's link to elsewhere.
      await rm(temporary, { force: true });
      await synced(await open(temporary, 'wx', 0o600), (file) =>
        file.writeFile(`${JSON.stringify(tokens, undefined, 2)}\n`),
      );
      await rename(temporary, this.#path);
      // The new name itself must outlive a crash, too. Windows opens no folders, and needs none of this.
      if (process.platform !== 'win32') await synced(await open(dirname(this.#path), 'r'), () => Promise.resolve());
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw failed(
        error,
        `the token file ${this.#path} can't be written`,
        'its folder must exist, have room, and let this process create files in it',
      );
    }
  }
}

function failed(error: unknown, what: string, remedy: string): KubeCheckError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new KubeCheckError('TOKEN_STORE_FAILED', `${what}: ${message}`, {
    cause: error,
    remedy,
    details: code === undefined ? {} : { causeCode: code },
  });
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
