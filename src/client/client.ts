/** Every route of /api/v1 as a method: for browsers, Node and whatever else has `fetch`. */
import type {
  ChangePageDto,
  ComparisonDto,
  EditDto,
  ItemPageDto,
  MomentsDto,
  MoveDto,
  NewItemDto,
  NotePageDto,
  PastBoardDto,
  PeerDto,
  SessionDto,
  StatusDto,
  UndoDto,
  WholeItemDto,
  WorkDto,
  WrittenDto,
} from "./contract.ts";
import type { Answer, Request } from "./http.ts";
import { Http } from "./http.ts";
import { itemSegment } from "./item-path.ts";

export interface ClientOptions {
  /** `http://127.0.0.1:7300`; left out in a page that the node itself serves. */
  readonly url?: string;
  /** A token with the role viewer or editor; left out where a session of the browser holds. */
  readonly token?: string;
  readonly fetch?: typeof fetch;
}

export interface ItemsQuery {
  readonly stage?: string;
  readonly label?: string;
  readonly assignee?: string;
  readonly search?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/** A code works once, and for two minutes. */
export type SignIn = { readonly code: string } | { readonly token: string };

export interface PageQuery {
  readonly cursor?: string;
  readonly limit?: number;
}

export interface ChangesQuery extends PageQuery {
  /** Only what this person or agent wrote. */
  readonly actor?: string;
}

export interface WriteOptions {
  /** Refuses the write when the item is not any longer as it was when this tag came with it. */
  readonly etag?: string;
  /** The same for all tries of one write, so that it takes effect once; made up when left out. */
  readonly key?: string;
}

/** What may be done about the work on an item. */
export type WorkAction = "claim" | "release" | "done" | "fail" | "steal" | "retry";

export class TowlineClient {
  readonly #http: Http;
  readonly #signedOut = new Set<() => void>();

  constructor(options: ClientOptions = {}) {
    this.#http = new Http({
      url: (options.url ?? "").replace(/\/+$/u, ""),
      token: options.token ?? null,
      fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
      onSignedOut: () => {
        for (const listener of this.#signedOut) listener();
      },
    });
  }

  /** Calls `listener` whenever the node says that the session or token does not hold. */
  onSignedOut(listener: () => void): () => void {
    this.#signedOut.add(listener);
    return () => this.#signedOut.delete(listener);
  }

  /** Opens a session of this browser, with a code that `towline open` made or with a token. */
  async openSession(by: SignIn): Promise<SessionDto> {
    return this.#keep(await this.#write("POST", "/session", by));
  }

  /** The session that this browser has. */
  async session(): Promise<SessionDto> {
    return this.#keep(await this.#read("/session"));
  }

  async items(query: ItemsQuery = {}, signal?: AbortSignal): Promise<ItemPageDto> {
    return await this.#read("/items", { ...query }, signal);
  }

  async item(item: string, signal?: AbortSignal): Promise<Answer<WholeItemDto>> {
    return await this.#http.ask({ path: pathOf(item), signal });
  }

  async itemHistory(
    item: string,
    query: PageQuery = {},
    signal?: AbortSignal,
  ): Promise<ChangePageDto> {
    return await this.#read(`${pathOf(item)}/history`, { ...query }, signal);
  }

  async notes(item: string, query: PageQuery = {}, signal?: AbortSignal): Promise<NotePageDto> {
    return await this.#read(`${pathOf(item)}/notes`, { ...query }, signal);
  }

  async changes(query: ChangesQuery = {}, signal?: AbortSignal): Promise<ChangePageDto> {
    return await this.#read("/changes", { ...query }, signal);
  }

  async moments(signal?: AbortSignal): Promise<MomentsDto> {
    return await this.#read("/history/moments", {}, signal);
  }

  async pastBoard(at: number, signal?: AbortSignal): Promise<PastBoardDto> {
    return await this.#read("/history/board", { at }, signal);
  }

  async compare(from: number, to: number, signal?: AbortSignal): Promise<ComparisonDto> {
    return await this.#read("/history/compare", { from, to }, signal);
  }

  async status(): Promise<StatusDto> {
    return await this.#read("/status");
  }

  async peers(): Promise<readonly PeerDto[]> {
    return await this.#read("/peers");
  }

  async create(item: NewItemDto, options: WriteOptions = {}): Promise<WrittenDto> {
    return await this.#write("POST", "/items", item, options);
  }

  async edit(item: string, edit: EditDto, options: WriteOptions = {}): Promise<WrittenDto> {
    return await this.#write("PATCH", pathOf(item), edit, options);
  }

  async move(item: string, move: MoveDto, options: WriteOptions = {}): Promise<WrittenDto> {
    return await this.#write("POST", `${pathOf(item)}/move`, move, options);
  }

  async note(item: string, text: string, options: WriteOptions = {}): Promise<WrittenDto> {
    return await this.#write("POST", `${pathOf(item)}/notes`, { text }, options);
  }

  async work(
    action: WorkAction,
    item: string,
    how: WorkDto = {},
    options: WriteOptions = {},
  ): Promise<WrittenDto> {
    return await this.#write("POST", `${pathOf(item)}/${action}`, how, options);
  }

  async undo(item: string, undo: UndoDto, options: WriteOptions = {}): Promise<WrittenDto> {
    return await this.#write("POST", `${pathOf(item)}/undo`, undo, options);
  }

  async remove(item: string, options: WriteOptions = {}): Promise<WrittenDto> {
    return await this.#write("DELETE", pathOf(item), undefined, options);
  }

  /** The stream of events from behind the one with the id `after`. One try; see `followEvents`. */
  async openEvents(after: string | null, signal: AbortSignal): Promise<Response> {
    const headers = {
      accept: "text/event-stream",
      ...(after === null ? {} : { "last-event-id": after }),
    };
    return await this.#http.open({ path: "/events", headers, signal });
  }

  async #read<T>(path: string, query?: Request["query"], signal?: AbortSignal): Promise<T> {
    const answer = await this.#http.ask<T>({ path, query: query ?? {}, signal });
    return answer.value;
  }

  async #write<T>(
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    body: unknown,
    { etag, key }: WriteOptions = {},
  ): Promise<T> {
    const headers: Record<string, string> = etag === undefined ? {} : { "if-match": etag };
    return (await this.#http.ask<T>({ method, path, body, headers, key })).value;
  }

  #keep(session: SessionDto): SessionDto {
    this.#http.csrf = session.csrf;
    return session;
  }
}

function pathOf(item: string): string {
  return `/items/${itemSegment(item)}`;
}
