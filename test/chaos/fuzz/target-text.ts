/** What people and their files say: towline.toml, tokens, keys, URLs, values and commands. */
import { mkdtempSync, existsSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tokenKeyPair } from "../../../src/adapters/node-crypto.ts";
import { isTokenText } from "../../../src/adapters/token-text.ts";
import { dialUrl } from "../../../src/adapters/ws-dialer.ts";
import { bearerOf, isLoopback, refusalOf } from "../../../src/adapters/ws-listener-check.ts";
import { TowlineError } from "../../../src/base/errors.ts";
import { isHex } from "../../../src/base/bytes.ts";
import { isObject, isWellFormed, parseJson } from "../../../src/base/json.ts";
import type { Json } from "../../../src/base/json.ts";
import { parseCount, parseEdit, parseValue } from "../../../src/cli/actions/values.ts";
import { Given } from "../../../src/commands/command.ts";
import { slugOf } from "../../../src/commands/add.ts";
import { readKey, readToken } from "../../../src/commands/dial.ts";
import { commandNamed } from "../../../src/commands/table.ts";
import { escapeJson, escapeLine, escapeText } from "../../../src/cli/ui/escape.ts";
import { cutTo, textWidth, wrapTo } from "../../../src/cli/ui/text-width.ts";
import { parseDuration } from "../../../src/cli/ui/time.ts";
import { addRendezvousToFile } from "../../../src/node/config-file.ts";
import { configKeys, resolveConfig } from "../../../src/node/config.ts";
import { isItemId } from "../../../src/op/change.ts";
import { parseNodeId } from "../../../src/op/key.ts";
import type { Prng } from "../../../src/sim/prng.ts";
import { treeOf } from "./json-tree.ts";
import { mutateJson, mutateText, oddities } from "./mutate.ts";
import type { Target, Verdict } from "./target.ts";
import { must, shot } from "./target.ts";

/** Runs a parser that may refuse with one of these codes and may not throw anything else. */
function allowing(codes: readonly string[], parse: () => unknown): Verdict {
  try {
    parse();
    return "accepted";
  } catch (error) {
    if (error instanceof TowlineError && codes.includes(error.code)) {
      must(!/[\n\0\u001b]/u.test(error.message), `a message with control characters`);
      return "refused";
    }
    throw error;
  }
}

let folder: string | null = null;

/** In memory where that is possible: each input is a file of its own. */
function configFolder(): string {
  if (folder !== null) return folder;
  const made = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "towline-fuzz-"));
  process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  folder = made;
  return made;
}

const key = "a049c486873e57fd593fb161f2d7a1a9b046a4f24666381c6d1fc3a3c33f5283";
const configs = [
  'name = "laptop"\nlisten = "127.0.0.1:4747"\nrendezvous = ["wss://hub.example/crdt-sync"]\n',
  `trusted_keys = ["${key}"]\ntokens = ["${key}"]\nopen = false\n`,
  'public_urls = [\n  "ws://a:1", # one\n  "ws://b",\n]\nallowed_origins = ["https://x.example"]\n',
  "# rendezvous = []\nrendezvous = [ ]\n\"name\" = 'x'\n",
  'rendezvous = ["ws://a", "ws://b"] # ] "\nopen = true\n',
];
const toml = [
  ...configKeys,
  ...["=", "[", "]", "[[", "{", "}", '"', "'", '"""', "'''", "#", ",", ".", "\n", "\r\n", "true"],
  ...["1e400", "inf", "nan", "0x", "1979-05-27", "\\u0000", "[a]\n", "[[a]]\n", "a.b.c = 1\n"],
  ...["__proto__ = 1\n", "[__proto__]\npolluted = 1\n", "[constructor.prototype]\npolluted = 1\n"],
  ...["constructor = []\n", "name = 1\n", "x = {a = {a = {a = 1}}}\n", "\\uD800", "ws://", "[]"],
];

function checkConfig(text: string): Verdict {
  const dir = configFolder();
  writeFileSync(join(dir, "towline.toml"), text);
  const verdict = allowing(["config/invalid"], () => resolveConfig({ flags: {}, env: {}, dir }));
  if (verdict === "refused") return verdict;
  const before = resolveConfig({ flags: {}, env: {}, dir }).config;
  const added = allowing(["config/invalid"], () => addRendezvousToFile(dir, "ws://new.example"));
  const after = resolveConfig({ flags: {}, env: {}, dir }).config;
  if (added === "refused") {
    must(JSON.stringify(after) === JSON.stringify(before), "a refused edit changes the file");
    return verdict;
  }
  const wanted = dialUrl("ws://new.example");
  const { rendezvous: old, ...others } = before;
  const { rendezvous: now, ...othersAfter } = after;
  must(JSON.stringify(othersAfter) === JSON.stringify(others), "an edit changes another setting");
  const expected = JSON.stringify([...new Set([...old, wanted])]);
  must(JSON.stringify(now) === expected, `the URL is not added: ${JSON.stringify(now)}`);
  return verdict;
}

const settings = [
  ...[
    "127.0.0.1:4747",
    "[::1]:0",
    "ws://hub:4747/crdt-sync",
    "https://x.example",
    "true",
    "laptop",
  ],
  ...[key, `${key},${key}`, "tow_abcdefghijkmnpqrstuvwxyz23456789", "http://a/?token=x", "host"],
];

