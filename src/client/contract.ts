/**
 * What goes over /api/v1, as types: the server answers with these, the client, the React hooks and
 * the board read them. Safe for browsers: it imports nothing. Times are Unix milliseconds by the
 * clock of whoever wrote, ages are milliseconds, ids are lowercase hex.
 */

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export type Role = "viewer" | "editor";

/** `POST /api/v1/session {code}` and `GET /api/v1/session`. */
export interface SessionDto {
  readonly role: Role;
  /** Goes back as the header `x-towline-csrf` with every write of a browser's session. */
  readonly csrf: string;
  readonly expires: number;
  readonly node: string;
  readonly name: string;
  readonly mesh: string;
}

export interface AuthorshipDto {
  readonly author: string;
  readonly actor: string;
  readonly time: number;
}

export type ClaimState = "free" | "tentative" | "confirmed" | "lost" | "expired" | "done";

export interface ClaimDto {
  readonly item: string;
  readonly state: ClaimState;
  readonly claim: string | null;
  /** The fencing token. */
  readonly epoch: number;
  readonly holder: string | null;
  readonly actor: string | null;
  readonly since: number | null;
  /** How long ago the last sign of life came; null when none is awaited. */
  readonly lastSignMs: number | null;
  /** Until the lease ends if nothing more is heard; negative in the grace period. */
  readonly leaseLeftMs: number | null;
}

/** An item as lists and the board show it: every field, no notes. */
export interface ItemDto {
  readonly item: string;
  readonly fields: { readonly [field: string]: JsonValue };
  readonly created: AuthorshipDto;
  readonly updated: AuthorshipDto;
  readonly notes: number;
  readonly claim: ClaimDto | null;
  /** Ids in `depends_on` that are not done yet. */
  readonly waitsFor: readonly string[];
  readonly hasConflict: boolean;
}

export interface ConflictSideDto extends AuthorshipDto {
  readonly stage: string;
  readonly op: string;
}

export interface BlameDto extends AuthorshipDto {
  readonly field: string;
  readonly value: JsonValue;
  readonly op: string;
  /** Display name of the author's node; null when it never told one. */
  readonly node: string | null;
}

export interface NoteDto extends AuthorshipDto {
  readonly text: string;
  readonly op: string;
}

/** `GET /api/v1/items/:item/notes?cursor&limit`, newest first. */
export interface NotePageDto {
  readonly notes: readonly NoteDto[];
  readonly next: string | null;
}

/** `GET /api/v1/items/:item`, with an ETag: `If-Match` guards a write against what came between. */
export interface WholeItemDto extends Omit<ItemDto, "notes"> {
  /** The newest, newest first. */
  readonly notes: readonly NoteDto[];
  readonly noteCount: number;
  /** The cursor of those that are older; null when there are none. */
  readonly olderNotes: string | null;
  readonly blame: readonly BlameDto[];
  readonly conflict: readonly ConflictSideDto[];
  /** The end of what agents on this machine printed about it; null when none ran here. */
  readonly output: string | null;
  /** Changes that only a newer version understands. */
  readonly newer: number;
}

/** `GET /api/v1/items?stage&label&assignee&search&limit&cursor`, sorted by id. */
export interface ItemPageDto {
  readonly items: readonly ItemDto[];
  /** For the next page; null on the last. */
  readonly next: string | null;
  /** The state that the page shows; events go on from the first page's. */
  readonly asOf: string;
}

/** One op about an item (or any op, in `GET /api/v1/changes`), newest first. */
export interface ChangeDto extends AuthorshipDto {
  readonly op: string;
  readonly seq: number;
  /** Arrival index on this node. */
  readonly index: number;
  readonly node: string | null;
  /** As docs/PROTOCOL.md lists them: `["set", item, field, value]`, … */
  readonly changes: readonly (readonly JsonValue[])[];
  /** Lines for people, such as `moved to qa`; what goes without saying has none. */
  readonly text: readonly string[];
  readonly items: readonly string[];
}

/** `GET /api/v1/changes?cursor&limit&actor`, `GET /api/v1/items/:item/history?cursor&limit`. */
export interface ChangePageDto {
  readonly changes: readonly ChangeDto[];
  readonly next: string | null;
}

/** `GET /api/v1/history/moments`: what the slider of time runs over. */
export interface MomentsDto {
  /** Ops in all. A moment is a number of ops from 0 to this: the state after that many arrivals. */
  readonly ops: number;
  /** At most 200 marks, evenly spread: when the op at `at` was written, by its author's clock. */
  readonly marks: readonly { readonly at: number; readonly time: number }[];
}

/** `GET /api/v1/history/board?at=N`: the pipeline after the first N ops; claims are left out. */
export interface PastBoardDto {
  readonly at: number;
  readonly time: number | null;
  readonly items: readonly PastItemDto[];
}

export interface PastItemDto {
  readonly item: string;
  readonly fields: { readonly [field: string]: JsonValue };
}

/** `GET /api/v1/history/compare?from=N&to=M`. */
export interface ComparisonDto {
  readonly from: number;
  readonly to: number;
  readonly items: readonly {
    readonly item: string;
    readonly change: "created" | "deleted" | "changed";
    readonly title: JsonValue;
    readonly fields: readonly {
      readonly field: string;
      readonly before: JsonValue;
      readonly after: JsonValue;
    }[];
  }[];
}

