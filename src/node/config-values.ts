/** How each value of the configuration is read, from TOML and from text, and why it is refused. */
import { dialUrl } from "../adapters/ws-dialer.ts";
import { isTokenText } from "../adapters/token-text.ts";
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { isHex, utf8 } from "../base/bytes.ts";
import { TowlineError } from "../base/errors.ts";
import { actorBytesMax } from "../base/limits.ts";
import { parseNodeId } from "../op/key.ts";
import type { NodeId } from "../op/op.ts";

/** A value, or what is wrong with it and how to put it right, to be put behind the key's name. */
export type Read<Value> = Result<Value, string>;

export interface ListenAddress {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
}

/** Reads a value as it stands in TOML, or as the text of a flag or variable. */
export type Reader<Value> = (given: unknown, form: "toml" | "text") => Read<Value>;

/** Entries of any list; more would be a mistake of whatever wrote the file. */
const listEntriesMax = 1_000;

export const readName: Reader<string> = (given) => {
  if (typeof given !== "string" || given.trim() === "")
    return failure('is no text, as in "laptop"');
  // The name is the default actor of ops, and shows on other people's terminals.
  if (utf8(given).length > actorBytesMax) return failure(`is longer than ${actorBytesMax} bytes`);
  if (!given.isWellFormed() || /\p{Cc}/u.test(given)) return failure("holds control characters");
  return success(given.trim());
};

export const readListen: Reader<ListenAddress> = (given) => {
  const shape = typeof given === "string" ? /^(\[[^\]]*\]|[^:]*):([^:]*)$/u.exec(given) : null;
  const host = readHost(shape?.[1]?.replace(/^\[|\]$/gu, ""), "text");
  if (!host.ok) return failure('is no address: write "host:port", as in "127.0.0.1:4747"');
  const port = readPort(shape?.[2], "text");
  return port.ok
    ? success({ host: host.value, port: port.value })
    : failure("has no port from 0 to 65535");
};

export const readHost: Reader<string> = (given) =>
  typeof given === "string" && /^[A-Za-z0-9_.:%-]+$/u.test(given)
    ? success(given)
    : failure("is no host: write an address of this machine, as in 127.0.0.1 or 0.0.0.0");

export const readPort: Reader<number> = (given) => {
  const port = typeof given === "string" && /^[0-9]{1,5}$/u.test(given) ? Number(given) : -1;
  const isPort = port >= 0 && port <= 65_535;
  return isPort ? success(port) : failure("is no port: write 0 to 65535 (0 picks a free one)");
};

export const readFlag: Reader<boolean> = (given) => {
  if (typeof given === "boolean") return success(given);
  const text = typeof given === "string" ? given.toLowerCase() : "";
  if (["1", "true", "yes"].includes(text)) return success(true);
  if (["0", "false", "no", ""].includes(text)) return success(false);
  return failure("is neither true nor false");
};

export const readUrls = listOf(readUrl);
export const readKeys = listOf(readKey);
export const readTokens = listOf(readTokenKey);
export const readOrigins = listOf(readOrigin);

function readUrl(text: string): Read<string> {
  try {
    return success(dialUrl(text));
  } catch (error) {
    if (error instanceof TowlineError) return failure(`holds no URL of a node: ${error.message}`);
    throw error;
  }
}

function readKey(text: string): Read<NodeId> {
  const key = parseNodeId(text);
  if (key !== null) return success(key);
  return failure(
    isHex(text, 64)
      ? `holds ${text}, which is nobody's key: it is of small order or not canonical`
      : "holds what is no key: one has 64 lower-case hex digits, as `towline status` shows it",
  );
}

/** The value is never quoted: it may be the secret itself, in the wrong place. */
function readTokenKey(text: string): Read<NodeId> {
  if (parseNodeId(text) === null && isTokenText(text) && !isHex(text.toLowerCase(), 64)) {
    return failure(
      "holds the text of a token, which is a secret: put its public key there, " +
        "which `towline token` prints, and make a new one since this file may be read",
    );
  }
  return readKey(text);
}

function readOrigin(text: string): Read<string> {
  if (URL.parse(text)?.origin === text && text !== "null") return success(text);
  return failure('holds what is no origin: one looks like "https://board.example"');
}

/** A list in TOML; in text the elements are separated by commas or spaces. */
function listOf<Value>(read: (text: string) => Read<Value>): Reader<readonly Value[]> {
  return (given, form) => {
    const elements: unknown =
      typeof given === "string" && form === "text"
        ? given.split(/[\s,]+/u).filter((part) => part !== "")
        : given;
    if (!Array.isArray(elements)) return failure('is no list: write it as ["…", "…"]');
    if (elements.length > listEntriesMax) return failure(`has over ${listEntriesMax} entries`);
    const values = new Set<Value>();
    for (const element of elements as readonly unknown[]) {
      if (typeof element !== "string") return failure("holds something that is no text in quotes");
      const value = read(element);
      if (!value.ok) return value;
      values.add(value.value);
    }
    return success([...values]);
  };
}