function checkVariable(text: string): Verdict {
  let verdict: Verdict = "refused";
  for (const name of configKeys) {
    const env = { [`TOWLINE_${name.toUpperCase()}`]: text, RENDEZVOUS_ERROR_THRESHOLD: text };
    const request = { flags: {}, env, dir: null };
    if (allowing(["config/invalid"], () => resolveConfig(request)) === "accepted")
      verdict = "accepted";
  }
  return verdict;
}

function checkToken(text: string): Verdict {
  const id = parseNodeId(text);
  must(id === null || (isHex(text, 64) && /^[0-9a-f]{64}$/u.test(text)), "an alias of a key");
  allowing(["usage/invalid"], () => readKey(text));
  const verdict = allowing(["token/invalid"], () => readToken(text));
  if (!isTokenText(text)) return verdict;
  must(/^[0-9a-f]{64}$/u.test(tokenKeyPair(text).key), "a token without a key");
  return verdict;
}

function checkUrl(text: string): Verdict {
  const verdict = allowing(["dial/url-invalid"], () => {
    const url = dialUrl(text);
    must(dialUrl(url) === url, "an URL that is dialled changes when it is read again");
  });
  const request = {
    url: text,
    headers: { authorization: `Bearer ${text}`, origin: text },
    socket: { remoteAddress: text },
  } as unknown as IncomingMessage;
  refusalOf(request, new Set());
  bearerOf(request);
  isLoopback(text);
  return verdict;
}

function checkTyped(text: string): Verdict {
  const value: Json = parseValue(text);
  const json = JSON.stringify(value);
  must(JSON.stringify(JSON.parse(json)) === json, "a value that does not survive as JSON");
  must(typeof value === "string" || isWellFormed(value), "a value with half of a surrogate pair");
  allowing(["usage/invalid"], () => parseCount(text, "--limit"));
  allowing(["usage/invalid"], () => parseDuration(text));
  must(isItemId(slugOf(text)), "a title gives no item id");
  for (const shown of [escapeLine(text), escapeText(text), escapeJson(JSON.stringify(text))]) {
    must(
      !/[\p{Cs}\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u.test(shown),
      "an escape is missing",
    );
  }
  must(textWidth(cutTo(escapeLine(text), 20)) <= 20, "cut text is wider than it may be");
  wrapTo(escapeText(text), 40);
  return allowing(["usage/invalid"], () => parseEdit(text));
}

const commands = ["add", "edit", "list", "log", "import", "invite", "dial", "show", "remove"];
const calls = [
  { item: "a", actor: "x", fields: [{ field: "title", value: "T" }] },
  { item: "a", actor: "x", edits: [{ kind: "plus", field: "labels", value: "x" }] },
  { url: "ws://h", token: "tow_abcdefghijkmnpqrst", key, path: "/x", limit: 5, stages: ["qa"] },
  { ttlMs: 5, uses: 1, label: null, search: null, withArchived: true, labels: [] },
].map((call) => treeOf(call));

function checkCall(text: string): Verdict {
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value)) return "refused";
  const given = new Given(parsed.value);
  let verdict: Verdict = "refused";
  for (const name of commands) {
    const found = commandNamed(name);
    if (found === null) continue;
    const read = allowing(["usage/invalid", "token/invalid"], () => found.read(given));
    if (read === "accepted") verdict = "accepted";
  }
  return verdict;
}

function textTarget(
  name: string,
  weight: number,
  how: {
    readonly corpus: readonly string[];
    readonly tokens: readonly string[];
    readonly check: (text: string) => Verdict;
  },
): Target {
  const draw = (prng: Prng) => shot(mutateText(prng.pick(how.corpus), how.tokens, prng), how.check);
  return { name, weight, draw };
}

const typed = [
  "title=x",
  "labels+=a",
  "n-=1",
  'a={"b":[1]}',
  "007",
  "24h",
  "1d12h",
  "-",
  "été 𝒻 漢字",
];
const typedTokens = ["=", "+=", "-=", "{", "[", '"', "1", "e", "h", "d", ...oddities];
const urls = ["ws://hub:4747", "wss://h/crdt-sync?a=b", "http://[::1]:80/", "hub", "ws://u:p@h/"];
const urlTokens = [
  "://",
  "/",
  "?",
  "&",
  "#",
  "@",
  ":",
  "[",
  "]",
  "%",
  "token=",
  "%74oken",
  ...oddities,
];

export const textTargets: readonly Target[] = [
  textTarget("towline.toml", 6, { corpus: configs, tokens: toml, check: checkConfig }),
  textTarget("variables", 3, { corpus: settings, tokens: urlTokens, check: checkVariable }),
  textTarget("tokens and keys", 3, {
    corpus: settings,
    tokens: ["A", "0", ...oddities],
    check: checkToken,
  }),
  textTarget("URLs", 4, { corpus: urls, tokens: urlTokens, check: checkUrl }),
  textTarget("typed values", 5, { corpus: typed, tokens: typedTokens, check: checkTyped }),
  {
    name: "local commands",
    weight: 5,
    draw: (prng) => shot(mutateJson(prng.pick(calls), prng), checkCall),
  },
];
