/** Prose against the tree: what a document names exists. */
import { posix } from "node:path";
import type { Findings, TextFile, Tree } from "./tree.ts";

/** The documents whose paths and commands are checked; a changelog may speak of the past. */
const documents = /^((README|ARCHITECTURE|CONTRIBUTING|SECURITY)\.md|docs\/.*\.md)$/u;
const repositoryPath = /^(src|docs|test|scripts|demo|bench|sim|web|examples|\.ci)\/[\w./*-]*$/u;

export function markdownHasOneTitle(tree: Tree): Findings {
  const problems: string[] = [];
  for (const { path, text } of tree.files(/\.md$/u)) {
    // Fixtures are work items of users, who may write as they like.
    if (path.startsWith("test/")) continue;
    const titles = prose(text).filter((line) => line.startsWith("# ")).length;
    if (titles !== 1) problems.push(`${path}: ${titles} lines begin with "# "; one does`);
  }
  return { problems };
}

export function linksLeadSomewhere(tree: Tree): Findings {
  const problems: string[] = [];
  for (const file of tree.files(documents)) {
    for (const target of linksIn(file)) {
      const path = posix.join(posix.dirname(file.path), target);
      const found = path.startsWith("..") || tree.has(path.replace(/\/$/u, ""));
      if (!found) problems.push(`${file.path}: links to ${target}, which does not exist`);
    }
  }
  return { problems };
}

function linksIn({ text }: TextFile): readonly string[] {
  const targets = [
    ...prose(text)
      .join("\n")
      .matchAll(/\]\(([^)\s]+)(?:\s"[^"]*")?\)/gu),
  ];
  return targets
    .map(([, target = ""]) => target.replace(/#.*$/u, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/u.test(target));
}

export function namedPathsExist(tree: Tree): Findings {
  const problems: string[] = [];
  for (const { path, text } of tree.files(documents)) {
    for (const [, named = ""] of prose(text)
      .join("\n")
      .matchAll(/`([^`\n]+)`/gu)) {
      if (repositoryPath.test(named) && !exists(tree, named)) {
        problems.push(`${path}: names ${named}, which does not exist`);
      }
    }
  }
  return { problems };
}

function exists(tree: Tree, named: string): boolean {
  if (!named.includes("*")) return tree.has(named.replace(/\/$/u, ""));
  return tree.paths.some((path) => posix.matchesGlob(path, named));
}

export function namedScriptsExist(tree: Tree): Findings {
  const manifest: unknown = JSON.parse(tree.text("package.json") ?? "{}");
  const { scripts = {} } = manifest as { scripts?: Record<string, string> };
  const problems: string[] = [];
  for (const { path, text } of tree.files(documents)) {
    for (const [, name = ""] of text.matchAll(/npm run (?:-s |--silent )?([a-z][a-z:-]*)/gu)) {
      if (!(name in scripts)) problems.push(`${path}: npm run ${name} does not exist`);
    }
  }
  return { problems };
}

/** The lines outside fenced code. */
export function prose(text: string): readonly string[] {
  let inCode = false;
  return text.split("\n").filter((line) => {
    const isFence = /^\s*(```|~~~)/u.test(line);
    if (isFence) inCode = !inCode;
    return !isFence && !inCode;
  });
}
