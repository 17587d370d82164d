/**
 * TinyBase: a mergeable store with one table, synchronized by WsSynchronizer and WsServer; the hub
 * keeps it in a file by TinyBase's own persister. It has no authors.
 */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createMergeableStore } from "tinybase";
import { createFilePersister } from "tinybase/persisters/persister-file";
import { createWsSynchronizer } from "tinybase/synchronizers/synchronizer-ws-client";
import { createWsServer } from "tinybase/synchronizers/synchronizer-ws-server";
import { WebSocket, WebSocketServer } from "ws";

const table = "items";

/** @type {import("../driver.ts").Driver} */
export const driver = {
  async openHub(dir) {
    mkdirSync(dir, { recursive: true });
    const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(sockets, "listening");
    const persisters = [];
    const server = createWsServer(sockets, () => {
      const persister = createFilePersister(createMergeableStore(), join(dir, "store.json"));
      persisters.push(persister);
      return persister;
    });
    return {
      url: `ws://127.0.0.1:${sockets.address().port}`,
      async close() {
        // The server destroys it when the last client leaves; this waits for a save on its way.
        for (const persister of persisters) await persister.destroy();
        await server.destroy();
      },
    };
  },

  async openReplica() {
    return new TinyBaseReplica();
  },
};

class TinyBaseReplica {
  #store = createMergeableStore();
  #synchronizer = null;

  async connect(url) {
    this.#synchronizer = await createWsSynchronizer(this.#store, new WebSocket(url));
    void this.#synchronizer.startSync();
  }

  async disconnect() {
    const synchronizer = this.#synchronizer;
    this.#synchronizer = null;
    if (synchronizer === null) return;
    const socket = synchronizer.getWebSocket();
    await synchronizer.destroy();
    if (socket.readyState !== WebSocket.CLOSED) await once(socket, "close");
  }

  write(edits) {
    for (const { item, set } of edits) {
      this.#store.transaction(() => {
        for (const field in set) this.#store.setCell(table, item, field, set[field]);
      });
    }
  }

  ticket() {
    return "the only store";
  }

  read(item, field) {
    return this.#store.getCell(table, item, field);
  }

  *entries() {
    for (const [item, fields] of Object.entries(this.#store.getTable(table))) {
      for (const [field, value] of Object.entries(fields)) yield [item, field, value];
    }
  }

  onChange(listener) {
    this.#store.addCellListener(table, null, null, (_store, _table, item, field) => {
      listener(item, field);
    });
  }

  async close() {
    await this.disconnect();
  }
}
