/**
 * What each peer has to offer to be measured: a hub, and replicas that meet there. All the rest, as
 * clocks, bytes, hashes and processes, is the same code for everybody.
 */

/** One update: an author gives fields of an item new values. */
export interface Edit {
  readonly author: number;
  readonly item: string;
  readonly set: Readonly<Record<string, string>>;
}

export interface Hub {
  /** Where replicas find it, on the loopback interface. */
  readonly url: string;
  /** Resolves when all that the hub took is in its files. */
  close(): Promise<void>;
}

export interface Place {
  /** A folder of this replica's own, which does not exist yet, for peers that keep replicas. */
  readonly dir: string;
  /** The hub, for peers whose replicas have to ask it who they are before they can open. */
  readonly url: string;
  /** How to find the document; null for the replica that makes it, as all authors. */
  readonly ticket: string | null;
}

export interface Replica {
  /** Begins to connect, and stays connected. */
  connect(url: string): void | Promise<void>;
  /** Resolves when the connection is gone and nothing dials any more. */
  disconnect(): void | Promise<void>;
  /** Each edit is an update of its own. The replica that makes the document honours `author`. */
  write(edits: readonly Edit[]): void | Promise<void>;
  /** Of the replica that made the document, once it has been connected. */
  ticket(): string;
  read(item: string, field: string): string | undefined;
  entries(): Iterable<readonly [item: string, field: string, value: string]>;
  /** Calls `listener` for each field that comes from elsewhere. */
  onChange(listener: (item: string, field: string) => void): void;
  close(): void | Promise<void>;
}

export interface Driver {
  openHub(dir: string): Promise<Hub>;
  openReplica(place: Place): Promise<Replica>;
  /**
   * Fills the folder of a hub with the edits of all authors, for a peer that can make what these
   * would have sent without having them run; then no replica makes the document.
   */
  fill?(dir: string, edits: readonly Edit[]): Promise<void>;
}

/** What the module of a driver exports. */
export interface DriverModule {
  readonly driver: Driver;
}
