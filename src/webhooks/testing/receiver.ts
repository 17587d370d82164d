/** A receiver on loopback, a clock that stands still until it is moved, and a log to look at. */
import { createServer } from "node:http";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import type { TestContext } from "node:test";
import type { SystemClock } from "../../node/clock.ts";
import type { Logger } from "../../node/logger.ts";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export class Receiver {
  readonly received: Received[] = [];
  /** Answers what comes; 204 unless a test says otherwise. */
  answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end();
  url = "";
  stop = (): Promise<void> => Promise.resolve();

  static async start(t: TestContext): Promise<Receiver> {
    const receiver = new Receiver();
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
      request.on("end", () => {
        const read = JSON.parse(body) as Pick<Received, "type" | "data">;
        const { type, data } = read;
        receiver.received.push({ headers: request.headers, body, type, data });
        receiver.answer(response);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    receiver.stop = async (): Promise<void> => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    };
    t.after(() => receiver.stop());
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=hidden`;
    return receiver;
  }

  types(): readonly string[] {
    return this.received.map(({ type }) => type);
  }
}

/** Timers fire when the test moves the clock, in their order. */
export class TestClock implements SystemClock {
  #now = 1_800_000_000_000;
  readonly #timers = new Set<{ readonly at: number; readonly fire: () => void }>();

  readonly now = (): { readonly mono: number; readonly wall: number } => ({
    mono: this.#now,
    wall: this.#now,
  });

  readonly random = (): number => 0.5;

  readonly setTimer = (ms: number, fire: () => void): (() => void) => {
    const timer = { at: this.#now + ms, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Moves on to the next timer, but not further than `ms`. */
  step(ms: number): void {
    const [next] = [...this.#timers].sort((left, right) => left.at - right.at);
    const at = this.#now + ms;
    this.#now = Math.max(this.#now, Math.min(at, next?.at ?? at));
    for (const timer of [...this.#timers].filter((each) => each.at <= this.#now)) {
      this.#timers.delete(timer);
      timer.fire();
    }
  }
}

export class TestLog implements Logger {
  text = "";

  readonly #write = (fields: object, message: string): void => {
    this.text += `${message} ${JSON.stringify(fields)}\n`;
  };
  readonly debug = this.#write;
  readonly info = this.#write;
  readonly warn = this.#write;
  readonly error = this.#write;
}
