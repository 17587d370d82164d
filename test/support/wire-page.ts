/**
 * Pages as a stranger reads and writes them, from the tables of docs/PROTOCOL.md alone: nothing
 * here may import from src. The writer spells things in the plainest way that the tables allow.
 */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { WireReader } from "./wire-3.ts";
import type { MadeOp, WireOp } from "./wire-op.ts";
import { opId, uvar } from "./wire-op.ts";

const zeros = "0".repeat(64);

/** The ops of a page in its order; throws what is wrong with it. */
export function readPage3(mesh: string, frame: Buffer): readonly MadeOp[] {
  const head = new WireReader(frame);
  const [tag, encoding] = head.take(2);
  const [count, length] = [head.uvar(), head.uvar()];
  if (tag !== 3 || encoding === undefined || encoding > 1) throw new Error("no page");
  if (count < 1 || count > 1_000 || length > 4_194_304) throw new Error("out of bounds");
  const rest = head.take(head.left);
  const payload = encoding === 0 ? rest : zstdDecompressSync(rest);
  if (payload.length !== length) throw new Error("another length");
  const reader = new WireReader(payload);
  const ops = rebuilt(mesh, readColumns(reader, count));
  if (reader.left > 0) throw new Error("it goes on");
  return ops;
}

interface Columns {
  readonly count: number;
  readonly authors: readonly string[];
  readonly ids: readonly string[];
  readonly actors: readonly string[];
  readonly author: readonly number[];
  readonly prev: readonly number[];
  readonly seqs: readonly number[];
  readonly lamport: readonly number[];
  readonly time: readonly number[];
  readonly deps: readonly (readonly number[])[];
  readonly actor: readonly number[];
  readonly bodies: readonly string[];
  readonly signatures: ReadonlyMap<number, string>;
}

function text(bytes: Buffer): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function readColumns(reader: WireReader, count: number): Columns {
  const list = <Value>(length: number, read: () => Value): readonly Value[] =>
    Array.from({ length }, read);
  const column = (length = count): readonly number[] => list(length, () => reader.uvar());
  const authors = list(reader.uvar(), () => reader.hex());
  const ids = list(reader.uvar(), () => reader.hex());
  const actors = list(reader.uvar(), () => text(reader.take(reader.uvar())));
  const author = column();
  const prev = column();
  const seqs = column(prev.filter((value) => value % 2 === 1).length);
  const lamport = column();
  const time = readTimes(reader, count);
  const deps = column().map((refs) => column(refs));
  const actor = column();
  const bodies = column().map((bytes) => text(reader.take(bytes)));
  const signatures = readSignatures(reader);
  const links = { author, prev, seqs, lamport, time, deps, actor };
  return { count, authors, ids, actors, ...links, bodies, signatures };
}

function readTimes(reader: WireReader, count: number): readonly number[] {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const value = reader.uvar();
    const last = times.at(-1);
    if (value === 0) times.push(reader.uvar());
    else if (last === undefined) throw new Error("a step without a time before it");
    else times.push(last + (value % 2 === 1 ? (value - 1) / 2 : -value / 2));
  }
  return times;
}

function readSignatures(reader: WireReader): ReadonlyMap<number, string> {
  const gaps = Array.from({ length: reader.uvar() }, () => reader.uvar());
  const signatures = new Map<number, string>();
  let next = 0;
  for (const gap of gaps) {
    signatures.set(next + gap, "");
    next += gap + 1;
  }
  for (const n of signatures.keys()) signatures.set(n, reader.take(64).toString("hex"));
  return signatures;
}

function must<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(what);
  return value;
}

