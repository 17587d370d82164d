/** Ops by hand for the vectors: any field can be spelled wrongly, and everything can be signed. */
import { createHash } from "node:crypto";
import { signerFromSeed } from "../../src/adapters/node-crypto.ts";
import type { Signer } from "../../src/op/crypto.ts";

function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The fixed key of this name. */
export function signer(name: string): Signer {
  return signerFromSeed(sha256(`towline/vectors/1 ${name}`));
}

export const founder = signer("founder");
export const alice = signer("alice");
export const bob = signer("bob");

export const nonceHex = sha256("towline/vectors/1 nonce").toString("hex");
const mesh = sha256(
  "towline/mesh/1\0",
  Buffer.from(founder.node, "hex"),
  Buffer.from(nonceHex, "hex"),
);
export const meshHex = mesh.toString("hex");

export const zeros = "00".repeat(32);

/** Shortest form; `value` may exceed what the protocol allows. */
export function uvar(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
  return Buffer.from([...bytes, Number(rest)]);
}

type Integer = number | bigint | Buffer;

function integer(value: Integer): Buffer {
  return Buffer.isBuffer(value) ? value : uvar(value);
}

/** An op as laid out, with the fields that others need of it. */
export interface Made {
  readonly signer: Signer;
  readonly seq: number;
  readonly lamport: number;
  readonly bytes: Buffer;
  readonly id: string;
}

export interface Draft {
  readonly signer?: Signer;
  readonly prev?: Made | null;
  readonly deps?: readonly Made[];
  readonly body?: string | Buffer;
  readonly actor?: string | Buffer;
  /** Fields to spell otherwise; a Buffer stands for an integer's bytes. */
  readonly format?: number;
  readonly author?: string;
  readonly seq?: Integer;
  readonly prevId?: string;
  readonly lamport?: Integer;
  readonly time?: Integer;
  readonly depIds?: readonly string[];
  readonly count?: Integer;
  readonly bodyLength?: Integer;
  readonly tail?: Buffer;
}

export function make(draft: Draft = {}): Made {
  const { signer: author = alice, prev = null, deps = [] } = draft;
  const seq = (prev?.seq ?? 0) + 1;
  const lamport = 1 + Math.max(prev?.lamport ?? 0, ...deps.map((dep) => dep.lamport));
  const depIds = draft.depIds ?? deps.map((dep) => dep.id).sort();
  const actor = Buffer.from(draft.actor ?? "");
  const body = Buffer.from(draft.body ?? "[]");
  const bytes = Buffer.concat([
    Buffer.from([draft.format ?? 1]),
    Buffer.from(draft.author ?? author.node, "hex"),
    integer(draft.seq ?? seq),
    Buffer.from(draft.prevId ?? prev?.id ?? zeros, "hex"),
    integer(draft.lamport ?? lamport),
    integer(draft.time ?? 1_766_136_506_001),
    integer(draft.count ?? depIds.length),
    ...depIds.map((id) => Buffer.from(id, "hex")),
    uvar(actor.length),
    actor,
    integer(draft.bodyLength ?? body.length),
    body,
    draft.tail ?? Buffer.alloc(0),
  ]);
  return raw(bytes, { signer: author, seq, lamport });
}

/** Any bytes as an op, signed by `signer`. */
export function raw(bytes: Buffer, fields: Partial<Omit<Made, "bytes" | "id">> = {}): Made {
  const id = sha256("towline/op/1\0", mesh, bytes).toString("hex");
  return { signer: alice, seq: 1, lamport: 1, ...fields, bytes, id };
}

export function signature(op: Made): Buffer {
  const message = Buffer.concat([Buffer.from("towline/op-sig/1\0"), Buffer.from(op.id, "hex")]);
  return Buffer.from(op.signer.sign(message));
}

type Part = string | readonly [hex: string, times: number];

/** Hex, long repetitions of one byte written as parts. */
function pack(bytes: Buffer): string | readonly Part[] {
  const hex = bytes.toString("hex");
  const long = /(..)\1{63,}/gu;
  const parts: Part[] = [];
  let from = 0;
  // Matches must begin at a whole byte.
  for (let found = long.exec(hex); found !== null; found = long.exec(hex)) {
    const at = found.index + (found.index % 2);
    const times = Math.floor((found.index + found[0].length - at) / 2);
    if (at > from) parts.push(hex.slice(from, at));
    parts.push([hex.slice(at, at + 2), times]);
    from = at + 2 * times;
    long.lastIndex = from;
  }
  if (parts.length === 0) return hex;
  if (from < hex.length) parts.push(hex.slice(from));
  return parts;
}

export type Sent =
  | { readonly bytes: string | readonly Part[]; readonly sig: string | null }
  | { readonly json: unknown };

export function sent(op: Made, sig: Buffer | null = signature(op)): Sent {
  return { bytes: pack(op.bytes), sig: sig === null ? null : sig.toString("hex") };
}

export interface Vector {
  readonly name: string;
  readonly rule: string;
  readonly code?: string;
  readonly id?: string;
  readonly ancestors: readonly Sent[];
  readonly frame: readonly Sent[];
}

/** What must be refused: a draft, which is signed, or a whole frame. */
export type Case = readonly [
  rule: string,
  code: string,
  name: string,
  frame: Draft | readonly Sent[],
  ancestors?: readonly Sent[],
];

/** An honest op in JSON, to be spoiled. */
export function jsonOf(draft: { readonly [member: string]: unknown } = {}): Sent {
  const op = make();
  const honest = {
    author: alice.node,
    seq: 1,
    prev: zeros,
    lamport: 1,
    time: 1_766_136_506_001,
    deps: [],
    actor: "",
    body: "[]",
    sig: signature(op).toString("hex"),
  };
  const json: { [member: string]: unknown } = { ...honest, ...draft };
  return { json: Object.fromEntries(Object.entries(json).filter(([, value]) => value !== absent)) };
}

/** In `jsonOf`: the member is missing. */
export const absent = Symbol("absent");
