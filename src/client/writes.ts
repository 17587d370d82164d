/**
 * What was asked for here and has to reach the node: shown at once, sent in order for each item,
 * taken back when the node refuses, and kept for another try when no answer comes. Nothing is sent
 * by itself long after it was asked for: the person decides.
 */
import type { WrittenDto } from "./contract.ts";
import type { ItemTable, Patch } from "./item-table.ts";
import type { ClientCode } from "./errors.ts";
import { ApiError } from "./errors.ts";
import { newKey } from "./key.ts";

export interface Write {
  /** The item it is about; null for a new one. */
  readonly item: string | null;
  /** What it does, for people: "Move Fix the login to qa". */
  readonly text: string;
  /** What it is expected to change. */
  readonly patch: Omit<Patch, "item"> | null;
  /** Sends it; `key` is the same at every try, so that it takes effect once. */
  readonly send: (key: string) => Promise<WrittenDto>;
}

/** A write that may not have arrived. */
export interface UnsentWrite {
  readonly key: string;
  readonly write: Write;
  readonly problem: ApiError;
  readonly at: number;
}

/** Writes under way, and unsent ones. A person does not make more; a program should wait. */
const writesMax = 1_000;

export class Writes {
  readonly #table: ItemTable;
  readonly #onChange: () => void;
  readonly #tails = new Map<string, Promise<unknown>>();
  #sending = 0;
  #unsent: readonly UnsentWrite[] = [];

  /** `onChange` is called when `sending` or `unsent` is another than before. */
  constructor(table: ItemTable, onChange: () => void) {
    this.#table = table;
    this.#onChange = onChange;
  }

  get sending(): number {
    return this.#sending;
  }

  get unsent(): readonly UnsentWrite[] {
    return this.#unsent;
  }

  /** Resolves when the node has it on disk; rejects with the ApiError that says why not. */
  async write(write: Write): Promise<WrittenDto> {
    return await this.#send(write, newKey());
  }

  /** Tries an unsent write again. */
  async resend({ key, write }: UnsentWrite): Promise<WrittenDto> {
    this.discard(key);
    return await this.#send(write, key);
  }

  discard(key: string): void {
    this.#unsent = this.#unsent.filter((unsent) => unsent.key !== key);
    this.#onChange();
  }

  async #send(write: Write, key: string): Promise<WrittenDto> {
    const { item, patch } = write;
    if (this.#sending + this.#unsent.length >= writesMax) throw tooMany();
    const laid = item === null || patch === null ? null : this.#table.lay({ ...patch, item });
    this.#sending += 1;
    this.#onChange();
    try {
      const written = await this.#inOrder(item, () => write.send(key));
      if (item === null && written.now !== null) this.#table.tellNew(written.now);
      laid?.settle();
      return written;
    } catch (error) {
      laid?.takeBack();
      // After signing in again it may well be taken.
      if (error instanceof ApiError && (error.isTransient || error.isSignedOut)) {
        const unsent = { key, write, problem: error, at: Date.now() };
        this.#unsent = [...this.#unsent, unsent];
      }
      throw error;
    } finally {
      this.#sending -= 1;
      this.#onChange();
    }
  }

  /** A later write about the same item waits for the earlier one, else they may change places. */
  async #inOrder<T>(item: string | null, send: () => Promise<T>): Promise<T> {
    if (item === null) return await send();
    const before = this.#tails.get(item) ?? Promise.resolve();
    const sent = before.then(send, send);
    const tail = sent.catch(() => undefined);
    this.#tails.set(item, tail);
    try {
      return await sent;
    } finally {
      if (this.#tails.get(item) === tail) this.#tails.delete(item);
    }
  }
}

function tooMany(): ApiError {
  const code: ClientCode = "client/too-many-writes";
  return new ApiError({ code, message: `${writesMax} changes wait already: wait for them.` });
}
