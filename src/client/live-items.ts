/**
 * All items of a node, as they are now: loads them page by page, follows the events from there on,
 * and shows what is written here before the node has said so. One of these serves a whole page.
 */
import type { TowlineClient, WorkAction } from "./client.ts";
import type { JsonValue, MoveDto, NewItemDto, StatusDto, WorkDto, WrittenDto } from "./contract.ts";
import { ApiError, noAnswer } from "./errors.ts";
import type { ItemFilter } from "./filter.ts";
import type { NodeEvent } from "./follow.ts";
import { follow } from "./follow.ts";
import { pause } from "./http.ts";
import type { ShownItem } from "./item.ts";
import { titleOf } from "./item.ts";
import type { Schedule } from "./item-table.ts";
import { ItemTable } from "./item-table.ts";
import type { ItemView } from "./item-view.ts";
import type { UnsentWrite, Write } from "./writes.ts";
import { Writes } from "./writes.ts";

/** How fresh the view is and what is on its way. A new object after each change. */
export interface SyncState {
  readonly phase: "loading" | "live" | "reconnecting" | "signed-out" | "stopped";
  /** When the node last said something, by the clock here; null before. */
  readonly asOf: number | null;
  /** When the next try comes, while reconnecting. */
  readonly retryAt: number | null;
  readonly problem: ApiError | null;
  /** The node's own word; null before the first. */
  readonly status: StatusDto | null;
  /** True when there are more items than a page can hold, and some are left out. */
  readonly isCut: boolean;
  /** Writes under way. */
  readonly sending: number;
  /** Writes that may not have arrived: to be sent again, or dropped. */
  readonly unsent: readonly UnsentWrite[];
}

const pageItems = 500;
/** A phone holds these and no more; the API has the rest. */
const itemsMax = 50_000;
const loadPauseMs = 1_000;

