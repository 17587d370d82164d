/** The repository as the tidy rules see it: paths with forward slashes, and the text of each. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, posix } from "node:path";
import ts from "typescript-api";

/** What a rule found. `waiting` names what does not exist yet, so that the rule had no work. */
export interface Findings {
  readonly problems: readonly string[];
  readonly waiting?: string;
}

export type Rule = (tree: Tree) => Findings;

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

const foldersLeftOut = new Set(["node_modules", "dist", ".git", ".towline", "coverage"]);
const textExtensions = new Set(
  [".ts", ".tsx", ".mjs", ".js", ".json", ".md", ".toml", ".yaml", ".yml", ".html", ".css"].concat([
    ".txt",
    "",
  ]),
);

export class Tree {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #folders = new Set<string>();
  readonly #parsed = new Map<string, ts.SourceFile>();

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
    for (const path of texts.keys()) {
      for (let at = posix.dirname(path); at !== "."; at = posix.dirname(at)) this.#folders.add(at);
    }
  }

  get paths(): readonly string[] {
    return [...this.#texts.keys()];
  }

  /** True for a file or a folder; "." is the root. */
  has(path: string): boolean {
    return path === "." || this.#texts.has(path) || this.#folders.has(path);
  }

  text(path: string): string | null {
    return this.#texts.get(path) ?? null;
  }

  /** The files whose path matches, in order of path. */
  files(pattern: RegExp): readonly TextFile[] {
    return [...this.#texts]
      .filter(([path]) => pattern.test(path))
      .map(([path, text]) => ({ path, text }))
      .sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  syntax(path: string): ts.SourceFile {
    const known = this.#parsed.get(path);
    if (known !== undefined) return known;
    const text = this.#texts.get(path) ?? "";
    const parsed = ts.createSourceFile(path, text, ts.ScriptTarget.ES2024, true);
    this.#parsed.set(path, parsed);
    return parsed;
  }
}

/** A tree of a few files, for the tests of the rules. */
export function sampleTree(texts: Readonly<Record<string, string>>): Tree {
  return new Tree(new Map(Object.entries(texts)));
}

export function readTree(root: string): Tree {
  const texts = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory() && !foldersLeftOut.has(entry.name)) walk(path);
      if (entry.isFile()) texts.set(path, textOf(join(root, path)));
    }
  };
  walk(".");
  return new Tree(texts);
}

function textOf(path: string): string {
  return textExtensions.has(extname(path)) ? readFileSync(path, "utf8") : "";
}

/** Tests and what only tests use: free of the layers and of the bans of the core. */
export function isTestCode(path: string): boolean {
  return path.endsWith(".test.ts") || path.includes("/testing/") || !path.startsWith("src/");
}

/** `path:line` of a node. */
export function placeOf(file: ts.SourceFile, node: ts.Node): string {
  const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return `${file.fileName}:${line + 1}`;
}

export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}
