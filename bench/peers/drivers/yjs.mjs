/**
 * Yjs: a map of items, each a map of fields. The hub is the server of y-websocket 2.1.0, the last
 * one in its package, with y-leveldb, and the persistence that it binds by itself; replicas are in
 * memory. The client id stands for the author and changes with it.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { WebSocket, WebSocketServer } from "ws";

// The server is CommonJS; what is imported beside it would be another copy of Yjs.
const require = createRequire(import.meta.url);
const { WebsocketProvider } = require("y-websocket");
const Y = require("yjs");

const room = "pipeline";

/** @type {import("../driver.ts").Driver} */
export const driver = {
  async openHub(dir) {
    process.env.YPERSISTENCE = dir;
    // The server says on stdout where it keeps documents; stdout is for the figures.
    console.info = () => undefined;
    const { setupWSConnection, getPersistence } = require("y-websocket/bin/utils");
    const http = createServer();
    const server = new WebSocketServer({ server: http });
    server.on("connection", (socket, request) => setupWSConnection(socket, request));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return {
      url: `ws://127.0.0.1:${http.address().port}`,
      async close() {
        for (const client of server.clients) client.terminate();
        await new Promise((resolve) => server.close(resolve));
        http.close();
        // Its transactions queue up, so this one comes after all writes.
        await getPersistence().provider.destroy();
      },
    };
  },

  async openReplica({ ticket }) {
    return new YjsReplica(ticket === null);
  },
};

class YjsReplica {
  #doc = new Y.Doc();
  #items = this.#doc.getMap("items");
  #ownId = this.#doc.clientID;
  #provider = null;
  #makes;

  constructor(makes) {
    this.#makes = makes;
  }

  connect(url) {
    if (this.#provider !== null) return this.#provider.connect();
    // Without the channel that joins the tabs of a browser: replicas would meet outside the hub.
    const options = { WebSocketPolyfill: WebSocket, disableBc: true };
    this.#provider = new WebsocketProvider(url, room, this.#doc, options);
  }

  async disconnect() {
    const socket = this.#provider?.ws;
    this.#provider?.disconnect();
    if (socket && socket.readyState !== WebSocket.CLOSED) await once(socket, "close");
  }

  write(edits) {
    for (const { author, item, set } of edits) {
      if (this.#makes) this.#doc.clientID = 1_000 + author;
      this.#doc.transact(() => {
        let fields = this.#items.get(item);
        if (fields === undefined) this.#items.set(item, (fields = new Y.Map()));
        for (const field in set) fields.set(field, set[field]);
      });
    }
    this.#doc.clientID = this.#ownId;
  }

  ticket() {
    return room;
  }

  read(item, field) {
    return this.#items.get(item)?.get(field);
  }

  *entries() {
    for (const [item, fields] of this.#items.entries()) {
      for (const [field, value] of fields.entries()) yield [item, field, value];
    }
  }

  onChange(listener) {
    this.#items.observeDeep((events) => {
      for (const { path, keysChanged } of events) {
        if (path.length === 1) for (const field of keysChanged) listener(path[0], field);
      }
    });
  }

  close() {
    this.#provider?.destroy();
    this.#doc.destroy();
  }
}