/**
 * `POST /api/v1/items` (new), `PATCH /api/v1/items/:item`. Fields: null clears a register. Of a set
 * (labels, depends_on) the whole wanted list is given.
 */
export interface NewItemDto {
  readonly item?: string;
  readonly title: string;
  readonly fields?: { readonly [field: string]: JsonValue };
}

export interface EditDto {
  readonly fields: { readonly [field: string]: JsonValue };
}

/** `POST /api/v1/items/:item/move`: also settles a conflict about the stage. */
export interface MoveDto {
  readonly stage: string;
  readonly force?: boolean;
  readonly reason?: string;
}

/** `POST /api/v1/items/:item/notes`. */
export interface NewNoteDto {
  readonly text: string;
}

/** `POST /api/v1/items/:item/{claim,release,done,fail,steal,retry}`. */
export interface WorkDto {
  /** Wanted for steal and fail. */
  readonly reason?: string;
  /** For done. */
  readonly to?: string;
  /**
   * For release, done, fail: the fencing token of the claim that is meant; without it the one that
   * stands here.
   */
  readonly epoch?: number;
  /** For claim: although it is not ready. For done: against the rules. For release: anybody's. */
  readonly force?: boolean;
  /** For claim and steal: `hub` (the default), `quorum:N` or `none`. */
  readonly confirm?: string;
}

/** `POST /api/v1/take`: claims what matters most of what is ready. Empty lists mean any. */
export interface TakeDto {
  readonly reason?: string;
  readonly confirm?: string;
  readonly stages?: readonly string[];
  readonly labels?: readonly string[];
}

/** `POST /api/v1/items/:item/undo`: takes back what one op did to the item. */
export interface UndoDto {
  readonly op: string;
  /** Also what somebody has changed again since. */
  readonly force?: boolean;
}

/** What every write answers. */
export interface WrittenDto {
  readonly item: string;
  readonly op: string | null;
  /** The item after it; null when it is deleted. */
  readonly now: ItemDto | null;
}

export interface PeerDto {
  readonly node: string | null;
  readonly name: string | null;
  readonly url: string | null;
  readonly direction: "in" | "out" | null;
  readonly state: string;
  readonly version: number | null;
  readonly trusted: boolean;
  readonly inSync: boolean | null;
  readonly lag: {
    readonly missingThere: number;
    readonly missingHere: number;
    readonly isExact: boolean;
  } | null;
  /** How long ago the peer last said what it has on disk. */
  readonly lastStatementMs: number | null;
  /** How long the peer, connected, has had something else than this node; null while it has not. */
  readonly behindMs: number | null;
  readonly progress: { readonly received: number; readonly total: number } | null;
  readonly sending: { readonly sent: number; readonly total: number } | null;
  readonly queued: number;
  readonly queuedBytes: number;
  readonly receivedBytes: number | null;
  readonly sentBytes: number | null;
  readonly failures: number;
  readonly lastError: string | null;
  readonly retryInMs: number | null;
}

/** A node that gave signs of life, connected to this one or not. */
export interface PresentDto {
  readonly node: string;
  readonly name: string | null;
  readonly lastSignMs: number;
  readonly worksOn: readonly string[];
}

/** `GET /api/v1/status`. */
export interface StatusDto {
  readonly node: string;
  readonly mesh: string;
  readonly name: string;
  readonly version: string;
  readonly upMs: number;
  readonly ops: number;
  readonly items: number;
  readonly dbBytes: number | null;
  readonly pending: {
    readonly ops: number;
    readonly bytes: number;
    readonly oldestMs: number | null;
  };
  readonly rejected: number;
  readonly rejections: readonly {
    readonly id: string | null;
    readonly author: string | null;
    readonly code: string;
    /** Which rule the op breaks, in words. */
    readonly text: string;
    readonly from: string | null;
    readonly at: number;
  }[];
  readonly forks: readonly {
    readonly author: string;
    readonly seq: number;
    readonly ops: readonly string[];
    readonly isOwn: boolean;
  }[];
  readonly sync: {
    readonly peers: number;
    readonly inSync: number;
    readonly behind: number;
    readonly unknown: number;
    readonly text: string;
  };
  readonly peers: readonly PeerDto[];
  readonly present: readonly PresentDto[];
  readonly claims: { readonly [state in ClaimState]?: number };
  /** What a person should look at, the gravest first; empty when all is well. */
  readonly attention: readonly { readonly code: string; readonly text: string }[];
  readonly problem: { readonly code: string; readonly message: string } | null;
}

/**
 * `GET /api/v1/events`: server-sent events. Each has an id; after a break, Last-Event-ID takes up
 * where it stopped, and every item that was touched meanwhile comes once. Many changes between two
 * events (at most 10 a second) come as one.
 */
export interface EventsDto {
  /** Items as they are now. `removed`: deleted ones. */
  readonly items: {
    readonly asOf: string;
    readonly items: readonly ItemDto[];
    readonly removed: readonly string[];
  };
  /** Peers, lag, presence, claims changed; also every 5 s. */
  readonly status: StatusDto;
  /** The id is not known here (another data folder, a restored backup): load everything anew. */
  readonly reset: { readonly asOf: string };
}

/** RFC 9457; `code` is stable. */
export interface ProblemDto {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** With `http/changed`: the item as it is, null when it is deleted. */
  readonly now?: ItemDto | null;
}
