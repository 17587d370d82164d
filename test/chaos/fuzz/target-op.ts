/** Ops: their bytes, and their JSON form. What is accepted has one encoding, which is the input. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createNodeCrypto } from "../../../src/adapters/node-crypto.ts";
import { fromHex, toHex } from "../../../src/base/bytes.ts";
import { isObject, parseJson } from "../../../src/base/json.ts";
import { OpCodec } from "../../../src/op/codec.ts";
import type { OpFields } from "../../../src/op/fields.ts";
import { readFields } from "../../../src/op/fields.ts";
import type { MeshId } from "../../../src/op/op.ts";
import { fromOpJson, toOpJson } from "../../../src/op/op-json.ts";
import type { Prng } from "../../../src/sim/prng.ts";
import { treeOf } from "./json-tree.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import type { Target, Verdict } from "./target.ts";
import { must, shot } from "./target.ts";

interface Vectors {
  readonly mesh: string;
  readonly ops: readonly { readonly op: OpFields & { readonly sig: string | null } }[];
}

const path = join(import.meta.dirname, "../../vectors/ops-1.json");
export const vectors = JSON.parse(readFileSync(path, "utf8")) as Vectors;
const codec = new OpCodec(vectors.mesh as MeshId, createNodeCrypto());

/** Bodies that say a lot in one change, right and wrong. */
const bodies: readonly unknown[] = [
  [],
  [["new", "a", { title: "x", stage: "qa", __proto: 1 }]],
  [
    ["set", "a", "stage", "done"],
    ["add", "a", "labels", "x"],
    ["del", "a"],
  ],
  [["rem", "a", "labels", "x", ["0".repeat(64)]]],
  [["inc", "a", "retries", -1_000_000]],
  [["note", "a", "é 𝒻 \u0000"]],
  [["mesh", "0".repeat(64), "n"]],
  [["later", 1, { deep: [[[[{}]]]] }]],
];

/** An uvar, spelled rightly or with needless groups. */
function uvar(value: number, prng: Prng): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  if (!prng.chance(0.01)) return bytes;
  bytes.push((bytes.pop() ?? 0) | 128, ...Array.from({ length: prng.below(9) }, () => 128), 0);
  return bytes;
}

const integers = [0, 1, 2, 127, 128, 16_383, 16_384, 1e6, 2 ** 32, 2 ** 48, 2 ** 53 - 1, 2 ** 53];

function integer(value: number, prng: Prng): number[] {
  return uvar(prng.chance(0.05) ? prng.pick(integers) : value, prng);
}

function key(hex: string, prng: Prng): Uint8Array {
  const weak = ["00".repeat(32), `ec${"ff".repeat(30)}7f`, "ff".repeat(32), `01${"00".repeat(31)}`];
  return fromHex(prng.chance(0.04) ? prng.pick(weak) : hex) as Uint8Array;
}

/** Lays out an op by the document, with a mistake now and then. */
function layOut(fields: OpFields, prng: Prng): Uint8Array {
  const actor = Buffer.from(prng.chance(0.1) ? "é".repeat(prng.pick([1, 64, 65])) : fields.actor);
  const isNew = prng.chance(0.4);
  const text = isNew ? mutateJson(treeOf(prng.pick(bodies)), prng) : fields.body;
  const body = Buffer.from(text);
  const deps = fields.deps.map((dep) => Buffer.from(dep, "hex"));
  if (prng.chance(0.05)) deps.push(Buffer.alloc(32, prng.below(256)));
  if (prng.chance(0.03)) deps.reverse();
  const wrong = (length: number): number => (prng.chance(0.02) ? prng.below(300) : length);
  return Buffer.concat([
    Uint8Array.from([prng.chance(0.01) ? prng.below(256) : 1]),
    key(fields.author, prng),
    Uint8Array.from(integer(fields.seq, prng)),
    Buffer.from(prng.chance(0.03) ? "00".repeat(32) : fields.prev, "hex"),
    Uint8Array.from(integer(fields.lamport, prng)),
    Uint8Array.from(integer(fields.time, prng)),
    Uint8Array.from(uvar(wrong(deps.length), prng)),
    ...deps,
    Uint8Array.from(uvar(wrong(actor.length), prng)),
    actor,
    Uint8Array.from(uvar(wrong(body.length), prng)),
    body,
  ]);
}

function checkBytes(bytes: Uint8Array): Verdict {
  const decoded = codec.decode(bytes);
  if (!decoded.ok) return "refused";
  const { value: op } = decoded;
  must(Buffer.compare(op.bytes, bytes) === 0, "the op holds other bytes than it was made of");
  const fields = readFields(bytes);
  must(fields.ok, "an op decodes whose fields cannot be read");
  if (!fields.ok) return "refused";
  const again = codec.encode(fields.value);
  must(again.ok && again.value.id === op.id, "encoding what was decoded gives another id");
  must(again.ok && Buffer.compare(again.value.bytes, bytes) === 0, "a second encoding is accepted");
  const text = JSON.stringify(toOpJson(fields.value, null));
  const parsed = parseJson(text);
  const back = parsed.ok && isObject(parsed.value) ? fromOpJson(codec, parsed.value) : null;
  must(back?.ok === true && back.value.op.id === op.id, "the JSON form gives another op");
  return "accepted";
}

function checkJson(text: string): Verdict {
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value)) return "refused";
  const read = fromOpJson(codec, parsed.value);
  if (!read.ok) return "refused";
  checkBytes(read.value.op.bytes);
  const fields = readFields(read.value.op.bytes);
  must(fields.ok, "bytes made of JSON cannot be read");
  const sig = read.value.sig === null ? null : toHex(read.value.sig);
  const given = parsed.value;
  const spelled: Record<string, unknown> = fields.ok ? { ...fields.value, sig } : {};
  for (const [name, value] of Object.entries(spelled)) {
    const isSame = JSON.stringify(given[name]) === JSON.stringify(value);
    must(isSame, `the member ${name} is accepted as something else than it says`);
  }
  return "accepted";
}

export const opTargets: readonly Target[] = [
  {
    name: "op bytes",
    weight: 20,
    draw: (prng) => {
      const bytes = layOut(prng.pick(vectors.ops).op, prng);
      return shot(prng.chance(0.3) ? mutateBytes(bytes, prng) : bytes, checkBytes);
    },
  },
  {
    name: "op JSON",
    weight: 15,
    draw: (prng) => shot(mutateJson(treeOf(prng.pick(vectors.ops).op), prng), checkJson),
  },
];
