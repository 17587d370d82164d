/** Takes back an export: its ops as they are, run by run, into the mesh that they belong to. */
import type { TowlineNode } from "../api/types.ts";
import { createNodeCrypto } from "../adapters/node-crypto.ts";
import { TowlineError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { member, parseJson } from "../base/json.ts";
import { isHex } from "../base/bytes.ts";
import type { Line } from "../import/lines.ts";
import { jsonLines } from "../import/lines.ts";
import { problemsListed } from "../import/limits.ts";
import { meshIdOf, OpCodec } from "../op/codec.ts";
import { parseNodeId } from "../op/key.ts";
import type { MeshId } from "../op/op.ts";
import { fromOpJson } from "../op/op-json.ts";

/** What `towline import --json` prints for an export. */
export interface OpsReport {
  readonly format: "ops";
  /** Ops that were applied and are durable. */
  readonly ops: number;
  /** Ops that were here already. */
  readonly known: number;
  /** Ops that wait for one that the file does not have. */
  readonly waiting: number;
  /** The first of them; `problemCount` counts all. */
  readonly problems: readonly OpsProblem[];
  readonly problemCount: number;
}

export interface OpsProblem {
  readonly source: string;
  readonly line: number | null;
  readonly code: string;
  readonly message: string;
}

/** Lines given to the node at a time: few enough that peers are served between. */
const chunkLines = 500;
/** A run has at most 256 ops; a chunk that no signature ends by then holds one that none will. */
const chunkLinesMax = 8_192;

export interface NumberedLine {
  readonly line: number;
  readonly json: JsonObject;
}

type Chunk = readonly Line[];

/** Lines in chunks that never end within a run, so that each signature comes with its ops. */
export function* opChunks(input: Uint8Array): Generator<Chunk> {
  let chunk: Line[] = [];
  const open = new Set<string>();
  for (const line of jsonLines(input)) {
    chunk.push(line);
    if (line.entry.ok) {
      const author = member(line.entry.value, "author");
      if (typeof author === "string") {
        if (member(line.entry.value, "sig") === null) open.add(author);
        else open.delete(author);
      }
    }
    const isBetweenRuns = open.size === 0 && chunk.length >= chunkLines;
    if (!isBetweenRuns && chunk.length < chunkLinesMax) continue;
    yield chunk;
    chunk = [];
    open.clear();
  }
  if (chunk.length > 0) yield chunk;
}

/** The mesh that a founder's op in the file names, and the name that it gave; else null. */
export function meshInFile(
  input: Uint8Array,
): { readonly mesh: MeshId; readonly name: string } | null {
  const crypto = createNodeCrypto();
  for (const { entry } of jsonLines(input)) {
    if (!entry.ok || member(entry.value, "seq") !== 1) continue;
    const founder = parseNodeId(member(entry.value, "author"));
    const founding = foundingIn(member(entry.value, "body"));
    if (founder === null || founding === null) continue;
    return { mesh: meshIdOf(crypto, { founder, nonce: founding.nonce }), name: founding.name };
  }
  return null;
}

function foundingIn(body: unknown): { readonly nonce: string; readonly name: string } | null {
  if (typeof body !== "string" || !body.startsWith('[["mesh",')) return null;
  const parsed = parseJson(body);
  const changes: unknown = parsed.ok ? parsed.value : null;
  const change: unknown = Array.isArray(changes) ? changes[0] : null;
  if (!Array.isArray(change)) return null;
  const [, nonce, name] = change as readonly unknown[];
  return isHex(nonce, 64) && typeof name === "string" ? { nonce, name } : null;
}

export async function importOps(
  node: TowlineNode,
  file: { readonly source: string; readonly bytes: Uint8Array },
  afterChunk: (lines: number) => Promise<void>,
): Promise<OpsReport> {
  refuseOtherMesh(node, meshInFile(file.bytes)?.mesh ?? null);
  const tally = new OpsTally(file.source);
  const waitedBefore = node.status().pending;
  for (const chunk of opChunks(file.bytes)) {
    const lines: NumberedLine[] = [];
    for (const { line, entry } of chunk) {
      if (entry.ok) lines.push({ line, json: entry.value });
      else tally.problem(line, entry.error.code, entry.error.message);
    }
    tally.add(await node.importOps(lines.map(({ json }) => json)), lines, node.mesh);
    await afterChunk(chunk.at(-1)?.line ?? 0);
  }
  const report = tally.report(Math.max(0, node.status().pending - waitedBefore));
  const isNothingOurs = report.ops === 0 && report.known === 0 && report.waiting === 0;
  if (isNothingOurs && tally.looksForeign) refuseOtherMesh(node, "another" as MeshId);
  return report;
}

function refuseOtherMesh(node: TowlineNode, mesh: MeshId | null): void {
  if (mesh === null || mesh === node.mesh) return;
  throw new TowlineError(
    "import/other-mesh",
    `The file holds ops of another mesh than ${node.mesh}, to which this folder belongs. ` +
      "Import it with --dir NEW_FOLDER, which then becomes a node of that mesh.",
  );
}

class OpsTally {
  readonly #source: string;
  readonly #problems: OpsProblem[] = [];
  #problemCount = 0;
  #foreign = 0;
  #ops = 0;
  #known = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /**
   * True when every op was refused as one of another mesh is: its id, so its signature, differs.
   */
  get looksForeign(): boolean {
    return this.#foreign > 0 && this.#foreign === this.#problemCount;
  }

  add(
    done: Awaited<ReturnType<TowlineNode["importOps"]>>,
    lines: readonly NumberedLine[],
    mesh: string,
  ): void {
    this.#ops += done.applied;
    this.#known += done.known;
    if (done.refused.length === 0) return;
    const lineOfId = linesById(lines, mesh as MeshId);
    for (const { line, id, code } of done.refused) {
      const at = line === null ? lineOfId.get(id ?? "") : lines[line]?.line;
      if (code === "op/signature-invalid" || code === "op/ancestor-refused") this.#foreign += 1;
      this.problem(at ?? null, code, "the op is refused: docs/ERRORS.md explains the code");
    }
  }

  problem(line: number | null, code: string, message: string): void {
    this.#problemCount += 1;
    if (this.#problems.length >= problemsListed) return;
    this.#problems.push({ source: this.#source, line, code, message });
  }

  report(waiting: number): OpsReport {
    return {
      format: "ops",
      ops: this.#ops,
      known: this.#known,
      waiting,
      problems: [...this.#problems].sort((one, other) => (one.line ?? 0) - (other.line ?? 0)),
      problemCount: this.#problemCount,
    };
  }
}

/** An op that breaks a rule of its chain is refused by its id; people look for a line. */
function linesById(lines: readonly NumberedLine[], mesh: MeshId): ReadonlyMap<string, number> {
  const codec = new OpCodec(mesh, createNodeCrypto());
  const found = new Map<string, number>();
  for (const { line, json } of lines) {
    const read = fromOpJson(codec, json);
    if (read.ok) found.set(read.value.op.id, line);
  }
  return found;
}
