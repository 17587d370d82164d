/** A node's connections: those that it accepts, and those that it keeps to its rendezvous. */
import type { Link, LinkHandlers } from "../adapters/link.ts";
import { tokenKeyPair } from "../adapters/node-crypto.ts";
import { isTokenText } from "../adapters/token-text.ts";
import { dial, dialUrl } from "../adapters/ws-dialer.ts";
import type { HttpHandler, LinkInfo, Listener } from "../adapters/ws-listener.ts";
import { listen } from "../adapters/ws-listener.ts";
import type { NodeId } from "../op/op.ts";
import type { SystemClock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { isPrivateHost } from "./private-host.ts";
import { LinkSpans } from "./link-spans.ts";
import type { RendezvousStatus } from "./rendezvous.ts";
import { RendezvousClient } from "./rendezvous.ts";
import type { Runtime } from "./runtime.ts";
import type { Tracing } from "./tracing.ts";

export interface NetworkOptions {
  readonly runtime: Runtime;
  readonly clock: SystemClock;
  readonly logger: Logger;
  readonly allowedOrigins: readonly string[];
  readonly rendezvousErrorThreshold: number;
  readonly tracing: Tracing;
}

/** A rendezvous and the node that answered there last. */
interface Rendezvous {
  readonly client: RendezvousClient;
  link: Link | null;
}

export class Network {
  readonly #options: NetworkOptions;
  readonly #rendezvous = new Map<string, Rendezvous>();
  readonly #spans: LinkSpans;
  #listener: Listener | null = null;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#spans = new LinkSpans(options.tracing, options.runtime);
  }

  get listener(): Listener | null {
    return this.#listener;
  }

  async listen(where: {
    readonly host: string;
    readonly port: number;
    readonly httpHandler?: HttpHandler;
  }): Promise<void> {
    const { allowedOrigins, logger } = this.#options;
    this.#listener = await listen({
      ...where,
      allowedOrigins,
      onLink: (link, info) => this.#accept(link, info),
      onDrop: (notice) => logger.debug({ ...notice }, "a connection was refused or dropped"),
    });
  }

  #accept(link: Link, info: LinkInfo): LinkHandlers {
    const bearer = isTokenText(info.bearer) ? tokenKeyPair(info.bearer).key : null;
    const owner = { authenticated: () => info.admitted(), closed: () => undefined };
    return this.#options.runtime.attach(
      link,
      { kind: "accepted", bearer },
      this.#spans.follow(link, "server", owner),
    );
  }

  /** Dials `url` until told to stop. Throws `dial/url-invalid`. */
  add(url: string, options: { readonly key: NodeId | null; readonly token: string | null }): void {
    const audience = dialUrl(url);
    if (this.#rendezvous.has(audience)) return;
    const { runtime, clock, logger, rendezvousErrorThreshold } = this.#options;
    const { protocol, hostname } = new URL(audience);
    if (protocol === "ws:" && !isPrivateHost(hostname)) {
      logger.warn({ url: audience }, "ws:// is not encrypted: use wss:// over the open internet");
    }
    const token = options.token === null ? null : tokenKeyPair(options.token);
    const signer = token === null ? null : { node: token.key, sign: token.sign };
    const rendezvous: Rendezvous = {
      link: null,
      client: new RendezvousClient({
        url: audience,
        errorThreshold: rendezvousErrorThreshold,
        logger,
        clock: {
          now: () => clock.now().mono,
          random: clock.random,
          setTimer: clock.setTimer,
        },
        dial: (signal, open) => dial({ url: audience, signal }, open),
        connect: (link, session) => {
          rendezvous.link = link;
          const expected = options.key;
          return runtime.attach(
            link,
            { kind: "dialled", audience, expected, token: signer },
            this.#spans.follow(link, "client", {
              authenticated: () => session.admitted(),
              closed: (code) => {
                rendezvous.link = null;
                session.ended(code);
              },
            }),
          );
        },
      }),
    };
    this.#rendezvous.set(audience, rendezvous);
    rendezvous.client.start();
  }

  remove(url: string): void {
    const audience = dialUrl(url);
    const rendezvous = this.#rendezvous.get(audience);
    if (rendezvous === undefined) return;
    this.#rendezvous.delete(audience);
    rendezvous.client.stop();
    rendezvous.link?.close(1000, "done");
  }

  rendezvous(): readonly RendezvousStatus[] {
    return [...this.#rendezvous.values()].map(({ client }) => client.status());
  }

  /** Stops dialling and listening; open links get 1001. */
  async close(): Promise<void> {
    for (const { client, link } of this.#rendezvous.values()) {
      client.stop();
      link?.close(1001, "going away");
    }
    this.#rendezvous.clear();
    await this.#listener?.close();
    this.#listener = null;
  }
}
