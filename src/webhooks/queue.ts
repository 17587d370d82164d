/**
 * What is yet to be delivered, what could not be, and up to where the log was read: a small SQLite
 * file in the data folder. Messages and the place in the log are written together, so that no
 * transition is lost or forgotten by a crash.
 */
import { closeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { errnoOf, openNewFile } from "../adapters/folder-lock-files.ts";
import { webhookDeadMax, webhookQueueMax } from "../base/edge-limits.ts";
import { TowlineError } from "../base/errors.ts";
import type { Message } from "./message.ts";

/** Up to where the log was read: so many ops, the last of which has this id. */
export interface Place {
  readonly index: number;
  readonly op: string | null;
}

export interface QueuedMessage extends Message {
  /** Names it here. */
  readonly row: number;
  readonly hook: string;
  /** Unix milliseconds. */
  readonly created: number;
  readonly attempts: number;
}

export interface DeadMessage extends QueuedMessage {
  readonly error: string;
}

/** How the deliveries of a webhook go. */
export interface HookState {
  readonly waiting: number;
  readonly dead: number;
  /** Unix milliseconds; null for never. */
  readonly deliveredAt: number | null;
  readonly failedAt: number | null;
  readonly error: string | null;
}

const schema = `
  CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), ops INTEGER, op TEXT);
  CREATE TABLE IF NOT EXISTS hooks (
    name TEXT PRIMARY KEY, since INTEGER NOT NULL, deliveredAt INTEGER, failedAt INTEGER, error TEXT
  );
  CREATE TABLE IF NOT EXISTS messages (
    row INTEGER PRIMARY KEY AUTOINCREMENT, hook TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    created INTEGER NOT NULL, attempts INTEGER NOT NULL, at INTEGER NOT NULL,
    isDead INTEGER NOT NULL, error TEXT
  );
  CREATE INDEX IF NOT EXISTS due ON messages (isDead, hook, at, row);
`;

/** How long another process of the same user, `towline webhooks`, may have the file. */
const busyMs = 500;

export class WebhookQueue {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Throws `webhooks/unreadable`. */
  static open(path: string, waitMs = busyMs): WebhookQueue {
    try {
      makeFile(path);
      const db = new DatabaseSync(path, { timeout: waitMs });
      // What a power cut takes back is read from the log again.
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${schema}`);
      return new WebhookQueue(db);
    } catch (cause) {
      const message =
        `${path}, the queue of the webhooks, cannot be opened (${String(cause)}). ` +
        "Remove it with what it holds, and start the node anew.";
      throw new TowlineError("webhooks/unreadable", message, { cause });
    }
  }

  close(): void {
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #all(sql: string, ...values: (string | number | null)[]): readonly unknown[] {
    return this.#prepare(sql).all(...values);
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#prepare(sql).run(...values);
  }

  #together(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Null before the first start. */
  get place(): Place | null {
    const [row] = this.#all("SELECT ops, op FROM place") as readonly {
      ops: number;
      op: string | null;
    }[];
    return row === undefined ? null : { index: row.ops, op: row.op };
  }

  /**
   * Those that are configured now: a new one is told of what arrives from `since` on, and one that
   * is gone is forgotten with what waited for it.
   */
  setHooks(names: readonly string[], since: number): void {
    this.#together(() => {
      for (const name of this.#names()) {
        if (names.includes(name)) continue;
        this.#run("DELETE FROM hooks WHERE name = ?", name);
        this.#run("DELETE FROM messages WHERE hook = ?", name);
      }
      for (const name of names) {
        this.#run("INSERT OR IGNORE INTO hooks (name, since) VALUES (?, ?)", name, since);
      }
    });
  }

  #names(): readonly string[] {
    const rows = this.#all("SELECT name FROM hooks") as readonly { name: string }[];
    return rows.map(({ name }) => name);
  }

  /** Begins anew at this place, since the log is another one. */
  startAt({ index, op }: Place): void {
    this.#together(() => {
      this.#run("INSERT OR REPLACE INTO place VALUES (1, ?, ?)", index, op);
      this.#run("UPDATE hooks SET since = min(since, ?)", index);
    });
  }

  /** From which arrival on the webhook is told of transitions. */
  since(hook: string): number {
    const [row] = this.#all("SELECT since FROM hooks WHERE name = ?", hook) as readonly {
      since: number;
    }[];
    return row?.since ?? Infinity;
  }

  /** Takes messages in, due at once, and notes that the log was read up to `place`. */
  add(
    messages: readonly (Message & { readonly hook: string })[],
    { index, op }: Place,
    now: number,
  ): void {
    this.#together(() => {
      for (const { hook, id, body } of messages) {
        this.#run(
          "INSERT INTO messages (hook, id, body, created, attempts, at, isDead) " +
            "VALUES (?, ?, ?, ?, 0, ?, 0)",
          ...([hook, id, body, now, now] as const),
        );
      }
      this.#run("INSERT OR REPLACE INTO place VALUES (1, ?, ?)", index, op);
      if (messages.length > 0) this.#dropSome();
    });
  }

  /** Of too many that wait the oldest are given up; of too many of those the oldest go. */
  #dropSome(): void {
    const [{ waiting } = { waiting: 0 }] = this.#all(
      "SELECT count(*) AS waiting FROM messages WHERE isDead = 0",
    ) as readonly { waiting: number }[];
    if (waiting > webhookQueueMax) {
      this.#run(
        "UPDATE messages SET isDead = 1, error = 'too many messages were waiting' WHERE row IN " +
          "(SELECT row FROM messages WHERE isDead = 0 ORDER BY row LIMIT ?)",
        waiting - webhookQueueMax,
      );
    }
    this.#run(
      "DELETE FROM messages WHERE isDead = 1 AND row NOT IN " +
        "(SELECT row FROM messages WHERE isDead = 1 ORDER BY row DESC LIMIT ?)",
      webhookDeadMax,
    );
  }

  /** The message of a webhook that is due first; null when none is due. */
  due(hook: string, now: number): QueuedMessage | null {
    const [row] = this.#all(
      "SELECT row, hook, id, body, created, attempts FROM messages " +
        "WHERE isDead = 0 AND hook = ? AND at <= ? ORDER BY at, row LIMIT 1",
      ...([hook, now] as const),
    ) as readonly QueuedMessage[];
    return row ?? null;
  }

  /** When the next message of a webhook is due; null when none waits. */
  nextAt(hook: string): number | null {
    const [row] = this.#all(
      "SELECT min(at) AS at FROM messages WHERE isDead = 0 AND hook = ?",
      hook,
    ) as readonly { at: number | null }[];
    return row?.at ?? null;
  }

  delivered({ row, hook }: QueuedMessage, now: number): void {
    this.#together(() => {
      this.#run("DELETE FROM messages WHERE row = ?", row);
      this.#run("UPDATE hooks SET deliveredAt = ?, error = NULL WHERE name = ?", now, hook);
    });
  }

  /** The attempt failed; `at` is when the next one is due, null for never. */
  failed(
    { row, hook }: QueuedMessage,
    how: { readonly error: string; readonly at: number | null; readonly now: number },
  ): void {
    const { error, at, now } = how;
    this.#together(() => {
      this.#run(
        "UPDATE messages SET attempts = attempts + 1, error = ?, at = ?, isDead = ? WHERE row = ?",
        ...([error, at ?? now, at === null ? 1 : 0, row] as const),
      );
      this.#run("UPDATE hooks SET failedAt = ?, error = ? WHERE name = ?", now, error, hook);
      if (at === null) this.#dropSome();
    });
  }

  /** A clock that was set back must not keep messages from their next attempt. */
  refuseLaterThan(at: number): void {
    this.#run("UPDATE messages SET at = ? WHERE at > ?", at, at);
  }

  state(hook: string): HookState {
    const [counts] = this.#all(
      "SELECT count(*) FILTER (WHERE isDead = 0) AS waiting, " +
        "count(*) FILTER (WHERE isDead = 1) AS dead FROM messages WHERE hook = ?",
      hook,
    ) as readonly { waiting: number; dead: number }[];
    const [row] = this.#all(
      "SELECT deliveredAt, failedAt, error FROM hooks WHERE name = ?",
      hook,
    ) as readonly Omit<HookState, "waiting" | "dead">[];
    const never = { deliveredAt: null, failedAt: null, error: null };
    return { waiting: counts?.waiting ?? 0, dead: counts?.dead ?? 0, ...(row ?? never) };
  }

  /** Messages that were given up, the newest first. */
  dead(): readonly DeadMessage[] {
    return this.#all(
      "SELECT row, hook, id, body, created, attempts, error FROM messages " +
        "WHERE isDead = 1 ORDER BY row DESC",
    ) as readonly DeadMessage[];
  }

  /** Makes a message that was given up due again; false when there is none such. */
  revive(row: number, now: number): boolean {
    const { changes } = this.#prepare(
      "UPDATE messages SET isDead = 0, attempts = 0, created = ?, at = ? " +
        "WHERE row = ? AND isDead = 1",
    ).run(now, now, row);
    return Number(changes) > 0;
  }
}

/** For its owner alone, whatever the umask. */
function makeFile(path: string): void {
  try {
    closeSync(openNewFile(path));
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}
