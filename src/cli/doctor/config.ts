/** What the settings say, and what they only seem to say: typing errors in names and values. */
import { TowlineError } from "../../base/errors.ts";
import type { ResolvedConfig } from "../../node/config.ts";
import { configKeys, resolveConfig } from "../../node/config.ts";
import { readConfigFile } from "../../node/config-file.ts";
import type { Finding } from "./finding.ts";
import { fail, failOf, ok, warn } from "./finding.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The settings, or why there are none. */
export function checkConfig(
  dir: string,
  env: Env,
): { readonly finding: Finding; readonly resolved: ResolvedConfig | null } {
  try {
    const resolved = resolveConfig({ flags: {}, env, dir });
    const set = resolved.settings.filter(({ source }) => source !== "default").length;
    const finding = ok(
      "config",
      `towline.toml and variables are right; settings that are not the default: ${set}`,
    );
    return { finding, resolved };
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    return { finding: unknownKey(dir) ?? failOf("config", error), resolved: null };
  }
}

/** A key that there is not, and the one that is likely meant. */
function unknownKey(dir: string): Finding | null {
  let file: ReturnType<typeof readConfigFile>;
  try {
    file = readConfigFile(dir);
  } catch {
    // It is no TOML at all, which its own message says.
    return null;
  }
  const unknown = Object.keys(file?.table ?? {}).find((key) => !isKnown(configKeys, key));
  if (unknown === undefined || file === null) return null;
  const near = nearest(unknown, configKeys);
  const way = near === null ? `use one of ${configKeys.join(", ")}` : `write ${near}`;
  const found = `${file.path} has the key ${JSON.stringify(unknown)}, which there is not`;
  return fail("config", { found, fix: `${way}, or take it out` });
}

function isKnown(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

/** Variables that towline reads, beside one for each setting. */
const variables = [
  ...configKeys.map((key) => `TOWLINE_${key.toUpperCase()}`),
  ...["HOST", "PORT", "DIR", "ACTOR", "TOKEN", "LOG_LEVEL"].map((name) => `TOWLINE_${name}`),
  // An agent gives these to its commands, in which somebody may call the doctor.
  ...["ITEM", "TITLE", "STAGE", "ITEM_FILE", "CLAIM", "EPOCH", "TRY"].map(
    (name) => `TOWLINE_${name}`,
  ),
];

/** A variable with a typing error in its name is silently without effect everywhere else. */
export function checkVariables(env: Env): Finding {
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith("TOWLINE_") && !isKnown(variables, name),
  );
  const [first] = unknown;
  if (first === undefined) return ok("variables", "no TOWLINE_ variable that nothing reads");
  const near = nearest(first, variables);
  const found = `nothing reads the variable${unknown.length > 1 ? "s" : ""} ${unknown.join(", ")}`;
  return warn("variables", { found, fix: near === null ? `unset ${first}` : `is ${near} meant?` });
}

/** The name that is at most a third of its length away; null when there is none. */
function nearest(name: string, names: readonly string[]): string | null {
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const each of names) {
    const distance = distanceOf(name.toLowerCase(), each.toLowerCase());
    if (distance * 3 > each.length) continue;
    if (best === null || distance < best.distance) best = { name: each, distance };
  }
  return best?.name ?? null;
}

/** Letters to put in, take out or exchange. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const exchange = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(exchange, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
