/** Server-sent events out of a stream of bytes, as the HTML standard describes them. */
import { ApiError } from "./errors.ts";

export interface ServerEvent {
  /** The id of this event or, as the standard has it, of the last one that had an id. */
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** Text of one event; the node sends at most some hundred items in one, which is far less. */
const eventCharsMax = 64 * 1024 * 1024;

/**
 * Takes text as it arrives and gives back the events that it completes. A chunk may end anywhere,
 * even between the two characters of a line's end.
 */
export class EventParser {
  /** The begun line; parts of it are joined, never searched again. */
  #rest = "";
  /** The last chunk ended with a CR, to which a LF may belong. */
  #hasCr = false;
  #id: string | null = null;
  #event = "";
  #data: string[] = [];
  #chars = 0;

  push(text: string): readonly ServerEvent[] {
    const events: ServerEvent[] = [];
    const chunk = this.#hasCr && text.startsWith("\n") ? text.slice(1) : text;
    if (text !== "") this.#hasCr = text.endsWith("\r");
    const lines = chunk.split(/\r\n|\n|\r/u);
    lines[0] = this.#rest + (lines[0] ?? "");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      this.#chars += line.length;
      const event = this.#line(line);
      if (event !== null) events.push(event);
    }
    if (this.#chars + this.#rest.length > eventCharsMax) {
      const message = "The node sends an event that does not end.";
      throw new ApiError({ code: "client/unexpected-answer", message });
    }
    return events;
  }

  #line(line: string): ServerEvent | null {
    if (line === "") return this.#end();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /u, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    return null;
  }

  /** An empty line ends an event; one without data is none. */
  #end(): ServerEvent | null {
    const event = this.#event === "" ? "message" : this.#event;
    const data = this.#data.join("\n");
    const isEvent = this.#data.length > 0;
    this.#event = "";
    this.#data = [];
    this.#chars = 0;
    return isEvent ? { id: this.#id, event, data } : null;
  }
}

/** Each event of an answer, until it ends or fails. */
export async function* eventsOf(answer: Response): AsyncGenerator<ServerEvent, void, undefined> {
  if (answer.body === null) return;
  const parser = new EventParser();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
