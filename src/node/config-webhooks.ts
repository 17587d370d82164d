/** The `[[webhooks]]` tables of towline.toml: whom this node tells of transitions, and of which. */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { webhooksMax } from "../base/edge-limits.ts";
import { TowlineError } from "../base/errors.ts";
import { stages } from "../op/change.ts";
import type { ConfigFile } from "./config-file.ts";

/** What a webhook may be told of: that an item came to a stage, or that something befell it. */
export const webhookKinds = [
  ...stages,
  ...["created", "deleted", "moved", "claimed", "released", "failed", "blocked"],
] as const;

export interface WebhookSettings {
  /** Names it among those of this node. */
  readonly name: string;
  readonly url: string;
  /** Of stages and other kinds, those that it is told of. */
  readonly on: ReadonlySet<string>;
  /** A key of Standard Webhooks: `whsec_` and base64. Null when it is in a file. */
  readonly secret: string | null;
  /** Relative to the data folder. */
  readonly secretFile: string | null;
}

const secretPrefix = "whsec_";
/** As the specification wants it. */
const secretBytes = { min: 24, max: 64 } as const;

/** The bytes of a secret; null when the text is none. */
export function secretBytesOf(text: string): Buffer | null {
  if (!text.startsWith(secretPrefix)) return null;
  const encoded = text.slice(secretPrefix.length);
  const bytes = Buffer.from(encoded, "base64");
  const isWhole = bytes.toString("base64").replaceAll("=", "") === encoded.replaceAll("=", "");
  return isWhole && bytes.length >= secretBytes.min && bytes.length <= secretBytes.max
    ? bytes
    : null;
}

export function secretOf(bytes: Buffer): string {
  return secretPrefix + bytes.toString("base64");
}

/** Throws `config/invalid`, which names the table and the key. A secret is never quoted. */
export function readWebhooks(file: ConfigFile | null): readonly WebhookSettings[] {
  const given = file?.table["webhooks"];
  if (file === null || given === undefined) return [];
  const refuse = (where: string, why: string): never => {
    throw new TowlineError("config/invalid", `${file.path}: ${where} ${why}.`);
  };
  if (!Array.isArray(given)) return refuse("`webhooks`", "is no list: write [[webhooks]]");
  if (given.length > webhooksMax) return refuse("`webhooks`", `has over ${webhooksMax} entries`);
  const found = new Map<string, WebhookSettings>();
  for (const [at, table] of (given as readonly unknown[]).entries()) {
    const where = `[[webhooks]] number ${at + 1}`;
    const read = readWebhook(table);
    if (!read.ok) return refuse(where, read.error);
    const { name } = read.value;
    if (found.has(name)) return refuse(where, `is called ${name} as another one is: name it`);
    found.set(name, read.value);
  }
  return [...found.values()];
}

const keys = ["name", "url", "secret", "secret_file", "on"];

function readWebhook(given: unknown): Result<WebhookSettings, string> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return failure("is no table");
  }
  const table = given as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(table).find((key) => !keys.includes(key));
  if (unknown !== undefined) return failure(`has no key ${JSON.stringify(unknown)}`);
  const url = readUrl(table["url"]);
  if (!url.ok) return url;
  const on = readKinds(table["on"]);
  if (!on.ok) return on;
  const name = table["name"] ?? new URL(url.value).host.replaceAll(/[^\w.-]/gu, "-");
  if (typeof name !== "string" || !/^[\w.-]{1,64}$/u.test(name)) {
    return failure("has a `name` that is not 1 to 64 letters, digits and . _ -");
  }
  const { secret = null, secret_file: secretFile = null } = table;
  if ((secret === null) === (secretFile === null)) {
    return failure("needs either `secret` or `secret_file`; `towline webhooks secret` makes one");
  }
  if (secretFile !== null && (typeof secretFile !== "string" || secretFile === "")) {
    return failure("has a `secret_file` that is no path");
  }
  if (secret !== null && (typeof secret !== "string" || secretBytesOf(secret) === null)) {
    return failure(`has a \`secret\` that is not ${secretForm}`);
  }
  return success({ name, url: url.value, on: on.value, secret, secretFile });
}

export const secretForm =
  `${secretPrefix} and base64 of ${secretBytes.min} to ${secretBytes.max} bytes: ` +
  "`towline webhooks secret` makes one";

function readUrl(given: unknown): Result<string, string> {
  const url = typeof given === "string" ? URL.parse(given) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return failure('has a `url` that is none: write one as in "https://example.org/hook"');
  }
  if (url.username !== "" || url.password !== "") {
    return failure("has a `url` with a password in it: the signature shows who sends");
  }
  url.hash = "";
  return success(url.href);
}

function readKinds(given: unknown): Result<ReadonlySet<string>, string> {
  if (given === undefined) return success(new Set(webhookKinds));
  const isList =
    Array.isArray(given) &&
    given.length > 0 &&
    given.every((kind) => (webhookKinds as readonly unknown[]).includes(kind));
  if (isList) return success(new Set(given as readonly string[]));
  return failure(`has an \`on\` that is no list of these: ${webhookKinds.join(", ")}`);
}
