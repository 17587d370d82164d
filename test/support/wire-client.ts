/**
 * A connector and a listener written from the wire document alone, with nothing of src: each field
 * of each step of the handshake can be broken.
 */
import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { until } from "./until.ts";
import type { WireKey } from "./wire-op.ts";
import { isSignedBy, tokenKey, wireKey } from "./wire-op.ts";
import type { Json } from "./wire-peer.ts";
import { WirePeer } from "./wire-peer.ts";

export interface Transcript {
  readonly listener: string;
  readonly connector: string;
  readonly listenerNonce: string;
  readonly connectorNonce: string;
  readonly mesh: string | null;
  readonly audience: string;
  readonly versions: readonly number[];
  readonly version: number;
}

type Role = "connector" | "token" | "listener";

function authMessage(role: Role, transcript: Transcript): Buffer {
  const { listener, connector, listenerNonce, connectorNonce } = transcript;
  const { mesh, audience, versions, version } = transcript;
  const peers = [listener, connector, listenerNonce, connectorNonce];
  const list = JSON.stringify([role, ...peers, mesh, audience, versions, version]);
  return Buffer.from(`towline/auth/1\0${list}`);
}

export interface DialOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly offersCompression?: boolean;
}

/** An open WebSocket before any handshake; throws `HTTP n` when the upgrade was refused. */
export async function dial(options: DialOptions): Promise<WirePeer> {
  const { url, headers = {}, offersCompression = false } = options;
  const ws = new WebSocket(url, {
    headers,
    perMessageDeflate: offersCompression,
    maxPayload: 16 * 1_048_576,
    allowSynchronousEvents: true,
  });
  const peer = new WirePeer(ws);
  ws.once("upgrade", ({ socket }) => (peer.socket = socket));
  return await new Promise<WirePeer>((resolve, reject) => {
    ws.once("open", () => resolve(peer));
    ws.once("error", reject);
    ws.once("unexpected-response", (_, response) => {
      response.resume();
      reject(new Error(`HTTP ${response.statusCode ?? 0}`));
      ws.terminate();
    });
  });
}

export interface ConnectOptions extends DialOptions {
  readonly key?: WireKey;
  /** The mesh that the connector says it has; default: the listener's. */
  readonly mesh?: string | null;
  /** A token to prove. */
  readonly token?: string | undefined;
  /** The role in which the token signs; only `token` is right. */
  readonly tokenRole?: Role;
  readonly version?: number;
  /** Changes what is signed. */
  readonly transcript?: Partial<Transcript>;
  /** Changes the frame after it was signed. */
  readonly auth?: Json;
  /** The whole frame, if it is not to be an `auth` made here. */
  readonly answer?: (challenge: Json) => string | Uint8Array;
  /** Frames that go out together with the `auth`, in one segment: they come before any answer. */
  readonly behind?: readonly string[];
}

/** Both frames of a handshake as they were sent. */
export interface Shaken {
  readonly peer: WirePeer;
  readonly challenge: Json;
  readonly auth: string | Uint8Array;
  readonly transcript: Transcript;
}

/** Dials and answers the challenge; whether the listener welcomes that is left to the caller. */
export async function answer(options: ConnectOptions): Promise<Shaken> {
  const { key = wireKey(), version = 2, tokenRole = "token" } = options;
  const peer = await dial(options);
  const { json: challenge } = await peer.take("challenge");
  const mesh = challenge["mesh"] as string | null;
  const nonce = randomBytes(32).toString("hex");
  const transcript: Transcript = {
    listener: String(challenge["node"]),
    connector: key.id,
    listenerNonce: String(challenge["nonce"]),
    connectorNonce: nonce,
    mesh,
    audience: options.url,
    versions: (challenge["versions"] as readonly number[] | undefined) ?? [],
    version,
    ...options.transcript,
  };
  peer.mesh = mesh ?? "";
  peer.isVersion3 = version === 3;
  const token = options.token === undefined ? null : tokenKey(options.token);
  const frame = {
    type: "auth",
    nonce: transcript.connectorNonce,
    node: transcript.connector,
    mesh: options.mesh === undefined ? mesh : options.mesh,
    audience: transcript.audience,
    version: transcript.version,
    sig: key.sign(authMessage("connector", transcript)),
    ...(token && {
      token: { key: token.id, sig: token.sign(authMessage(tokenRole, transcript)) },
    }),
    ...options.auth,
  };
  const auth = options.answer?.(challenge) ?? JSON.stringify(frame);
  peer.sendTogether([auth, ...(options.behind ?? [])]);
  return { peer, challenge, auth, transcript };
}

/** A welcomed connection, with the listener's signature verified. */
export async function connect(options: ConnectOptions): Promise<WirePeer> {
  const { peer, transcript } = await answer(options);
  const { json } = await peer.take("welcome");
  const { listener, mesh } = transcript;
  const message = authMessage("listener", transcript);
  if (json["mesh"] !== mesh) throw new Error("the welcome names another mesh");
  if (!isSignedBy({ key: listener, message, sig: String(json["sig"]) })) {
    throw new Error("the listener's signature is wrong");
  }
  return peer;
}

