/** The files of a real node that was killed, or stopped in good order, and damage done to them. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStore } from "../../src/adapters/sqlite-store.ts";
import type { Digest } from "../../src/api/types.ts";
import type { Prng } from "../../src/sim/prng.ts";
import { command, NodeProcess } from "./process.ts";

export const damagedFiles = [
  "towline.db",
  "towline.db-wal",
  "towline.db-mark",
  "key",
  "towline.toml",
] as const;
export type DamagedFile = (typeof damagedFiles)[number];
const fileWeights = [42, 30, 6, 12, 10];

export interface Image {
  readonly name: string;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly node: string;
  readonly mesh: string;
  readonly digest: Digest;
}

/** What a node leaves that is killed: part of its ops in the main file, part in the log. */
export async function takeImages(folder: string): Promise<readonly Image[]> {
  const node = new NodeProcess(join(folder, "original"));
  await node.start();
  await writeItems(node, "early", 60);
  await node.stop();
  await importItems(node, join(folder, "items.jsonl"));
  const closed = filesOf(node.dir);
  const ready = await node.start();
  const before = await node.digest();
  await writeItems(node, "late", 40);
  const after = await node.digest();
  await node.kill();
  const who = { node: ready.node, mesh: ready.mesh };
  return [
    { name: "killed", files: filesOf(node.dir), digest: after, ...who },
    { name: "stopped", files: closed, digest: before, ...who },
  ];
}

async function writeItems(node: NodeProcess, name: string, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const fields = [
      { field: "title", value: `item ${at} ${"x".repeat(at * 7)}` },
      { field: "stage", value: "qa" },
    ];
    await node.call("add", { item: `${name}-${at}`, fields, actor: "damage" });
  }
}

/** So many at once that the store keeps them as a page. */
async function importItems(node: NodeProcess, file: string): Promise<void> {
  const items = Array.from({ length: 600 }, (_, at) => {
    return JSON.stringify({ id: `bulk-${at}`, title: `item ${at} – ü`, status: "open" });
  });
  writeFileSync(file, items.join("\n"));
  const { code, stderr } = await command(["import", file, "--dir", node.dir]);
  if (code !== 0) throw new Error(`the items cannot be imported: ${stderr}`);
  const store = openSqliteStore(join(node.dir, "towline.db"));
  const isPaged = store.pages().length > 0;
  store.close();
  if (!isPaged) throw new Error("the store keeps no pages");
}

function filesOf(dir: string): ReadonlyMap<string, Buffer> {
  const names = readdirSync(dir, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith("-shm"),
  );
  return new Map(names.map(({ name }) => [name, readFileSync(join(dir, name))]));
}

/** Puts the image into `dir`, which is made anew, with one file replaced. */
export function lay(image: Image, dir: string, damage: Damage): void {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { mode: 0o700 });
  for (const [name, bytes] of image.files) {
    const content = name === damage.file ? damage.bytes : bytes;
    writeFileSync(join(dir, name), content, { mode: 0o600 });
  }
}

export interface Damage {
  readonly file: DamagedFile;
  readonly what: string;
  readonly bytes: Uint8Array;
}

export function drawDamage(image: Image, prng: Prng): Damage {
  const there = fileWeights.map((weight, at) => {
    return image.files.has(damagedFiles[at] ?? "") ? weight : 0;
  });
  const file = damagedFiles[prng.weighted(there)] ?? "towline.db";
  const bytes = Buffer.from(image.files.get(file) ?? Buffer.alloc(0));
  return { file, ...damaged(bytes, prng) };
}

const sector = 512;

function damaged(bytes: Buffer, prng: Prng): Omit<Damage, "file"> {
  const at = prng.below(Math.max(1, bytes.length));
  const from = sector * prng.below(Math.ceil(bytes.length / sector));
  switch (prng.weighted([60, 10, 15, 8, 4, 3])) {
    case 0:
      return flipped(bytes, 1, prng);
    case 1:
      return flipped(bytes, prng.between(2, 16), prng);
    case 2:
      return { what: `cut to ${at} of ${bytes.length} bytes`, bytes: bytes.subarray(0, at) };
    case 3: {
      bytes.fill(0, from, Math.min(bytes.length, from + sector));
      return { what: `zeros at ${from}`, bytes };
    }
    case 4: {
      const to = sector * prng.below(Math.ceil(bytes.length / sector));
      bytes.copy(bytes, to, from, Math.min(bytes.length, from + sector));
      return { what: `the sector at ${from} also at ${to}`, bytes };
    }
    default: {
      const tail = Buffer.from(prng.bytes(prng.between(1, 5_000)));
      return { what: `${tail.length} bytes appended`, bytes: Buffer.concat([bytes, tail]) };
    }
  }
}

function flipped(bytes: Buffer, count: number, prng: Prng): Omit<Damage, "file"> {
  const bits: number[] = [];
  for (let left = count; left > 0; left -= 1) {
    const bit = prng.below(bytes.length * 8);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit % 8));
    bits.push(bit);
  }
  return { what: `bits ${bits.join(", ")} flipped`, bytes };
}
