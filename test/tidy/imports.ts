/** Layers point one way, nothing goes round, and the core imports nothing but itself. */
import { posix } from "node:path";
import ts from "typescript-api";
import { isTestCode, placeOf, visit } from "./tree.ts";
import type { Findings, Tree } from "./tree.ts";

export interface Import {
  readonly from: string;
  /** A path of the repository, or null when `specifier` names a package. */
  readonly to: string | null;
  readonly specifier: string;
  readonly place: string;
}

const lower = ["base", "op", "page", "log", "crdt", "pipeline", "claims", "presence"] as const;
const core = [...lower, "sync", "replica"] as const;
const beforeCommands = [
  ...core,
  "adapters",
  "import",
  "node",
  "work",
  "history",
  "api",
  "runner",
] as const;

/** What each folder of src may import, besides itself. */
const layers: ReadonlyMap<string, readonly string[]> = new Map([
  ["base", []],
  ["op", ["base"]],
  ["page", ["base", "op"]],
  ["log", ["base", "op", "page"]],
  ["crdt", ["base", "op"]],
  ["pipeline", ["base", "op", "page", "log", "crdt"]],
  ["claims", ["base", "op", "crdt", "pipeline"]],
  ["presence", ["base", "op"]],
  ["sync", ["base", "op", "page", "log", "crdt", "pipeline"]],
  ["replica", [...lower, "sync"]],
  ["import", ["base", "op", "pipeline"]],
  ["adapters", ["base", "op", "page", "log", "pipeline", "sync", "replica"]],
  ["node", [...core, "adapters", "import"]],
  ["work", ["base", "op", "crdt", "pipeline", "claims"]],
  ["api", [...core, "adapters", "import", "node", "work"]],
  ["runner", ["base", "op", "claims", "work"]],
  ["sim", [...core, "adapters", "node"]],
  ["commands", [...beforeCommands]],
  ["history", ["base", "op", "crdt", "pipeline", "claims"]],
  ["client", []],
  ["react", ["client"]],
  ["mcp", [...beforeCommands, "commands"]],
  ["webhooks", [...beforeCommands, "commands"]],
  ["web", [...beforeCommands, "commands", "client", "mcp"]],
  ["cli", [...beforeCommands, "sim", "commands", "client", "mcp", "webhooks", "web"]],
]);

/** The folder below src that holds a file, or null for a file elsewhere. */
function layerOf(path: string): string | null {
  return /^src\/([^/]+)\//u.exec(path)?.[1] ?? null;
}

export function isCore(path: string): boolean {
  return !isTestCode(path) && core.some((layer) => layerOf(path) === layer);
}

export function importsOf(tree: Tree, path: string): readonly Import[] {
  const file = tree.syntax(path);
  const found: Import[] = [];
  visit(file, (node) => {
    const named = specifierOf(node);
    if (named === null) return;
    const specifier = named.text;
    const to = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : null;
    found.push({ from: path, to, specifier, place: placeOf(file, node) });
  });
  return found;
}

function specifierOf(node: ts.Node): ts.StringLiteral | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const specifier = node.moduleSpecifier;
    return specifier !== undefined && ts.isStringLiteral(specifier) ? specifier : null;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument !== undefined && ts.isStringLiteral(argument) ? argument : null;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return ts.isStringLiteral(node.argument.literal) ? node.argument.literal : null;
  }
  return null;
}

export function layersPointOneWay(tree: Tree): Findings {
  const problems: string[] = [];
  for (const { path } of tree.files(/^src\/.*\.ts$/u)) {
    const layer = layerOf(path);
    const allowed = layer === null ? undefined : layers.get(layer);
    if (layer === null || allowed === undefined) {
      problems.push(`${path}: not in a folder that the table in test/tidy/imports.ts names`);
      continue;
    }
    if (isTestCode(path)) continue;
    for (const { to, specifier, place } of importsOf(tree, path)) {
      const problem =
        to === null ? packageProblem(path, specifier) : pathProblem({ to, layer, allowed });
      if (problem !== null) problems.push(`${place}: ${problem}`);
    }
  }
  return { problems };
}

function packageProblem(path: string, specifier: string): string | null {
  if (isCore(path)) return `the core imports ${specifier}; pass it in as a port`;
  return isForBrowsers(path) && specifier.startsWith("node:")
    ? `a browser has no ${specifier}`
    : null;
}

function isForBrowsers(path: string): boolean {
  return /^(web|src\/client|src\/react)\//u.test(path) && !path.endsWith(".test.ts");
}

/** The page knows the node by its API alone, as any other client does. */
export function pageUsesClientOnly(tree: Tree): Findings {
  const problems: string[] = [];
  for (const { path } of tree.files(/^web\/.*\.tsx?$/u)) {
    for (const { to, specifier, place } of importsOf(tree, path)) {
      const problem = to === null ? packageProblem(path, specifier) : pageProblem(path, to);
      if (problem !== null) problems.push(`${place}: ${problem}`);
    }
  }
  return { problems };
}

function pageProblem(path: string, to: string): string | null {
  if (path.endsWith(".test.ts") || /^(web|src\/client|src\/react)\//u.test(to)) return null;
  return `web must not import ${to}: it uses src/client and src/react`;
}

function pathProblem(given: {
  readonly to: string;
  readonly layer: string;
  readonly allowed: readonly string[];
}): string | null {
  const { to, layer, allowed } = given;
  const target = layerOf(to);
  if (target === null) return `src imports ${to}, which is not published`;
  if (isTestCode(to)) return `code imports ${to}, which only tests may`;
  if (target === layer || allowed.includes(target)) return null;
  return `${layer} must not import ${target} (${to})`;
}

/** Types count too: two files that need each other's types are one thing cut in two. */
export function importsHaveNoCycles(tree: Tree): Findings {
  const problems: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (at: string): void => {
    const start = path.indexOf(at);
    if (start >= 0) problems.push([...path.slice(start), at].join(" → "));
    if (start >= 0 || done.has(at)) return;
    path.push(at);
    for (const { to } of importsOf(tree, at)) if (to !== null && tree.has(to)) walk(to);
    path.pop();
    done.add(at);
  };
  for (const file of tree.files(/^(src|test|sim|bench|demo|web)\/.*\.tsx?$/u)) walk(file.path);
  return { problems };
}
