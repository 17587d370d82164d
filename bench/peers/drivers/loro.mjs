/**
 * Loro: a map of items, each a map of fields. It has no server with storage to compare with, so the
 * hub is a minimal relay of ours: it appends every update to a log file, without fsync, and passes
 * it on; a replica that comes says what it has and gets the rest in one message. The peer id
 * stands for the author and changes with it.
 *
 * Messages are binary: 0 and a version vector, or 1 and an update.
 */
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LoroDoc, LoroMap, VersionVector } from "loro-crdt";
import { WebSocket, WebSocketServer } from "ws";

const kinds = { have: 0, update: 1 };

const message = (kind, bytes) => Buffer.concat([Buffer.of(kind), bytes]);

/** @type {import("../driver.ts").Driver} */
export const driver = {
  async openHub(dir) {
    const log = new UpdateLog(dir);
    const doc = new LoroDoc();
    const stored = log.read();
    if (stored.length > 0) doc.importBatch(stored);
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    server.on("connection", (socket) => {
      socket.send(message(kinds.have, doc.version().encode()));
      socket.on("message", (data) => {
        const bytes = new Uint8Array(data.subarray(1));
        if (data[0] === kinds.have) return sendMissing(socket, doc, bytes);
        doc.import(bytes);
        log.append(bytes);
        for (const other of server.clients) if (other !== socket) other.send(data);
      });
    });
    return {
      url: `ws://127.0.0.1:${server.address().port}`,
      async close() {
        for (const client of server.clients) client.terminate();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },

  async openReplica({ ticket }) {
    return new LoroReplica(ticket === null);
  },
};

/** Sends what the other side lacks, if that is anything. */
function sendMissing(socket, doc, version) {
  const from = VersionVector.decode(version);
  const order = doc.version().compare(from);
  if (order === 0 || order === -1) return;
  socket.send(message(kinds.update, doc.export({ mode: "update", from })));
}

/** Updates one after the other, each behind its length. */
class UpdateLog {
  #path;

  constructor(dir) {
    mkdirSync(dir, { recursive: true });
    this.#path = join(dir, "updates.log");
  }

  append(bytes) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    appendFileSync(this.#path, Buffer.concat([length, bytes]));
  }

  read() {
    if (!existsSync(this.#path)) return [];
    const all = readFileSync(this.#path);
    const updates = [];
    for (let at = 0; at < all.length;) {
      const end = at + 4 + all.readUInt32LE(at);
      updates.push(new Uint8Array(all.subarray(at + 4, end)));
      at = end;
    }
    return updates;
  }
}

class LoroReplica {
  #doc = new LoroDoc();
  #items = this.#doc.getMap("items");
  /** Handles on the maps of the items: to look one up costs more than to use it. */
  #fields = new Map();
  #socket = null;
  #makes;
  #author = -1;

  constructor(makes) {
    this.#makes = makes;
    this.#doc.subscribeLocalUpdates((bytes) => {
      if (this.#socket?.readyState === WebSocket.OPEN) {
        this.#socket.send(message(kinds.update, bytes));
      }
    });
  }

  connect(url) {
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.on("open", () => socket.send(message(kinds.have, this.#doc.version().encode())));
    socket.on("message", (data) => {
      const bytes = new Uint8Array(data.subarray(1));
      if (data[0] === kinds.have) sendMissing(socket, this.#doc, bytes);
      else this.#doc.import(bytes);
    });
  }

  async disconnect() {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    socket.close();
    await once(socket, "close");
  }

  #fieldsOf(item) {
    let fields = this.#fields.get(item);
    if (fields === undefined) {
      fields = this.#items.getOrCreateContainer(item, new LoroMap());
      this.#fields.set(item, fields);
    }
    return fields;
  }

  write(edits) {
    for (const { author, item, set } of edits) {
      if (this.#makes && author !== this.#author) {
        this.#doc.setPeerId(String(1_000 + author));
        this.#author = author;
      }
      const fields = this.#fieldsOf(item);
      for (const field in set) fields.set(field, set[field]);
      this.#doc.commit();
    }
  }

  ticket() {
    return "the only document";
  }

  read(item, field) {
    return this.#items.get(item)?.get(field);
  }

  *entries() {
    for (const [item, fields] of Object.entries(this.#items.toJSON())) {
      for (const [field, value] of Object.entries(fields)) yield [item, field, value];
    }
  }

  onChange(listener) {
    this.#doc.subscribe(({ by, events }) => {
      if (by === "local") return;
      for (const { path, diff } of events) {
        if (diff.type !== "map" || path.length !== 2) continue;
        for (const field of Object.keys(diff.updated)) listener(String(path[1]), field);
      }
    });
  }

  async close() {
    await this.disconnect();
  }
}
