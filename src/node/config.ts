/**
 * The configuration of a node: flag before TOWLINE_ variable before towline.toml before default.
 */
import { hostname } from "node:os";
import { TowlineError } from "../base/errors.ts";
import { leaseGraceMs, leaseMs, retryWaitMs } from "../base/limits.ts";
import type { WorkSettings } from "../claims/settings.ts";
import { endpoint } from "../adapters/ws-listener-bind.ts";
import type { ConfigFile } from "./config-file.ts";
import { lineOf, readConfigFile } from "./config-file.ts";
import type { WebhookSettings } from "./config-webhooks.ts";
import { readWebhooks } from "./config-webhooks.ts";
import type { ListenAddress, Reader } from "./config-values.ts";
import * as values from "./config-values.ts";
import * as work from "./config-work.ts";
import { errorThresholdOf } from "./rendezvous.ts";
import type { NodeSettings } from "./settings.ts";

export type { ListenAddress } from "./config-values.ts";

export interface Config extends NodeSettings {
  readonly listen: ListenAddress;
  readonly webhooks: readonly WebhookSettings[];
}

export const defaultListen: ListenAddress = { host: "127.0.0.1", port: 4747 };

/** What the command line says; absent where it says nothing. */
export interface ConfigFlags {
  readonly name?: string;
  readonly host?: string;
  readonly port?: string;
  readonly rendezvous?: readonly string[];
  readonly open?: boolean;
}

/**
 * One value for `towline config`, and where it comes from: "default", "--port", "TOWLINE_NAME", …
 */
export interface Setting {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[];
  readonly source: string;
}

export interface ResolvedConfig {
  readonly config: Config;
  readonly settings: readonly Setting[];
}

export interface ConfigRequest {
  readonly flags: ConfigFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The data folder; null when there is none, and then there is no file. */
  readonly dir: string | null;
}

/** The keys of towline.toml. */
export const configKeys = [
  "name",
  "listen",
  "rendezvous",
  "trusted_keys",
  "tokens",
  "open",
  "public_urls",
  "allowed_origins",
  "labels",
  "jobs_max",
  "stage_limits",
  "lease",
  "lease_grace",
  "retry_wait",
] as const;

export type ConfigKey = (typeof configKeys)[number];

/** Throws `config/invalid`, which names the setting, its place and the way out. */
export function resolveConfig({ flags, env, dir }: ConfigRequest): ResolvedConfig {
  const file = dir === null ? null : readConfigFile(dir);
  if (file !== null) refuseUnknownKeys(file);
  const picker = new Picker(env, file);
  const listen = pickListen(picker, flags);
  const picked = {
    name: picker.pick("name", values.readName, defaultName(), given("--name", flags.name)),
    listen,
    rendezvous: picker.pick(
      "rendezvous",
      values.readUrls,
      [],
      given("--rendezvous", flags.rendezvous),
    ),
    trustedKeys: picker.pick("trusted_keys", values.readKeys, []),
    tokens: picker.pick("tokens", values.readTokens, []),
    open: picker.pick("open", values.readFlag, false, given("--open", flags.open)),
    publicUrls: picker.pick("public_urls", values.readUrls, []),
    allowedOrigins: picker.pick("allowed_origins", values.readOrigins, []),
    work: pickWork(picker),
  };
  const threshold = env["RENDEZVOUS_ERROR_THRESHOLD"];
  const rendezvousErrorThreshold = errorThresholdOf(threshold);
  const isSet = threshold !== undefined && threshold !== "";
  picker.note(
    "rendezvous_error_threshold",
    rendezvousErrorThreshold,
    isSet ? "RENDEZVOUS_ERROR_THRESHOLD" : "default",
  );
  const webhooks = readWebhooks(file);
  picker.note(
    "webhooks",
    webhooks.map(({ name }) => name),
    webhooks.length === 0 || file === null ? "default" : file.path,
  );
  return { config: { ...picked, webhooks, rendezvousErrorThreshold }, settings: picker.settings };
}

/** The name of the machine, as far as it can be a name. */
function defaultName(): string {
  const read = values.readName(hostname().split(".")[0], "text");
  return read.ok ? read.value : "node";
}