export class LiveItems {
  readonly #client: TowlineClient;
  readonly #schedule: Schedule;
  readonly #table: ItemTable;
  readonly #writes: Writes;
  readonly #listeners = new Set<() => void>();
  readonly #wake = new EventTarget();
  #run: AbortController | null = null;
  /** Where the events go on; null while everything has to be loaded. */
  #position: string | null = null;
  #isTelling = false;
  #state: SyncState = {
    phase: "loading",
    asOf: null,
    retryAt: null,
    problem: null,
    status: null,
    isCut: false,
    sending: 0,
    unsent: [],
  };

  /** `schedule` says when changes are shown: the next frame in a page, else in 16 ms. */
  constructor(client: TowlineClient, schedule: Schedule = nextFrame) {
    this.#client = client;
    this.#schedule = schedule;
    this.#table = new ItemTable(schedule);
    this.#writes = new Writes(this.#table, () => {
      const { sending, unsent } = this.#writes;
      this.#set({ sending, unsent });
    });
  }

  /** Loads and follows, from where it was stopped if it was; the result stops it. */
  start(): () => void {
    const run = new AbortController();
    this.#run?.abort();
    this.#run = run;
    this.#set({ phase: this.#state.asOf === null ? "loading" : "reconnecting" });
    void this.#keepUp(run.signal);
    return () => {
      run.abort();
      if (this.#run === run) this.#set({ phase: "stopped" });
    };
  }

  /** Tries to reconnect now instead of after the pause. */
  wake(): void {
    this.#wake.dispatchEvent(new Event("wake"));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  readonly state = (): SyncState => this.#state;

  item(id: string): ShownItem | null {
    return this.#table.item(id);
  }

  view(filter: ItemFilter): ItemView {
    return this.#table.view(filter);
  }

  subscribeItem(id: string, listener: () => void): () => void {
    return this.#table.subscribe(id, listener);
  }

  async move(item: string, move: MoveDto): Promise<WrittenDto> {
    return await this.#write({
      item,
      text: `Move ${this.#nameOf(item)} to ${move.stage}`,
      patch: { fields: { stage: move.stage } },
      send: (key) => this.#client.move(item, move, { key }),
    });
  }

  async edit(item: string, fields: { readonly [field: string]: JsonValue }): Promise<WrittenDto> {
    return await this.#write({
      item,
      text: `Change ${Object.keys(fields).join(", ")} of ${this.#nameOf(item)}`,
      patch: { fields },
      send: (key) => this.#client.edit(item, { fields }, { key }),
    });
  }

  async create(item: NewItemDto): Promise<WrittenDto> {
    return await this.#write({
      item: null,
      text: `Add ${item.title}`,
      patch: null,
      send: (key) => this.#client.create(item, { key }),
    });
  }

  async note(item: string, text: string): Promise<WrittenDto> {
    return await this.#write({
      item,
      text: `Note on ${this.#nameOf(item)}`,
      patch: null,
      send: (key) => this.#client.note(item, text, { key }),
    });
  }

  async work(action: WorkAction, item: string, how: WorkDto = {}): Promise<WrittenDto> {
    return await this.#write({
      item,
      text: `${action} ${this.#nameOf(item)}`,
      patch: null,
      send: (key) => this.#client.work(action, item, how, { key }),
    });
  }

  async remove(item: string): Promise<WrittenDto> {
    return await this.#write({
      item,
      text: `Delete ${this.#nameOf(item)}`,
      patch: { fields: {}, isRemoval: true },
      send: (key) => this.#client.remove(item, { key }),
    });
  }

  async resend(unsent: UnsentWrite): Promise<WrittenDto> {
    return await this.#writes.resend(unsent);
  }

  discard({ key }: UnsentWrite): void {
    this.#writes.discard(key);
  }

  async #write(write: Write): Promise<WrittenDto> {
    return await this.#writes.write(write);
  }

  #nameOf(item: string): string {
    const shown = this.#table.item(item);
    return shown === null ? item : titleOf(shown);
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      const after = this.#position ?? (await this.#load(signal));
      if (isOver() || this.#state.phase === "signed-out") return;
      this.#position = after;
      if (after !== null && !(await this.#follow(after, signal))) return;
    }
  }

  /** Every item, page by page. The id behind which the events go on; null when it did not work. */
  async #load(signal: AbortSignal): Promise<string | null> {
    const seen = new Set<string>();
    let cursor: string | null = null;
    let asOf: string | null = null;
    try {
      do {
        const query = { limit: pageItems, ...(cursor === null ? {} : { cursor }) };
        const page = await this.#client.items(query, signal);
        asOf ??= page.asOf;
        cursor = page.next;
        this.#table.tell(page.items);
        for (const { item } of page.items) seen.add(item);
      } while (cursor !== null && seen.size < itemsMax);
    } catch (error) {
      if (!signal.aborted) await this.#loadFailed(error, signal);
      return null;
    }
    this.#table.keepOnly(seen);
    this.#set({ isCut: cursor !== null, asOf: Date.now(), problem: null });
    return asOf;
  }

  async #loadFailed(error: unknown, signal: AbortSignal): Promise<void> {
    const problem = error instanceof ApiError ? error : noAnswer(error, false);
    this.#broke(problem, Date.now() + loadPauseMs);
    await pause(loadPauseMs, signal).catch(() => undefined);
  }

  /** True when everything has to be loaded anew. */
  async #follow(after: string, signal: AbortSignal): Promise<boolean> {
    const own = new AbortController();
    const stop = (): void => own.abort();
    signal.addEventListener("abort", stop, { once: true });
    let isReset = false;
    const follower = {
      onOpen: () => this.#set({ phase: "live", retryAt: null, problem: null }),
      onBreak: (problem: ApiError, retryAt: number) => this.#broke(problem, retryAt),
      onEvent: (event: NodeEvent, position: string | null) => {
        if (own.signal.aborted) return;
        this.#position = event.name === "reset" ? null : position;
        if (event.name === "reset") {
          isReset = true;
          own.abort();
        } else this.#event(event);
      },
    };
    await follow({ client: this.#client, after, follower, signal: own.signal, wake: this.#wake });
    signal.removeEventListener("abort", stop);
    return isReset;
  }

  #event(event: Exclude<NodeEvent, { readonly name: "reset" }>): void {
    this.#table.dropSettled();
    if (event.name === "items") this.#table.tell(event.data.items, event.data.removed);
    const status = event.name === "status" ? event.data : this.#state.status;
    this.#set({ asOf: Date.now(), status });
  }

  #broke(problem: ApiError, retryAt: number): void {
    const phase = problem.isSignedOut
      ? "signed-out"
      : this.#state.asOf === null
        ? "loading"
        : "reconnecting";
    this.#set({ phase, problem, retryAt: problem.isSignedOut ? null : retryAt });
  }

  /** Listeners hear of it at the next frame, together with the items that changed. */
  #set(change: Partial<SyncState>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#schedule(() => {
      this.#isTelling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

/** How long changes wait where no frame is painted, as in a tab in the background. */
const hiddenMs = 250;
const frameMs = 16;

/** The next frame of a page; outside of one, as if there were 60 a second. */
function nextFrame(show: () => void): void {
  const page = globalThis as {
    readonly requestAnimationFrame?: (run: () => void) => number;
  };
  if (page.requestAnimationFrame === undefined) {
    setTimeout(show, frameMs);
    return;
  }
  let isDone = false;
  const once = (): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    show();
  };
  const timer = setTimeout(once, hiddenMs);
  page.requestAnimationFrame(once);
}
