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
];

export const peerNames: readonly string[] = roster.map(({ name }) => name);
