/** Tokens in one JSON file: replaced as a whole and synced, so that a crash at any instant leaves the old content or the new. */
import type { FileHandle } from 'node:fs/promises';
import { KubeCheckError } from '../errors.ts';
import type { Fence } from '../leader-elector.ts';
import type { Token, TokenStore } from '../token-store.ts';
import { assertMayClaim, assertMayWrite, isSameFence } from './fence.ts';
import { newerToken } from './newer.ts';
import { type Kept, parseTokens, textOf } from './token-file.ts';

interface Writing {
  /** Not heeded: nothing here waits for long. */
  readonly signal?: AbortSignal;
  readonly fence?: Fence;
}

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

  async load(key: string, { fence }: Writing = {}): Promise<Token | undefined> {
    const { tokens } = fence ? await this.#claim(fence) : await this.#read();
    return tokens[key];
  }

  save(key: string, token: Token, { fence }: Writing = {}): Promise<Token> {
    return this.#inTurn(async () => {
      const { tokens, ...file } = await this.#writable(fence);
      const kept = newerToken(tokens[key], token);
      if (kept === token) await this.#write({ ...file, tokens: { ...tokens, [key]: token } });
      return kept;
    });
  }

  remove(key: string, { fence }: Writing = {}): Promise<void> {
    return this.#inTurn(async () => {
      const { tokens, ...file } = await this.#writable(fence);
      const { [key]: removed, ...rest } = tokens;
      if (removed) await this.#write({ ...file, tokens: rest });
    });
  }

  async keys(): Promise<readonly string[]> {
    return Object.keys((await this.#read()).tokens);
  }

  #claim(fence: Fence): Promise<Kept> {
    return this.#inTurn(async () => {
      const file = await this.#read();
      assertMayClaim(file.fence, fence);
      if (!isSameFence(file.fence, fence)) await this.#write({ ...file, fence });
      return file;
    });
  }

  /** As read, with the writer's term. */
  async #writable(fence: Fence | undefined): Promise<Kept> {
    const file = await this.#read();
    if (!fence) return file;
    assertMayWrite(file.fence, fence);
    return { ...file, fence };
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

  async #read(): Promise<Kept> {
    const { readFile } = await import('node:fs/promises');
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return { tokens: {} };
      throw failed(error, `the token file ${this.#path} can't be read`, 'let this process read and write it');
    }
    return parseTokens(text) ?? this.#refuse();
  }

  #refuse(): never {
    throw new KubeCheckError('TOKEN_STORE_FAILED', `the token file ${this.#path} does not hold tokens`, {
      remedy: 'restore it, or remove it to begin again with every event the server holds',
    });
  }

  async #write(kept: Kept): Promise<void> {
    const [{ open, rename, rm }, { dirname }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
    const temporary = `${this.#path}.${process.pid}.tmp`;
    try {
      // What is there is a crash's (in a container every process is number 1), or somebody's link to elsewhere.
      await rm(temporary, { force: true });
      await synced(await open(temporary, 'wx', 0o600), (file) => file.writeFile(textOf(kept)));
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
