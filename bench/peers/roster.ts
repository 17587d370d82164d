/** Who is measured, and what each does not do: a figure is worth what it includes. */
import { join } from "node:path";

export interface Peer {
  readonly name: string;
  readonly driver: string;
  /** True when its packages come from bench/peers/package.json. */
  readonly isForeign: boolean;
  readonly what: string;
  readonly doesNot: string;
}

const inDrivers = (file: string): string => join(import.meta.dirname, "drivers", file);

export const roster: readonly Peer[] = [
  {
    name: "towline",
    driver: inDrivers("towline.ts"),
    isForeign: false,
    what: "this repository",
    doesNot: "-",
  },
  {
    name: "floor",
    driver: inDrivers("floor.ts"),
    isForeign: false,
    what: "raw ws, node:sqlite (WAL, FULL), SHA-256",
    doesNot: "signatures, auth, merging: the hub's order is the only one",
  },
  {
    name: "yjs",
    driver: inDrivers("yjs.mjs"),
    isForeign: true,
    what: "yjs 13.6, y-websocket 2.1 server, y-leveldb",
    doesNot: "signatures, auth, history (overwritten values are dropped), durability before word",
  },
  {
    name: "automerge",
    driver: inDrivers("automerge.mjs"),
    isForeign: true,
    what: "automerge 3.5, automerge-repo 2.5, nodefs",
    doesNot: "signatures, auth, durability before word; live updates are throttled",
  },
  {
    name: "loro",
    driver: inDrivers("loro.mjs"),
    isForeign: true,
    what: "loro-crdt 1.17, our relay with an append log",
    doesNot: "signatures, auth, durability before word (no fsync)",
  },
  {
    name: "jazz",
    driver: inDrivers("jazz.mjs"),
    isForeign: true,
    what: "cojson 0.20, its WebSocket transport and SQLite storage",
    doesNot: "a total order of writes of the same millisecond; one signature for a batch",
  },
  {
    name: "tinybase",
    driver: inDrivers("tinybase.mjs"),
    isForeign: true,
    what: "tinybase 10.0, WsServer, file persister",
    doesNot: "signatures, auth, authors, history (state only), durability before word",
  },
];

export const peerNames: readonly string[] = roster.map(({ name }) => name);
