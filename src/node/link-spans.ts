/** The spans of connections: the handshake, and the first exchange of what one side lacked. */
import type { Link } from "../adapters/link.ts";
import type { LinkOwner } from "./links.ts";
import type { Runtime } from "./runtime.ts";
import type { Span, Tracing } from "./tracing.ts";
import { noTracing } from "./tracing.ts";

export class LinkSpans {
  readonly #tracing: Tracing;
  readonly #open = new Map<Link, Span>();

  constructor(tracing: Tracing, runtime: Runtime) {
    this.#tracing = tracing;
    if (tracing === noTracing) return;
    runtime.observe((notice) => {
      const link = notice.kind === "live" ? runtime.linkAt(notice.conn) : null;
      if (link !== null) this.#end(link);
    });
  }

  /** The owner of a link that has just opened, with spans around what it is told. */
  follow(link: Link, kind: "server" | "client", owner: LinkOwner): LinkOwner {
    if (this.#tracing === noTracing) return owner;
    this.#open.set(link, this.#tracing.start("handshake", { kind }));
    return {
      authenticated: (peer) => {
        const attributes = { "towline.peer": peer };
        this.#open.get(link)?.set(attributes);
        this.#end(link);
        this.#open.set(link, this.#tracing.start("sync.bulk", { kind, attributes }));
        owner.authenticated(peer);
      },
      closed: (code) => {
        this.#end(link, `close/${code}`);
        owner.closed(code);
      },
    };
  }

  #end(link: Link, failure?: string): void {
    this.#open.get(link)?.end(failure);
    this.#open.delete(link);
  }
}
