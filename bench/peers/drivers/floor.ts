/**
 * The physical floor: `ws`, `node:sqlite` and SHA-256, with neither CRDT nor signature. The hub
 * gives all ops one order. Whoever gets an op parses it, hashes it and has it on disk before anyone
 * else hears of it; the latest value of a field wins.
 *
 * Frames are binary: a kind, then for `ops` each op after its length, else a number of ops.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { WebSocket, WebSocketServer } from "ws";
import type { Driver, Edit, Hub, Place, Replica } from "../driver.ts";

const kinds = { ops: 0, have: 1, taken: 2 } as const;
const frameBytes = 256 * 1_024;
const transactionOps = 1_000;

export const driver: Driver = {
  openHub: async (dir) => await openHub(dir),
  openReplica: async ({ dir }: Place) => await Promise.resolve(new FloorReplica(dir)),
};

/** Ops in the order of the hub, each with its hash. */
class OpTable {
  readonly #db: DatabaseSync;
  readonly #insert: ReturnType<DatabaseSync["prepare"]>;
  count: number;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.#db = new DatabaseSync(join(dir, "ops.db"));
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    this.#db.exec("CREATE TABLE IF NOT EXISTS op (seq INTEGER PRIMARY KEY, id BLOB, bytes BLOB)");
    this.#insert = this.#db.prepare("INSERT INTO op (id, bytes) VALUES (?, ?)");
    this.count = Number(this.#db.prepare("SELECT count(*) AS n FROM op").get()?.["n"]);
  }

  append(ops: readonly Buffer[]): void {
    for (let from = 0; from < ops.length; from += transactionOps) {
      this.#db.exec("BEGIN");
      for (const op of ops.slice(from, from + transactionOps)) {
        this.#insert.run(createHash("sha256").update(op).digest(), op);
      }
      this.#db.exec("COMMIT");
    }
    this.count += ops.length;
  }

  *from(seq: number): Generator<Buffer> {
    const rows = this.#db.prepare("SELECT bytes FROM op WHERE seq > ? ORDER BY seq");
    for (const row of rows.iterate(seq)) yield Buffer.from(row["bytes"] as Uint8Array);
  }

  close(): void {
    this.#db.close();
  }
}

function numberFrame(kind: number, value: number): Buffer {
  const frame = Buffer.alloc(5);
  frame[0] = kind;
  frame.writeUInt32LE(value, 1);
  return frame;
}

/** Frames of at most 256 KiB, or of one op. */
function* opFrames(ops: Iterable<Buffer>): Generator<Buffer> {
  let [parts, bytes]: [Buffer[], number] = [[Buffer.of(kinds.ops)], 1];
  for (const op of ops) {
    if (bytes > 1 && bytes + 4 + op.length > frameBytes) {
      yield Buffer.concat(parts);
      [parts, bytes] = [[Buffer.of(kinds.ops)], 1];
    }
    const length = Buffer.alloc(4);
    length.writeUInt32LE(op.length);
    parts.push(length, op);
    bytes += 4 + op.length;
  }
  if (bytes > 1) yield Buffer.concat(parts);
}

function opsIn(frame: Buffer): readonly Buffer[] {
  const ops: Buffer[] = [];
  for (let at = 1; at < frame.length;) {
    const end = at + 4 + frame.readUInt32LE(at);
    ops.push(frame.subarray(at + 4, end));
    at = end;
  }
  return ops;
}

async function openHub(dir: string): Promise<Hub> {
  const table = new OpTable(dir);
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  await once(server, "listening");
  server.on("connection", (socket) => {
    socket.on("message", (frame: Buffer) => {
      if (frame[0] === kinds.have) {
        for (const ops of opFrames(table.from(frame.readUInt32LE(1)))) socket.send(ops);
        return;
      }
      const ops = opsIn(frame);
      table.append(ops);
      socket.send(numberFrame(kinds.taken, ops.length));
      for (const other of server.clients) if (other !== socket) other.send(frame);
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
      table.close();
    },
  };
}

class FloorReplica implements Replica {
  readonly #table: OpTable;
  readonly #state = new Map<string, Map<string, string>>();
  /** Ops that the hub has put into its order, and own ones that it has not. */
  #ordered = 0;
  #own: Buffer[] = [];
  #socket: WebSocket | null = null;
  #listener: (item: string, field: string) => void = () => undefined;

  constructor(dir: string) {
    this.#table = new OpTable(dir);
  }

  connect(url: string): void {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket = socket;
    socket.on("open", () => {
      socket.send(numberFrame(kinds.have, this.#ordered));
      for (const frame of opFrames(this.#own)) socket.send(frame);
    });
    socket.on("message", (frame: Buffer) => this.#take(frame));
  }

  #take(frame: Buffer): void {
    if (frame[0] === kinds.taken) {
      this.#ordered += frame.readUInt32LE(1);
      this.#own.splice(0, frame.readUInt32LE(1));
      return;
    }
    const ops = opsIn(frame);
    const edits = ops.map((op) => JSON.parse(op.toString()) as Edit);
    this.#table.append(ops);
    this.#ordered += ops.length;
    for (const edit of edits) {
      this.#apply(edit);
      for (const field of Object.keys(edit.set)) this.#listener(edit.item, field);
    }
  }

  #apply({ item, set }: Edit): void {
    const fields = this.#state.get(item) ?? new Map<string, string>();
    this.#state.set(item, fields);
    for (const [field, value] of Object.entries(set)) fields.set(field, value);
  }

  async disconnect(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    socket.close();
    await once(socket, "close");
  }

  write(edits: readonly Edit[]): void {
    const ops = edits.map((edit) => Buffer.from(JSON.stringify(edit)));
    this.#table.append(ops);
    for (const edit of edits) this.#apply(edit);
    this.#own.push(...ops);
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (const frame of opFrames(ops)) this.#socket.send(frame);
  }

  ticket(): string {
    return "the only document";
  }

  read(item: string, field: string): string | undefined {
    return this.#state.get(item)?.get(field);
  }

  *entries(): Generator<readonly [string, string, string]> {
    for (const [item, fields] of this.#state) {
      for (const [field, value] of fields) yield [item, field, value];
    }
  }

  onChange(listener: (item: string, field: string) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    await this.disconnect();
    this.#table.close();
  }
}
