/** Ops of a traitor: each with what the ledger must know of it, valid or not. */
import { present } from "../base/assert.ts";
import { OpCodec } from "../op/codec.ts";
import type { OpFields } from "../op/fields.ts";
import { readFields, writeFields } from "../op/fields.ts";
import type { Op, OpId, Signature } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import { toOpJson } from "../op/op-json.ts";
import type { PageEntry } from "../page/page.ts";
import { opMessage } from "../op/signature.ts";
import type { Position } from "../log/log.ts";
import type { StoredOp } from "../replica/store.ts";
import type { Machine } from "./cast.ts";
import type { Prng } from "./prng.ts";
import type { Trick } from "./scenario.ts";

export interface Forged {
  /** The JSON form, as a text. */
  readonly text: string;
  /** What a page holds of it. */
  readonly entry: PageEntry;
  /** Null when it does not even decode. */
  readonly op: Op | null;
}

const zeroSignature = new Uint8Array(64) as Signature;

export class Forger {
  readonly #node: Machine;
  readonly #chance: Prng;
  readonly #codec: OpCodec;
  #count = 0;

  constructor(node: Machine) {
    this.#node = node;
    this.#chance = node.chance.sub("forger");
    this.#codec = new OpCodec(node.world.mesh, node.world.keys.crypto);
  }

  /** Where an honest op of this author would go now. */
  position(): Position | null {
    return this.#node.process?.replica.log.next(this.#node.signer.node) ?? null;
  }

  fields(position: Position): OpFields {
    this.#count += 1;
    const body = JSON.stringify([
      ["note", `item-${this.#chance.below(5)}`, `forged ${this.#count}`],
      ["set", `item-${this.#chance.below(5)}`, "title", this.#chance.hex(4)],
    ]);
    const time = this.#chance.below(Number.MAX_SAFE_INTEGER);
    return { author: this.#node.signer.node, ...position, time, actor: "eve", body };
  }

  /** `isSigned` null: signed by a wrong signature. `isRight`: by its own fields and signature. */
  make(fields: OpFields, isSigned: boolean | null, isRight: boolean): Forged {
    const bytes = writeFields(fields);
    const decoded = this.#codec.decode(bytes);
    const op = decoded.ok ? decoded.value : null;
    const { ledger } = this.#node.world;
    if (op !== null) {
      const isValid = isRight && [op.prev, ...op.deps].every((id) => ledger.isValid(id));
      ledger.make({ op, isValid, writer: null });
    }
    const sig = isSigned === null ? zeroSignature : isSigned && op !== null ? this.#sign(op) : null;
    const id = op?.id ?? this.#codec.idOf(bytes);
    return { text: JSON.stringify(toOpJson(fields, sig)), entry: { id, bytes, sig }, op };
  }

  #sign(op: Op): Signature {
    return this.#node.signer.sign(opMessage(op.id)) as Signature;
  }

  /** Somebody else's op with a changed byte, and the signature of what it was. */
  tampered({ bytes, sig }: StoredOp, text: string): Pick<Forged, "text" | "entry"> {
    const fields = readFields(bytes);
    const changed = fields.ok ? { ...fields.value, actor: `x${fields.value.actor}` } : null;
    const bent = changed === null ? bytes : writeFields(changed);
    return { text, entry: { id: this.#codec.idOf(bent), bytes: bent, sig } };
  }

  /** A chain of ops without signatures but for the last. */
  chain(length: number, isRight: boolean): Forged[] {
    const made: Forged[] = [];
    let position = this.position();
    for (let at = 0; at < length && position !== null; at += 1) {
      const forged = this.make(this.fields(position), at === length - 1, isRight);
      const op = present(forged.op, "what keeps the rules decodes");
      made.push(forged);
      position = { seq: op.seq + 1, prev: op.id, lamport: op.lamport + 1, deps: [] };
    }
    return made;
  }

  /** An op of the greatest size, without a signature that is right. */
  huge(): Forged | null {
    const position = this.position();
    if (position === null) return null;
    const body = JSON.stringify([["note", "item-0", "x".repeat(65_000)]]);
    return this.make({ ...this.fields(position), body }, null, false);
  }

  /** An op that breaks a rule; null when there is nothing to make it from. */
  broken(trick: Trick): Forged | null {
    const position = this.position();
    if (position === null) return null;
    const strange = this.#chance.hex(32) as OpId;
    const fields = this.fields(position);
    switch (trick) {
      case "inflate": {
        const lamport = this.#chance.pick([Number.MAX_SAFE_INTEGER, position.lamport + 1]);
        return this.make({ ...fields, lamport }, true, false);
      }
      case "fake-dep":
        return this.make({ ...fields, deps: [...position.deps, strange].sort() }, true, false);
      case "gap":
        return this.make({ ...fields, seq: position.seq + 1, prev: strange }, true, false);
      case "own-dep": {
        if (position.prev === noOp) return null;
        const deps = [...position.deps, position.prev].sort();
        return this.make({ ...fields, deps }, true, false);
      }
      case "wrong-prev": {
        const prev = position.deps[0] ?? null;
        return prev === null ? null : this.make({ ...fields, seq: 2, prev }, true, false);
      }
      case "bad-signature":
        return this.make(fields, null, false);
      case "unsigned":
        return this.make(fields, false, false);
      default:
        return this.make({ ...fields, body: this.#chance.pick(badBodies) }, true, false);
    }
  }
}

const badBodies = [
  '[["set","a","stage","nowhere"]]',
  '[ ["del","a"]]',
  '[["new","a",{"b":1,"b":2}]]',
  '[["inc","a","retries",1e400]]',
  '[["note","a","\\ud800"]]',
  '[["mesh","00","x"]]',
  "[".repeat(40) + "]".repeat(40),
  '{"__proto__":1}',
  '[["del","__proto__",1]]',
];
