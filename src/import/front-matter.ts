/** The front matter of a Markdown file: YAML from strangers, bounded, as plain JSON. */
import { Lexer, parseDocument } from "yaml";
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { utf8 } from "../base/bytes.ts";
import type { Json } from "../base/json.ts";
import { jsonDepthMax } from "../base/limits.ts";
import { frontMatterBytesMax, yamlAliasesMax, yamlTokensMax, yamlValuesMax } from "./limits.ts";
import { withoutMark } from "./lines.ts";
import type { Problem } from "./plan.ts";
import { problem } from "./plan.ts";

export interface MarkdownParts {
  /** Members in their order; empty when there is no front matter. */
  readonly matter: ReadonlyMap<string, Json>;
  /** What follows, without the blank lines around it. */
  readonly body: string;
}

const fence = "---";

/** Splits `text` and reads its front matter, which stands between two lines of `---`. */
export function readMarkdown(text: string): Result<MarkdownParts, Problem> {
  const lines = withoutMark(text).replaceAll("\r\n", "\n").split("\n");
  if (lines[0]?.trimEnd() !== fence) return success({ matter: new Map(), body: bodyOf(lines) });
  const end = lines.findIndex((line, at) => at > 0 && line.trimEnd() === fence);
  if (end < 0) return bad(`it has no second line of ${fence}`);
  const source = lines.slice(1, end).join("\n");
  const bytes = utf8(source).length;
  if (bytes > frontMatterBytesMax) {
    return bad(`it has ${bytes} bytes, and at most ${frontMatterBytesMax} are read`);
  }
  const excess = excessOf(source);
  if (excess !== null) return bad(excess);
  const matter = parseMatter(source);
  return matter.ok ? success({ matter: matter.value, body: bodyOf(lines.slice(end + 1)) }) : matter;
}

function bodyOf(lines: readonly string[]): string {
  return lines
    .join("\n")
    .replace(/^(?:[ \t]*\n)+/u, "")
    .trimEnd();
}

/** The lexer is lazy and fast; what follows it takes its time for each token, level and error. */
function excessOf(source: string): string | null {
  let [count, depth] = [0, 0];
  /** Lists and names that begin in one line, each in the one before. */
  let nested = 0;
  for (const token of new Lexer().lex(source)) {
    count += 1;
    if (token === "[" || token === "{") depth += 1;
    else if (token === "]" || token === "}") depth = Math.max(0, depth - 1);
    if (token === "-" || token === "?") nested += 1;
    else if (!/^[ \t]+$/u.test(token)) nested = 0;
    if (Math.max(depth, nested) > jsonDepthMax) return tooFar;
    if (count > yamlTokensMax) return "it has too many parts: put some of them into the text";
  }
  return null;
}

/**
 * The core schema alone: no tags that make objects, no merge keys, each key once. Mappings come as
 * Maps, so that no key of the file becomes a member of an object of ours by accident.
 */
function parseMatter(source: string): Result<ReadonlyMap<string, Json>, Problem> {
  let value: unknown;
  // The parser makes an error of each mistake, and the stack of each would take most of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const document = parseDocument(source, {
      version: "1.2",
      schema: "core",
      merge: false,
      resolveKnownTags: false,
      uniqueKeys: true,
      prettyErrors: false,
      logLevel: "silent",
    });
    const [error] = document.errors;
    if (error !== undefined) return bad(errorText(error.message));
    if (document.warnings.length > 0) return bad("it uses tags, which are not read");
    value = document.toJS({ mapAsMap: true, maxAliasCount: yamlAliasesMax });
  } catch {
    // The parser is recursive and bounds its aliases by throwing: a bomb ends here.
    return bad(tooFar);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  if (value === null || value === undefined) return success(new Map());
  if (!(value instanceof Map)) return bad("it is no list of name: value");
  const matter = new Map<string, Json>();
  const budget = { values: yamlValuesMax };
  for (const [name, member] of value as ReadonlyMap<unknown, unknown>) {
    const json = jsonOf(member, 1, budget);
    if (typeof name !== "string") return bad("one of its names is no text");
    if (json === undefined) return bad(`${JSON.stringify(name.slice(0, 60))} has no plain value`);
    matter.set(name, json);
  }
  return success(matter);
}

const tooFar = "it nests too deep, or has too many aliases";

/** The parser catches its own overflow of the stack, and tells of it in words for programmers. */
function errorText(message: string): string {
  return message.includes("call stack") ? tooFar : message.split("\n", 1).join("");
}

/**
 * `undefined` for what JSON cannot hold, or what nests too deep or unfolds too far: an alias may
 * name its own parent, and each level then doubles what the one before holds.
 */
function jsonOf(value: unknown, depth: number, budget: { values: number }): Json | undefined {
  budget.values -= 1;
  if (depth > jsonDepthMax || budget.values < 0) return undefined;
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) {
    const elements: Json[] = [];
    for (const element of value as readonly unknown[]) {
      const json = jsonOf(element, depth + 1, budget);
      if (json === undefined) return undefined;
      elements.push(json);
    }
    return elements;
  }
  if (!(value instanceof Map)) return undefined;
  const members: [string, Json][] = [];
  for (const [name, member] of value as ReadonlyMap<unknown, unknown>) {
    const json = jsonOf(member, depth + 1, budget);
    if (typeof name !== "string" || json === undefined) return undefined;
    members.push([name, json]);
  }
  return Object.fromEntries(members);
}

function bad(what: string): Result<never, Problem> {
  const message = `its front matter cannot be used: ${what}`;
  return failure(problem("entry/bad-front-matter", message));
}