/** How a handshake that fails ends. */
export async function refusal(options: ConnectOptions): Promise<{
  readonly code: number;
  readonly reason: string;
  readonly frames: readonly string[];
}> {
  const { peer } = await answer(options);
  const end = await peer.ended();
  return { ...end, frames: peer.frames.map(({ type }) => type) };
}

/** Connects as version 2 and goes through an exchange of deltas; the node's clock is in `clock`. */
export async function greet(
  options: ConnectOptions & { readonly clock?: Readonly<Record<string, number>> },
): Promise<WirePeer & { clock: Readonly<Record<string, number>> }> {
  const peer = await connect(options);
  const { json } = await peer.take("clock");
  peer.sendClock(options.clock ?? {});
  await peer.take("ready");
  peer.sendReady();
  return Object.assign(peer, { clock: json["clock"] as Readonly<Record<string, number>> });
}

export interface ListenOptions {
  readonly key?: WireKey;
  readonly mesh: string | null;
  /** Null leaves `versions` out of the challenge. */
  readonly versions?: readonly number[] | null;
  /** Changes the challenge that goes out. */
  readonly challenge?: Json;
  /** Changes what is signed in the welcome. */
  readonly transcript?: Partial<Transcript>;
  /** Changes the welcome that goes out. */
  readonly welcome?: Json;
  readonly port?: number;
  /** Called when a connector was welcomed. */
  readonly onPeer?: (peer: WirePeer) => void;
  /** A frame to send instead of the challenge. */
  readonly greeting?: string | Uint8Array;
}

/** A listener that an outsider wrote. */
export class WireListener implements AsyncDisposable {
  readonly key: WireKey;
  /** Each connection, welcomed or not. */
  readonly peers: WirePeer[] = [];
  /** Each `auth` that came, and whether its signature was right. */
  readonly auths: { readonly json: Json; readonly isSigned: boolean; readonly token: boolean }[] =
    [];
  readonly #server: WebSocketServer;
  readonly #options: ListenOptions;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.key = options.key ?? wireKey();
    this.#server = new WebSocketServer({
      host: "127.0.0.1",
      port: options.port ?? 0,
      path: "/crdt-sync",
      perMessageDeflate: false,
    });
    this.#server.on("connection", (ws) => {
      const peer = new WirePeer(ws);
      this.peers.push(peer);
      // A connection that ends in the middle is what many tests are about.
      this.#shake(peer).catch(() => undefined);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/crdt-sync`;
  }

  /** The connection number `count`. */
  async peer(count = 1): Promise<WirePeer> {
    return await until(() => this.peers[count - 1], `connection ${count} came`);
  }

  /** How the first connection ended. */
  async firstEnd(): Promise<{ readonly code: number; readonly reason: string }> {
    return await (await this.peer()).ended();
  }

  async #shake(peer: WirePeer): Promise<void> {
    const { mesh, versions = [1, 2] } = this.#options;
    const nonce = randomBytes(32).toString("hex");
    const challenge = {
      type: "challenge",
      nonce,
      node: this.key.id,
      mesh,
      ...(versions && { versions }),
      ...this.#options.challenge,
    };
    peer.mesh = mesh ?? "";
    peer.send(this.#options.greeting ?? challenge);
    // Not `take`: which frames were taken is the business of the test.
    const { json } = await until(() => {
      if (peer.end !== null) throw new Error("the connector left without an answer");
      return peer.of("auth")[0];
    }, "the connector answered");
    const transcript = this.#transcript(challenge, json);
    const message = authMessage("connector", transcript);
    const [key, sig] = [String(json["node"]), String(json["sig"])];
    const token = json["token"] as { readonly key: string; readonly sig: string } | undefined;
    this.auths.push({
      json,
      isSigned: isSignedBy({ key, message, sig }),
      token:
        token !== undefined && isSignedBy({ message: authMessage("token", transcript), ...token }),
    });
    const signed = authMessage("listener", { ...transcript, ...this.#options.transcript });
    peer.send({ type: "welcome", mesh, sig: this.key.sign(signed), ...this.#options.welcome });
    this.#options.onPeer?.(peer);
  }

  #transcript(challenge: Json, auth: Json): Transcript {
    return {
      listener: String(challenge["node"]),
      connector: String(auth["node"]),
      listenerNonce: String(challenge["nonce"]),
      connectorNonce: String(auth["nonce"]),
      mesh: challenge["mesh"] as string | null,
      audience: String(auth["audience"]),
      versions: (challenge["versions"] as readonly number[] | undefined) ?? [],
      version: Number(auth["version"]),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { ws } of this.peers) ws.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

export async function listen(options: ListenOptions): Promise<WireListener> {
  const listener = new WireListener(options);
  await until(() => listener.port > 0, "the outsider listens");
  return listener;
}
