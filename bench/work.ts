/** The work that all figures are taken on: 1,000 items of 6 fields, then updates by 5 authors. */
import { createNodeCrypto, signerFromSeed } from "../src/adapters/node-crypto.ts";
import { foundMesh, openNode } from "../src/api/index.ts";
import { assert } from "../src/base/assert.ts";
import { readFields } from "../src/op/fields.ts";
import { toOpJson } from "../src/op/op-json.ts";
import type { OpJson } from "../src/op/op-json.ts";
import { OpCodec } from "../src/op/codec.ts";
import type { Signer } from "../src/op/crypto.ts";
import type { MeshId } from "../src/op/op.ts";
import { signOp } from "../src/op/signature.ts";
import { Log, ownSource } from "../src/log/log.ts";
import { draftOps } from "../src/replica/own-ops.ts";

export const itemCount = 1_000;
export const authorCount = 5;

/** How the authors take turns. */
export interface Work {
  readonly updates: number;
  /** Updates that one author writes, without hearing of others, before the next one does. */
  readonly burst: number;
}

type Body = readonly (readonly unknown[])[];

/** What one author writes as one op. */
export interface Step {
  readonly author: number;
  readonly body: Body;
}

const fields = ["title", "assignee", "priority", "kind", "branch", "x_state"] as const;
/** Ops given to the hub at a time, as by peers that write a little now and then. */
const batchOps = 50;
const startTime = 1_760_000_000_000;

export const itemName = (n: number): string => `wk-${n.toString(36).padStart(4, "0")}`;

/** Makes a data folder at `dir` that holds `work`; returns the number of ops. */
export async function makeStore(dir: string, work: Work): Promise<number> {
  return await storeSteps(dir, steps(work));
}

/**
 * Makes a data folder at `dir` that holds the steps as a hub does that received them from their
 * authors: every op was signed when it was written, and where a run arrived at once its last
 * signature is kept. Returns the number of ops.
 */
export async function storeSteps(dir: string, given: Iterable<Step>): Promise<number> {
  foundMesh({ dir, name: "bench" });
  await using hub = await openNode({ dir });
  const drafter = new Drafter(hub.mesh as MeshId);
  for (const op of hub.ops()) drafter.adopt(op);
  let batch: OpJson[] = [];
  const send = async (): Promise<void> => {
    const taken = await hub.importOps(batch.map((op) => ({ ...op })));
    assert(taken.applied === batch.length, "the hub takes all that was drafted");
    batch = [];
  };
  for (const { author, body } of given) {
    batch.push(drafter.write(author, body));
    if (batch.length === batchOps) await send();
  }
  await send();
  return hub.digest().count;
}

/** Who writes what, in the order in which it happens. */
export function* steps(work: Work): Generator<Step> {
  for (let n = 0; n < itemCount; n += 1) {
    const values = Object.fromEntries(fields.map((field, at) => [field, valueOf(n * 6 + at)]));
    yield { author: Math.floor(n / 50) % authorCount, body: [["new", itemName(n), values]] };
  }
  for (let n = 0; n < work.updates; n += 1) {
    yield { author: Math.floor(n / work.burst) % authorCount, body: updateOf(n) };
  }
}

/** One update: another value for one field of one item, all of them touched in turn. */
export function updateOf(n: number): Body {
  const item = itemName((n * 7_919) % itemCount);
  return [["set", item, fields[n % fields.length] ?? "title", valueOf(n)]];
}

function valueOf(n: number): string {
  return `value ${((n * 2_654_435_761) % 4_294_967_296).toString(36)}`;
}

/** Drafts ops of several authors, each of whom has applied everything before. */
class Drafter {
  readonly #log = new Log();
  readonly #codec: OpCodec;
  readonly #authors: readonly Signer[];
  #time = startTime;

  constructor(mesh: MeshId) {
    this.#codec = new OpCodec(mesh, createNodeCrypto());
    this.#authors = Array.from({ length: authorCount }, (_, n) =>
      signerFromSeed(new Uint8Array(32).fill(n + 1)),
    );
  }

  adopt(op: OpJson): void {
    const fields = this.#codec.encode(op);
    assert(fields.ok, "an op of the hub encodes");
    this.#log.append({ op: fields.value, sig: null, source: ownSource });
  }

  write(author: number, body: Body): OpJson {
    const signer = this.#authors[author];
    assert(signer !== undefined, "authors are numbered from 0");
    this.#time += 1_000;
    const base = { log: this.#log, codec: this.#codec, author: signer.node };
    const drafted = draftOps(base, { actor: `a${author}`, ops: [body], time: this.#time });
    const op = drafted.ok ? drafted.value[0] : undefined;
    assert(op !== undefined, "the work consists of valid changes");
    const sig = signOp(signer, op.id);
    this.#log.append({ op, sig, source: ownSource });
    const read = readFields(op.bytes);
    assert(read.ok, "what was encoded decodes");
    return toOpJson(read.value, sig);
  }
}
