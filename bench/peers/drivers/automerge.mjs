/**
 * Automerge: a map of items, each a map of fields, through automerge-repo with its WebSocket
 * adapters; the hub keeps documents with the nodefs adapter, replicas are in memory. Values are
 * `ImmutableString`, Automerge's register, and not text to be edited by letters. An author is an
 * actor with a document of its own, into which it merges what the one before it wrote.
 */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import * as Automerge from "@automerge/automerge";
import { Repo } from "@automerge/automerge-repo";
import {
  WebSocketClientAdapter,
  WebSocketServerAdapter,
} from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { WebSocketServer } from "ws";

/** @type {import("../driver.ts").Driver} */
export const driver = {
  async openHub(dir) {
    mkdirSync(dir, { recursive: true });
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    const repo = new Repo({
      network: [new WebSocketServerAdapter(server)],
      storage: new NodeFSStorageAdapter(dir),
    });
    // The adapter takes connections only after the repository has read its id from storage.
    while (server.listenerCount("connection") === 0) await turn();
    return {
      url: `ws://127.0.0.1:${server.address().port}`,
      async close() {
        await repo.flush();
        for (const client of server.clients) client.terminate();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },

  async openReplica({ ticket }) {
    return new AutomergeReplica(ticket);
  },
};

function apply(doc, { item, set }) {
  doc.items[item] ??= {};
  const fields = doc.items[item];
  for (const field in set) fields[field] = new Automerge.ImmutableString(set[field]);
}

/** The documents of the authors, until the first of them goes into a repository. */
class Authors {
  #docs = new Map();
  latest = Automerge.from({ items: {} }, { actor: "00" });

  write(edit) {
    let doc = this.#docs.get(edit.author);
    if (doc === undefined) doc = Automerge.clone(this.latest, { actor: `a${edit.author}` });
    else if (doc !== this.latest) doc = Automerge.merge(doc, this.latest);
    this.latest = Automerge.change(doc, (draft) => apply(draft, edit));
    this.#docs.set(edit.author, this.latest);
  }
}

class AutomergeReplica {
  #repo = new Repo({});
  #authors = null;
  #handle = null;
  #ticket;
  #adapter = null;
  #listener = null;

  constructor(ticket) {
    this.#ticket = ticket;
    if (ticket === null) this.#authors = new Authors();
  }

  connect(url) {
    if (this.#authors !== null) {
      this.#adopt(this.#repo.import(Automerge.save(this.#authors.latest)));
      this.#authors = null;
    }
    this.#adapter = new WebSocketClientAdapter(url);
    this.#repo.networkSubsystem.addNetworkAdapter(this.#adapter);
    if (this.#handle === null) void this.#find(this.#adapter);
  }

  async #find(adapter) {
    // What is asked for while nobody is there counts as unavailable at once; what nobody has yet
    // does so too, and comes later all the same.
    await adapter.whenReady();
    const allowableStates = ["ready", "unavailable"];
    this.#adopt(await this.#repo.find(this.#ticket, { allowableStates }));
  }

  #adopt(handle) {
    this.#handle = handle;
    this.#ticket = handle.url;
    if (this.#listener !== null) this.onChange(this.#listener);
  }

  async disconnect() {
    const adapter = this.#adapter;
    this.#adapter = null;
    if (adapter === null) return;
    const socket = adapter.socket;
    this.#repo.networkSubsystem.removeNetworkAdapter(adapter);
    if (socket && socket.readyState !== socket.CLOSED) await once(socket, "close");
  }

  write(edits) {
    for (const edit of edits) {
      if (this.#authors === null) this.#handle.change((draft) => apply(draft, edit));
      else this.#authors.write(edit);
    }
  }

  ticket() {
    return this.#ticket;
  }

  get #items() {
    if (this.#authors !== null) return this.#authors.latest.items;
    return this.#handle?.isReady() ? (this.#handle.doc().items ?? {}) : {};
  }

  read(item, field) {
    return this.#items[item]?.[field]?.val;
  }

  *entries() {
    for (const [item, fields] of Object.entries(this.#items)) {
      for (const [field, value] of Object.entries(fields)) yield [item, field, value.val];
    }
  }

  onChange(listener) {
    this.#listener = listener;
    this.#handle?.on("change", ({ patches }) => {
      const seen = new Set();
      for (const { path } of patches) {
        const [, item, field] = path;
        if (field === undefined || seen.has(`${item}/${field}`)) continue;
        seen.add(`${item}/${field}`);
        listener(item, field);
      }
    });
  }

  async close() {
    await this.disconnect();
    await this.#repo.shutdown();
  }
}
