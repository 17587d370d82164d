/** Whom this node lets in: trusted keys, tokens, pins. Closed by default. [WIRE 5.1] */
import { isObject, member, parseJson } from "../base/json.ts";
import { parseNodeId } from "../op/key.ts";
import type { NodeId } from "../op/op.ts";
import type { Fact } from "./store.ts";

/** A token as the store keeps it: never its text, only the public key that stands for it. */
export interface TokenFact {
  /** Unix milliseconds; null for one that does not expire. */
  readonly expires: number | null;
  /** How often it may still be redeemed; null for without limit. */
  readonly uses: number | null;
  readonly label: string;
}

/** How a key came to be trusted. */
export interface TrustFact {
  readonly source: "config" | "token";
  /** The token that was redeemed. */
  readonly token: NodeId | null;
  /** Unix milliseconds. */
  readonly since: number | null;
}

/** What the configuration says; it is not stored again. */
export interface TrustConfig {
  readonly trustedKeys: readonly NodeId[];
  /** Public keys of static tokens. */
  readonly tokens: readonly NodeId[];
  /** Admits everybody. */
  readonly isOpen: boolean;
}

export const trustFact = (node: NodeId): string => `trusted/${node}`;
export const tokenFact = (token: NodeId): string => `token/${token}`;
export const pinFact = (url: string): string => `pin/${url}`;

/** What is kept when a peer is let in; empty when nothing changes. */
export type Verdict =
  | { readonly isAdmitted: false }
  | { readonly isAdmitted: true; readonly facts: readonly Fact[] };

export class Trust {
  readonly #config: TrustConfig;
  readonly #trusted = new Map<NodeId, TrustFact>();
  readonly #tokens = new Map<NodeId, TokenFact>();
  readonly #pins = new Map<string, NodeId>();

  constructor(config: TrustConfig, facts: ReadonlyMap<string, string>) {
    this.#config = config;
    for (const fact of facts) this.learn(fact);
    for (const node of config.trustedKeys) {
      this.#trusted.set(node, { source: "config", token: null, since: null });
    }
  }

  get isOpen(): boolean {
    return this.#config.isOpen;
  }

  isTrusted(node: NodeId): boolean {
    return this.#trusted.has(node);
  }

  trusted(): ReadonlyMap<NodeId, TrustFact> {
    return this.#trusted;
  }

  tokens(): ReadonlyMap<NodeId, TokenFact> {
    return this.#tokens;
  }

  /** The key that the listener at `url` is known to have. */
  pin(url: string): NodeId | null {
    return this.#pins.get(url) ?? null;
  }

  /** Takes over a fact that is or becomes durable; facts of others are not its business. */
  learn([key, value]: Fact): void {
    const slash = key.indexOf("/");
    const [scope, name] = [key.slice(0, slash), key.slice(slash + 1)];
    if (scope === "pin") {
      const node = parseNodeId(value);
      if (node === null) this.#pins.delete(name);
      else this.#pins.set(name, node);
      return;
    }
    const node = parseNodeId(name);
    if (node === null) return;
    if (scope === "trusted") setOrDelete(this.#trusted, node, readTrust(value));
    if (scope === "token") setOrDelete(this.#tokens, node, readToken(value));
  }

  /**
   * Decides on a peer that proved its key and perhaps tokens, and takes the change over at once:
   * of many that redeem one token, the first is let in. `now` is Unix milliseconds.
   */
  admit(input: {
    readonly node: NodeId;
    readonly tokens: readonly NodeId[];
    readonly now: number;
  }): Verdict {
    const { node, now } = input;
    if (this.isTrusted(node)) return { isAdmitted: true, facts: [] };
    for (const token of input.tokens) {
      const facts = this.#redeem(token, now);
      if (facts === null) continue;
      const trust: TrustFact = { source: "token", token, since: now };
      const all: readonly Fact[] = [...facts, [trustFact(node), JSON.stringify(trust)]];
      for (const fact of all) this.learn(fact);
      return { isAdmitted: true, facts: all };
    }
    return this.isOpen ? { isAdmitted: true, facts: [] } : { isAdmitted: false };
  }

  /** The facts that redeeming `token` once leaves; null when it is not valid. */
  #redeem(token: NodeId, now: number): readonly Fact[] | null {
    if (this.#config.tokens.includes(token)) return [];
    const fact = this.#tokens.get(token);
    if (fact === undefined) return null;
    if (fact.expires !== null && now >= fact.expires) return null;
    if (fact.uses === null) return [];
    if (fact.uses < 1) return null;
    return [[tokenFact(token), JSON.stringify({ ...fact, uses: fact.uses - 1 })]];
  }
}

function setOrDelete<Value>(map: Map<NodeId, Value>, node: NodeId, value: Value | null): void {
  if (value === null) map.delete(node);
  else map.set(node, value);
}

function readTrust(value: string | null): TrustFact | null {
  const parsed = value === null ? null : parseJson(value);
  if (parsed?.ok !== true || !isObject(parsed.value)) return null;
  const since = member(parsed.value, "since");
  return {
    source: "token",
    token: parseNodeId(member(parsed.value, "token")),
    since: typeof since === "number" ? since : null,
  };
}

function readToken(value: string | null): TokenFact | null {
  const parsed = value === null ? null : parseJson(value);
  if (parsed?.ok !== true || !isObject(parsed.value)) return null;
  const [expires, uses] = [member(parsed.value, "expires"), member(parsed.value, "uses")];
  const label = member(parsed.value, "label");
  // A fact that we cannot read admits nobody.
  return {
    expires: expires === null ? null : typeof expires === "number" ? expires : 0,
    uses: uses === null ? null : typeof uses === "number" ? uses : 0,
    label: typeof label === "string" ? label : "",
  };
}
