/** Frames of versions 1 and 2: from a WebSocket message to a typed frame and back. [WIRE 5 to 7] */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { fromHex, isHex, textOf, toHex, utf8 } from "../base/bytes.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { isObject, member, parseJson } from "../base/json.ts";
import type { MeshId, Signature } from "../op/op.ts";
import { parseMeshId } from "../op/op.ts";
import type { OpJson } from "../op/op-json.ts";

/** Keys are hex here: whether one may stand for a node is decided where it is used. */
export interface Challenge {
  readonly type: "challenge";
  readonly nonce: string;
  readonly node: string;
  readonly mesh: MeshId | null;
  /** Empty when the listener named none: then version 2 it is. */
  readonly versions: readonly number[];
}

export interface TokenProof {
  readonly key: string;
  readonly sig: Signature;
}

export interface Auth {
  readonly type: "auth";
  readonly nonce: string;
  readonly node: string;
  readonly mesh: MeshId | null;
  /** The URL that the connector dialled. */
  readonly audience: string;
  readonly version: number;
  readonly sig: Signature;
  readonly token: TokenProof | null;
}

export interface Welcome {
  readonly type: "welcome";
  readonly mesh: MeshId;
  readonly sig: Signature;
}

/** Ops applied per author, counted without a gap from seq 1. */
export type Clock = ReadonlyMap<string, number>;

export type Frame =
  | Challenge
  | Auth
  | Welcome
  | { readonly type: "clock"; readonly clock: Clock }
  | { readonly type: "bulk"; readonly ops: readonly JsonObject[] }
  | { readonly type: "ready" }
  | { readonly type: "live"; readonly op: JsonObject }
  | { readonly type: "unknown" };

export type FrameType = Frame["type"];

/** Reads one message; a failure says in a few words what is wrong, and closes with 4400. */
export function readFrame(data: Uint8Array, isBinary: boolean): Result<Frame, string> {
  const text = textOf(data);
  if (text === null) return failure("not UTF-8");
  const parsed = parseJson(text);
  if (!parsed.ok) return failure(parsed.error === "deep" ? "nested too deep" : "not JSON");
  if (!isObject(parsed.value)) return failure("no object");
  return isBinary ? readLive(parsed.value) : readControl(parsed.value);
}

function readLive(json: JsonObject): Result<Frame, string> {
  const op = member(json, "op");
  if (member(json, "v") !== 1) return failure("unknown version of the live frame");
  return isObject(op) ? success({ type: "live", op }) : failure("op is no object");
}

const controlReaders: ReadonlyMap<string, (json: JsonObject) => Frame | null> = new Map<
  string,
  (json: JsonObject) => Frame | null
>([
  ["challenge", readChallenge],
  ["auth", readAuth],
  ["welcome", readWelcome],
  ["clock", readClock],
  ["bulk", readBulk],
  ["ready", () => ({ type: "ready" })],
]);

function readControl(json: JsonObject): Result<Frame, string> {
  const type = member(json, "type");
  if (typeof type !== "string") return failure("no type");
  const reader = controlReaders.get(type);
  if (reader === undefined) return success({ type: "unknown" });
  const frame = reader(json);
  return frame === null ? failure(`malformed ${type}`) : success(frame);
}

function readSignature(value: Json | undefined): Signature | null {
  return isHex(value, 128) ? (fromHex(value) as Signature) : null;
}

/** A mesh or null; undefined when it is neither. */
function readMesh(value: Json | undefined): MeshId | null | undefined {
  return value === null ? null : (parseMeshId(value) ?? undefined);
}

function isVersion(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function readChallenge(json: JsonObject): Frame | null {
  const [nonce, node] = [member(json, "nonce"), member(json, "node")];
  const mesh = readMesh(member(json, "mesh"));
  const versions = member(json, "versions") ?? [];
  if (!isHex(nonce, 64) || !isHex(node, 64) || mesh === undefined) return null;
  if (!Array.isArray(versions) || !versions.every((version: Json) => isVersion(version))) {
    return null;
  }
  return { type: "challenge", nonce, node, mesh, versions: versions };
}

function readToken(value: Json | undefined): TokenProof | null | undefined {
  if (value === undefined || value === null) return null;
  if (!isObject(value)) return undefined;
  const [key, sig] = [member(value, "key"), readSignature(member(value, "sig"))];
  return isHex(key, 64) && sig !== null ? { key, sig } : undefined;
}

function readAuth(json: JsonObject): Frame | null {
  const [nonce, node] = [member(json, "nonce"), member(json, "node")];
  const [audience, version] = [member(json, "audience"), member(json, "version")];
  const mesh = readMesh(member(json, "mesh"));
  const sig = readSignature(member(json, "sig"));
  const token = readToken(member(json, "token"));
  if (!isHex(nonce, 64) || !isHex(node, 64) || mesh === undefined || sig === null) return null;
  if (typeof audience !== "string" || !audience.isWellFormed()) return null;
  if (!isVersion(version) || token === undefined) return null;
  return { type: "auth", nonce, node, mesh, audience, version, sig, token };
}

function readWelcome(json: JsonObject): Frame | null {
  const mesh = parseMeshId(member(json, "mesh"));
  const sig = readSignature(member(json, "sig"));
  return mesh === null || sig === null ? null : { type: "welcome", mesh, sig };
}

function readClock(json: JsonObject): Frame | null {
  const raw = member(json, "clock");
  if (!isObject(raw)) return null;
  const clock = new Map<string, number>();
  for (const [author, count] of Object.entries(raw)) {
    if (!isHex(author, 64) || typeof count !== "number") return null;
    if (!Number.isInteger(count) || count < 0) return null;
    clock.set(author, count);
  }
  return { type: "clock", clock };
}

function readBulk(json: JsonObject): Frame | null {
  const ops = member(json, "ops");
  if (!Array.isArray(ops) || !ops.every((op: Json) => isObject(op))) return null;
  return { type: "bulk", ops: ops };
}

export function challengeFrame(challenge: Omit<Challenge, "type">): string {
  return JSON.stringify({ type: "challenge", ...challenge });
}

export function authFrame(auth: Omit<Auth, "type">): string {
  const { token, sig, ...rest } = auth;
  const proof = token === null ? {} : { token: { key: token.key, sig: toHex(token.sig) } };
  return JSON.stringify({ type: "auth", ...rest, sig: toHex(sig), ...proof });
}

export function welcomeFrame(welcome: Omit<Welcome, "type">): string {
  return JSON.stringify({ type: "welcome", mesh: welcome.mesh, sig: toHex(welcome.sig) });
}

export function clockFrame(clock: Clock): string {
  return JSON.stringify({ type: "clock", clock: Object.fromEntries(clock) });
}

export const readyFrame = JSON.stringify({ type: "ready" });

/** A bulk of ops that are JSON texts already. */
export function bulkFrame(ops: readonly string[]): string {
  return `{"type":"bulk","ops":[${ops.join(",")}]}`;
}

/** One op as it goes out live, from its JSON text. */
export function liveFrame(op: string): Uint8Array {
  return utf8(`{"v":1,"op":${op}}`);
}

export function opText(json: OpJson): string {
  return JSON.stringify(json);
}