interface Given {
  readonly source: string;
  readonly value: unknown;
}

function given(source: string, value: unknown): Given | null {
  return value === undefined ? null : { source, value };
}

/** Host and port are one setting in the file, and two on the command line. */
function pickListen(picker: Picker, flags: ConfigFlags): ListenAddress {
  const base = picker.find("listen", values.readListen) ?? {
    value: defaultListen,
    source: "default",
  };
  const host = picker.findPart(given("--host", flags.host), "TOWLINE_HOST", values.readHost);
  const port = picker.findPart(given("--port", flags.port), "TOWLINE_PORT", values.readPort);
  const listen = {
    host: host?.value ?? base.value.host,
    port: port?.value ?? base.value.port,
  };
  const parts = [host?.source, port?.source].filter((source) => source !== undefined);
  // With both parts replaced, nothing is left of what the base says.
  const sources = parts.length === 2 ? parts : [...parts, base.source];
  picker.note("listen", endpoint(listen.host, listen.port), [...new Set(sources)].join(", "));
  return listen;
}

interface Found<Value> {
  readonly value: Value;
  readonly source: string;
}

function pickWork(picker: Picker): WorkSettings {
  return {
    labels: picker.pick("labels", work.readLabels, []),
    jobsMax: picker.pick("jobs_max", work.readJobs, 0),
    stageLimits: work.stageLimitsOf(picker.pick("stage_limits", work.readStageLimits, [])),
    leaseMs: picker.pick("lease", work.readLease, leaseMs),
    leaseGraceMs: picker.pick("lease_grace", work.readLease, leaseGraceMs),
    retryWaitMs: picker.pick("retry_wait", work.readLease, retryWaitMs),
  };
}

/** Looks a setting up in its places, strongest first, and remembers where it was. */
class Picker {
  readonly settings: Setting[] = [];
  readonly #env: ConfigRequest["env"];
  readonly #file: ConfigFile | null;

  constructor(env: ConfigRequest["env"], file: ConfigFile | null) {
    this.#env = env;
    this.#file = file;
  }

  pick<Value extends Setting["value"]>(
    key: ConfigKey,
    read: Reader<Value>,
    otherwise: Value,
    flag: Given | null = null,
  ): Value {
    const found = this.find(key, read, flag) ?? { value: otherwise, source: "default" };
    this.note(key, found.value, found.source);
    return found.value;
  }

  find<Value>(key: ConfigKey, read: Reader<Value>, flag: Given | null = null): Found<Value> | null {
    const strong = this.findPart(flag, `TOWLINE_${key.toUpperCase()}`, read);
    if (strong !== null) return strong;
    const file = this.#file;
    if (file === null || !Object.hasOwn(file.table, key)) return null;
    return readGiven({ source: placeIn(file, key), value: file.table[key] }, read, key);
  }

  /** From a flag, else from a variable; an empty variable counts as none. */
  findPart<Value>(flag: Given | null, variable: string, read: Reader<Value>): Found<Value> | null {
    if (flag !== null) return readGiven(flag, read);
    const text = this.#env[variable];
    if (text === undefined || text === "") return null;
    return readGiven({ source: variable, value: text }, read);
  }

  note(key: string, value: Setting["value"], source: string): void {
    this.settings.push({ key, value, source });
  }
}

function readGiven<Value>(from: Given, read: Reader<Value>, key?: string): Found<Value> {
  const value = read(from.value, key === undefined ? "text" : "toml");
  if (value.ok) return { value: value.value, source: from.source };
  const where = key === undefined ? from.source : `${from.source}: \`${key}\``;
  throw new TowlineError("config/invalid", `${where} ${value.error}.`);
}

function placeIn({ path, text }: ConfigFile, key: string): string {
  const line = lineOf(text, key);
  return line === null ? path : `${path}, line ${line}`;
}

function refuseUnknownKeys(file: ConfigFile): void {
  const known: readonly string[] = [...configKeys, "webhooks"];
  const unknown = Object.keys(file.table).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new TowlineError(
    "config/invalid",
    `${placeIn(file, unknown)}: there is no key ${JSON.stringify(unknown)}. ` +
      `Remove it, or use one of ${configKeys.join(", ")}.`,
  );
}
