/**
 * Jazz, as its core `cojson`: one CoMap of a group that everyone may write to, a key for each field
 * of an item, encrypted by default and signed by the session that wrote it. The hub stores by
 * cojson's own storage, on node:sqlite in WAL mode with the defaults of SQLite else, so it is
 * durable (FULL); replicas are in memory. An author is a node of its own with a key of its own.
 */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { cojsonInternals, LocalNode } from "cojson";
import { NapiCrypto } from "cojson/crypto/NapiCrypto";
import { getSqliteStorage } from "cojson/dist/storage/sqlite/index.js";
import { createWebSocketPeer } from "cojson-transport-ws";
import { WebSocket, WebSocketServer } from "ws";
import { authorCount } from "../../work.ts";

const crypto = await NapiCrypto.create();

function newNode() {
  const secret = crypto.newRandomAgentSecret();
  const session = crypto.newRandomSessionID(crypto.getAgentID(secret));
  return new LocalNode(secret, session, crypto);
}

/** @type {import("../driver.ts").Driver} */
export const driver = {
  async openHub(dir) {
    mkdirSync(dir, { recursive: true });
    const node = newNode();
    const database = openDatabase(join(dir, "jazz.db"));
    node.setStorage(getSqliteStorage(database));
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    let clients = 0;
    server.on("connection", (websocket) => {
      clients += 1;
      const id = `client-${clients}`;
      const peer = { id, role: "client", websocket, expectPings: false };
      node.syncManager.addPeer(createWebSocketPeer({ ...peer, deletePeerStateOnClose: true }));
    });
    return {
      url: `ws://127.0.0.1:${server.address().port}`,
      async close() {
        for (const client of server.clients) client.terminate();
        await new Promise((resolve) => server.close(resolve));
        await node.gracefulShutdown();
        database.closeDb();
      },
    };
  },

  async openReplica({ ticket }) {
    return ticket === null ? new JazzMaker() : new JazzReplica(newNode(), ticket);
  },
};

function openDatabase(path) {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL");
  const statements = new Map();
  const prepared = (sql) => {
    if (!statements.has(sql)) statements.set(sql, database.prepare(sql));
    return statements.get(sql);
  };
  return {
    run: (sql, params) => void prepared(sql).run(...params),
    get: (sql, params) => prepared(sql).get(...params),
    query: (sql, params) => prepared(sql).all(...params),
    transaction(callback) {
      database.exec("BEGIN");
      try {
        callback();
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    closeDb: () => database.close(),
  };
}

class JazzReplica {
  #id;
  #socket = null;
  #listener = null;
  /** Transactions of the map that the listener knows. */
  #heard = 0;
  node;
  map = null;

  constructor(node, id) {
    this.node = node;
    this.#id = id;
  }

  connect(url) {
    const websocket = new WebSocket(url);
    this.#socket = websocket;
    // The same id each time: it is by this that the node remembers what the hub has.
    const peer = { id: "hub", role: "server", websocket, expectPings: false };
    this.node.syncManager.addPeer(createWebSocketPeer(peer));
    if (this.map === null) void this.load();
  }

  async load() {
    const map = await this.node.load(this.#id);
    if (map === "unavailable") throw new Error("the hub does not have the map");
    this.map = map;
    if (this.#listener !== null) this.onChange(this.#listener);
  }

  async disconnect() {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    socket.close();
    await once(socket, "close");
  }

  write(edits) {
    for (const { item, set } of edits) {
      const keys = Object.entries(set).map(([field, value]) => [`${item}/${field}`, value]);
      this.map.assign(Object.fromEntries(keys));
    }
  }

  ticket() {
    return this.#id;
  }

  read(item, field) {
    return this.map?.get(`${item}/${field}`);
  }

  *entries() {
    for (const key of this.map.keys()) {
      const slash = key.indexOf("/");
      yield [key.slice(0, slash), key.slice(slash + 1), this.map.get(key)];
    }
  }

  onChange(listener) {
    this.#listener = listener;
    if (this.map === null) return;
    const { core } = this.map;
    this.#heard = core.verifiedTransactions.length;
    this.map.subscribe(() => {
      const news = core.verifiedTransactions.slice(this.#heard);
      this.#heard = core.verifiedTransactions.length;
      for (const { changes } of news) {
        for (const { key } of changes ?? []) listener(...key.split("/"));
      }
    });
  }

  async close() {
    await this.disconnect();
    await this.node.gracefulShutdown();
  }
}

/**
 * The replica that makes the map: a node for each author, linked to the first one in the process.
 * Equal times of two sessions have no order in Jazz (`compareTransactions` calls them equal, so the
 * order of arrival decides), hence an author begins in a millisecond of its own.
 */
class JazzMaker extends JazzReplica {
  #authors = [];
  #author = 0;

  constructor() {
    const first = newNode();
    const group = first.createGroup();
    group.addMember("everyone", "writer");
    const map = group.createMap();
    super(first, map.id);
    this.map = map;
    this.#authors.push(this);
  }

  async #link() {
    for (let n = 1; n < authorCount; n += 1) {
      const author = new JazzReplica(newNode(), this.map.id);
      const roles = { peer1role: "client", peer2role: "server" };
      const [toAuthor, toFirst] = cojsonInternals.connectedPeers(`author-${n}`, "first", roles);
      this.node.syncManager.addPeer(toAuthor);
      author.node.syncManager.addPeer(toFirst);
      await author.load();
      this.#authors.push(author);
    }
  }

  async write(edits) {
    if (this.#authors.length === 1) await this.#link();
    for (const edit of edits) {
      if (edit.author !== this.#author) {
        const now = Date.now();
        while (Date.now() <= now);
        this.#author = edit.author;
      }
      if (edit.author === 0) super.write([edit]);
      else this.#authors[edit.author].write([edit]);
    }
  }
}
