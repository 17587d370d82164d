/**
 * Ops as a stranger makes them: keys, bytes, ids and signatures written from the wire document
 * alone. Nothing here may import from src: it is what the program is measured against.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  verify,
} from "node:crypto";

const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");
const spki = Buffer.from("302a300506032b6570032100", "hex");
const zeros = "0".repeat(64);

export interface WireKey {
  /** Public key, 64 hex digits. */
  readonly id: string;
  sign(message: Uint8Array): string;
}

export interface WireOp {
  readonly author: string;
  readonly seq: number;
  readonly prev: string;
  readonly lamport: number;
  readonly time: number;
  readonly deps: readonly string[];
  readonly actor: string;
  readonly body: string;
  readonly sig: string | null;
}

export type Change = readonly unknown[];

export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function wireKey(seed: Uint8Array = randomBytes(32)): WireKey {
  const key = createPrivateKey({
    key: Buffer.concat([pkcs8, seed]),
    format: "der",
    type: "pkcs8",
  });
  const raw = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  return { id: raw.toString("hex"), sign: (message) => sign(null, message, key).toString("hex") };
}

/** The key that a token's text stands for. */
export function tokenKey(text: string): WireKey {
  return wireKey(sha256("towline/token/1\0", text));
}

export function isSignedBy(input: {
  readonly key: string;
  readonly message: Uint8Array;
  readonly sig: string;
}): boolean {
  const der = Buffer.concat([spki, Buffer.from(input.key, "hex")]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  return verify(null, input.message, key, Buffer.from(input.sig, "hex"));
}

export function meshOf(founder: string, nonce: string): string {
  const parts = [Buffer.from(founder, "hex"), Buffer.from(nonce, "hex")];
  return sha256("towline/mesh/1\0", ...parts).toString("hex");
}

export function uvar(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([uvar(bytes.length), bytes]);
}

export function opBytes(op: WireOp): Buffer {
  return Buffer.concat([
    Buffer.from([1]),
    Buffer.from(op.author, "hex"),
    uvar(op.seq),
    Buffer.from(op.prev, "hex"),
    uvar(op.lamport),
    uvar(op.time),
    uvar(op.deps.length),
    ...op.deps.map((dep) => Buffer.from(dep, "hex")),
    sized(op.actor),
    sized(op.body),
  ]);
}

export function opId(mesh: string, op: WireOp): string {
  return sha256("towline/op/1\0", Buffer.from(mesh, "hex"), opBytes(op)).toString("hex");
}

function opMessage(id: string): Buffer {
  return Buffer.concat([Buffer.from("towline/op-sig/1\0"), Buffer.from(id, "hex")]);
}

export function signOp(key: WireKey, id: string): string {
  return key.sign(opMessage(id));
}

export function isOpSigned(op: WireOp, id: string): boolean {
  return op.sig !== null && isSignedBy({ key: op.author, message: opMessage(id), sig: op.sig });
}

/** An op with its id, so that a later one can name it. */
export interface MadeOp {
  readonly id: string;
  readonly op: WireOp;
}

export function made(mesh: string, op: WireOp): MadeOp {
  return { id: opId(mesh, op), op };
}

/** One author's chain. A copy of it writes another branch: a fork. */
export class Author {
  readonly mesh: string;
  readonly key: WireKey;
  #head: MadeOp | null;

  constructor(mesh: string, key: WireKey = wireKey(), head: MadeOp | null = null) {
    this.mesh = mesh;
    this.key = key;
    this.#head = head;
  }

  get head(): MadeOp | null {
    return this.#head;
  }

  fork(): Author {
    return new Author(this.mesh, this.key, this.#head);
  }

  /**
   * The next op; `change` breaks or sets members before it is signed, `deps` are other authors'.
   */
  write(
    changes: readonly Change[],
    options: {
      readonly deps?: readonly MadeOp[];
      readonly change?: Partial<WireOp>;
      readonly isSigned?: boolean;
      readonly actor?: string;
    } = {},
  ): MadeOp {
    const { deps = [], change = {}, isSigned = true, actor = "outsider" } = options;
    const head = this.#head;
    const lamports = [head?.op.lamport ?? 0, ...deps.map(({ op }) => op.lamport)];
    const bare: WireOp = {
      author: this.key.id,
      seq: (head?.op.seq ?? 0) + 1,
      prev: head?.id ?? zeros,
      lamport: Math.max(...lamports) + 1,
      time: 1_766_000_000_000,
      deps: deps.map(({ id }) => id).sort(),
      actor,
      body: JSON.stringify(changes),
      sig: null,
      ...change,
    };
    const id = opId(this.mesh, bare);
    const op = isSigned ? { ...bare, sig: change.sig ?? signOp(this.key, id) } : bare;
    this.#head = { id, op };
    return this.#head;
  }

  /** `count` ops that write notes to `item`; only the last is signed when `isRun`. */
  writeMany(count: number, item: string, isRun = false): readonly MadeOp[] {
    return Array.from({ length: count }, (_, at) => {
      const isSigned = !isRun || at === count - 1;
      return this.write([["note", item, `${item} ${at}`]], { isSigned });
    });
  }
}

/** A mesh that an outsider founded, with the founder's first op. */
export function foundedByOutsider(key: WireKey = wireKey()): {
  readonly mesh: string;
  readonly founder: Author;
  readonly first: MadeOp;
} {
  const nonce = randomBytes(32).toString("hex");
  const mesh = meshOf(key.id, nonce);
  const founder = new Author(mesh, key);
  return { mesh, founder, first: founder.write([["mesh", nonce, "outside"]]) };
}
