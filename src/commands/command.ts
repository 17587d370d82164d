/**
 * What a command on a node is, whether it runs in this process or in the one that runs the node.
 */
import type { TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { isObject, member } from "../base/json.ts";
import type { Config } from "../node/config.ts";

export interface NodeCommand<Params, Row, Result> {
  readonly name: string;
  /** Reads what came over the local endpoint. Throws `usage/invalid`. */
  read(given: Given): Params;
  run(context: CommandContext<Row>, params: Params): Promise<Result> | Result;
}

/** The parameters of a command that takes none. */
export type NoParams = JsonObject;

/** The HTTP server of a node, as commands see it. */
export interface WebPort {
  /** Where the board is. */
  readonly url: string;
  /** The same with a code that lets one browser in, as `actor`. */
  sessionUrl(actor: string): string;
  /** Tokens came or went. */
  accessChanged(): void;
}

/** A node and what belongs to it in the process that has it open. */
export interface CommandHost {
  readonly node: TowlineNode;
  readonly config: Config;
  /** Absent when the process serves no HTTP. */
  readonly web?: WebPort;
  /** Leaves the node to whoever asks; absent where the process is there to run it. */
  readonly giveWay?: () => void;
}

export interface CommandContext<Row> extends CommandHost {
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** Hands out rows ahead of the result; resolves when there is room for more. */
  readonly rows: (rows: readonly Row[]) => Promise<void>;
  /** `all` is null while nobody knows how much there is. */
  readonly progress: (done: number, all: number | null) => void;
}

/** Rows handed out at a time, between which others get a turn. */
const rowsAtATime = 200;

/** Hands out all of `rows`, a slice at a time. */
export async function streamRows<Row>(
  context: CommandContext<Row>,
  rows: Iterable<Row>,
): Promise<number> {
  let slice: Row[] = [];
  let count = 0;
  const flush = async (): Promise<void> => {
    await context.rows(slice);
    slice = [];
    await breathe(context.signal);
  };
  for (const row of rows) {
    slice.push(row);
    count += 1;
    if (slice.length === rowsAtATime) await flush();
  }
  if (slice.length > 0) await flush();
  return count;
}

/** Lets the event loop go round, and ends a command that nobody waits for. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}

/** The parameters of a command as JSON, read one by one. */
export class Given {
  readonly #object: JsonObject;

  constructor(object: JsonObject) {
    this.#object = object;
  }

  text(name: string): string {
    const value = this.optionalText(name);
    return value ?? refuse(name, "a text");
  }

  optionalText(name: string): string | null {
    const value = this.json(name);
    return value === null || typeof value === "string" ? value : refuse(name, "a text");
  }

  texts(name: string): readonly string[] {
    const value = this.json(name);
    if (value === null) return [];
    const isRight = Array.isArray(value) && value.every((each) => typeof each === "string");
    return isRight ? value : refuse(name, "a list of texts");
  }

  objects(name: string): readonly JsonObject[] {
    const value = this.json(name);
    const isRight = Array.isArray(value) && value.every((each) => isObject(each));
    return isRight ? value : refuse(name, "a list of objects");
  }

  flag(name: string): boolean {
    const value = this.json(name);
    return value === null || typeof value === "boolean"
      ? value === true
      : refuse(name, "a boolean");
  }

  /** A whole number from 1 up, or null. */
  count(name: string): number | null {
    const value = this.json(name);
    const isRight = typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
    return value === null || isRight ? value : refuse(name, "a whole number from 1 up");
  }

  /** A whole number from 0 up. */
  whole(name: string): number {
    const value = this.json(name);
    const isRight = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
    return isRight ? value : refuse(name, "a whole number from 0 up");
  }

  json(name: string): Json {
    return member(this.#object, name) ?? null;
  }
}

function refuse(name: string, wanted: string): never {
  throw new TowlineError(
    "usage/invalid",
    `The parameter ${JSON.stringify(name)} is not ${wanted}.`,
  );
}
