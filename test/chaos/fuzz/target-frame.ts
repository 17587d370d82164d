/** Frames of the protocol as messages: what is read is what would be written, and is read again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "../../../src/base/bytes.ts";
import { strangerFrameBytesMax } from "../../../src/base/limits.ts";
import {
  authFrame,
  bulkFrame,
  challengeFrame,
  clockFrame,
  liveFrame,
  readFrame,
  readyFrame,
  welcomeFrame,
} from "../../../src/sync/frames.ts";
import type { Frame } from "../../../src/sync/frames.ts";
import type { Tree } from "./json-tree.ts";
import { treeOf } from "./json-tree.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import type { Target, Verdict } from "./target.ts";
import { must, shot } from "./target.ts";
import { vectors } from "./target-op.ts";

const hex = "5a".repeat(32);
const sig = "17".repeat(64);
const ops = vectors.ops.map(({ op }) => op);

export const frameTrees: readonly Tree[] = [
  { type: "challenge", nonce: hex, node: hex, mesh: vectors.mesh, versions: [1, 2, 3] },
  { type: "challenge", nonce: hex, node: hex, mesh: null },
  {
    ...{
      type: "auth",
      nonce: hex,
      node: hex,
      mesh: null,
      audience: "ws://h/crdt-sync",
      version: 2,
    },
    ...{ sig, token: { key: hex, sig } },
  },
  { type: "auth", nonce: hex, node: hex, mesh: hex, audience: "", version: 1, sig, token: null },
  { type: "welcome", mesh: hex, sig },
  { type: "clock", clock: { [hex]: 1, ["a7".repeat(32)]: 9_007_199_254_740_991 } },
  { type: "clock", clock: {} },
  { type: "bulk", ops },
  { type: "bulk", ops: [] },
  { type: "ready" },
  { type: "later", anything: [1, { a: null }] },
].map((frame) => treeOf(frame));
export const liveTrees: readonly Tree[] = ops.map((op) => treeOf({ v: 1, op }));

function isBinaryOf(bytes: Uint8Array): boolean {
  return bytes.length % 7 === 0;
}

/** The frame as this program would send it; null for what it never sends. */
function written(frame: Frame): string | Uint8Array | null {
  switch (frame.type) {
    case "challenge":
      return challengeFrame(without(frame));
    case "auth":
      return authFrame(without(frame));
    case "welcome":
      return welcomeFrame(without(frame));
    case "clock":
      return clockFrame(frame.clock);
    case "bulk":
      return bulkFrame(frame.ops.map((op) => JSON.stringify(op)));
    case "live":
      return liveFrame(JSON.stringify(frame.op));
    case "ready":
      return readyFrame;
    case "unknown":
      return null;
  }
}

function without<Typed extends { readonly type: string }>(frame: Typed): Omit<Typed, "type"> {
  const { type: _, ...rest } = frame;
  return rest;
}

function checkFrame(bytes: Uint8Array, isBinary: boolean): Verdict {
  const read = readFrame(bytes, isBinary);
  if (!read.ok) {
    must(read.error.length < 100, "the reason of a refusal quotes what came");
    return "refused";
  }
  const again = written(read.value);
  if (again === null) return "accepted";
  const back = readFrame(typeof again === "string" ? utf8(again) : again, isBinary);
  must(back.ok, "a frame that was read is refused when we write it");
  must(back.ok && plain(back.value) === plain(read.value), "a frame changes when it is passed on");
  return "accepted";
}

/** Maps and bytes as JSON has them. */
function plain(frame: Frame): string {
  return JSON.stringify(frame, (_, value: unknown) => {
    return value instanceof Map ? [...(value as Map<string, number>)] : value;
  });
}

const invalid = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../vectors/invalid-1.json"), "utf8"),
) as { readonly vectors: readonly { readonly frame: readonly { readonly json?: unknown }[] }[] };
const badOps = invalid.vectors.flatMap(({ frame }) => frame.flatMap(({ json }) => json ?? []));

export const frameTargets: readonly Target[] = [
  {
    name: "text frames",
    weight: 15,
    draw: (prng) => {
      const isBulk = prng.chance(0.2) && badOps.length > 0;
      const tree = isBulk
        ? treeOf({ type: "bulk", ops: [prng.pick(badOps)] })
        : prng.pick(frameTrees);
      const bytes = utf8(mutateJson(tree, prng));
      const sent = prng.chance(0.2) ? mutateBytes(bytes, prng) : bytes;
      return shot(sent, (input) => checkFrame(input, false));
    },
  },
  {
    name: "binary frames",
    weight: 10,
    draw: (prng) => {
      const bytes = utf8(mutateJson(prng.pick(liveTrees), prng));
      return shot(mutateBytes(bytes, prng), (input) => checkFrame(input, true));
    },
  },
  {
    name: "noise as frames",
    weight: 2,
    draw: (prng) => {
      const noise = prng.bytes(prng.below(strangerFrameBytesMax));
      return shot(noise, (input) => checkFrame(input, isBinaryOf(input)));
    },
  },
];