/** What the columns mean, op by op: each names ops by the ids of those before it. */
function rebuilt(mesh: string, columns: Columns): readonly MadeOp[] {
  const made: MadeOp[] = [];
  const last = new Map<string, number>();
  const seqs = [...columns.seqs];
  const at = (place: number): MadeOp => must(made[place], "a distance that leads nowhere");
  const outside = (place: number): string => must(columns.ids[place], "an id is missing");
  for (let n = 0; n < columns.count; n += 1) {
    const author = must(columns.authors[must(columns.author[n], "short")], "an author is missing");
    const prev = must(columns.prev[n], "short");
    const before = prev === 0 ? last.get(author) : prev % 2 === 0 ? n - prev / 2 : undefined;
    const inside = before === undefined ? [] : [at(before)];
    const deps = must(columns.deps[n], "short").map((ref) => {
      if (ref % 2 === 0) return outside(ref / 2);
      inside.push(at(n - (ref + 1) / 2));
      return at(n - (ref + 1) / 2).id;
    });
    const lamport = must(columns.lamport[n], "short");
    const above = 1 + Math.max(0, ...inside.map(({ op }) => op.lamport));
    const isOutside = prev % 2 === 1;
    const op: WireOp = {
      author,
      seq: isOutside
        ? must(seqs.shift(), "short")
        : before === undefined
          ? 1
          : at(before).op.seq + 1,
      prev: isOutside ? outside((prev - 1) / 2) : before === undefined ? zeros : at(before).id,
      lamport: lamport === 0 ? above : lamport,
      time: must(columns.time[n], "short"),
      deps,
      actor: must(columns.actors[must(columns.actor[n], "short")], "an actor is missing"),
      body: must(columns.bodies[n], "short"),
      sig: columns.signatures.get(n) ?? null,
    };
    last.set(author, n);
    made.push({ id: opId(mesh, op), op });
  }
  return made;
}

/** A page of these ops, in this order; an op without `sig` goes unsigned. */
export function writePage3(
  ops: readonly MadeOp[],
  options: { readonly isPacked?: boolean } = {},
): Buffer {
  const payload = columnsOf(ops);
  const { isPacked = false } = options;
  const head = [Buffer.of(3, isPacked ? 1 : 0), uvar(ops.length), uvar(payload.length)];
  return Buffer.concat([...head, isPacked ? zstdCompressSync(payload) : payload]);
}

function columnsOf(ops: readonly MadeOp[]): Buffer {
  const authors = [...new Set(ops.map(({ op }) => op.author))];
  const actors = [...new Set(ops.map(({ op }) => op.actor))];
  const places = new Map(ops.map(({ id }, n) => [id, n]));
  const ids: string[] = [];
  const outside = (id: string): number => {
    if (!ids.includes(id)) ids.push(id);
    return ids.indexOf(id);
  };
  const place = (id: string, n: number): number | null => {
    const found = places.get(id);
    return found !== undefined && found < n ? found : null;
  };
  const seen = new Set<string>();
  const seqs: number[] = [];
  const prev = ops.map(({ op }, n) => {
    const isFirst = op.seq === 1 && !seen.has(op.author);
    seen.add(op.author);
    if (isFirst) return 0;
    const before = place(op.prev, n);
    if (before !== null) return 2 * (n - before);
    seqs.push(op.seq);
    return 2 * outside(op.prev) + 1;
  });
  const refs = ops.flatMap(({ op }, n) =>
    op.deps.map((id) => {
      const before = place(id, n);
      return before === null ? 2 * outside(id) : 2 * (n - before) - 1;
    }),
  );
  const bodies = ops.map(({ op }) => Buffer.from(op.body));
  const values = [
    ...ops.map(({ op }) => authors.indexOf(op.author)),
    ...prev,
    ...seqs,
    ...ops.map(({ op }) => op.lamport),
    ...ops.flatMap(({ op }) => [0, op.time]),
    ...ops.map(({ op }) => op.deps.length),
    ...refs,
    ...ops.map(({ op }) => actors.indexOf(op.actor)),
    ...bodies.map(({ length }) => length),
  ];
  return Buffer.concat([
    uvar(authors.length),
    ...authors.map((author) => Buffer.from(author, "hex")),
    uvar(ids.length),
    ...ids.map((id) => Buffer.from(id, "hex")),
    uvar(actors.length),
    ...actors.flatMap((actor) => [uvar(Buffer.byteLength(actor)), Buffer.from(actor)]),
    ...values.map((value) => uvar(value)),
    ...bodies,
    ...signatureBytes(ops),
  ]);
}

function signatureBytes(ops: readonly MadeOp[]): readonly Buffer[] {
  const signed = [...ops.keys()].filter((n) => ops[n]?.op.sig !== null);
  const gaps = signed.map((n, at) => n - (signed[at - 1] ?? -1) - 1);
  const signatures = signed.map((n) => Buffer.from(ops[n]?.op.sig ?? "", "hex"));
  return [uvar(signed.length), ...gaps.map((gap) => uvar(gap)), ...signatures];
}
