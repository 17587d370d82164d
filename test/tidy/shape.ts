/** The shape of each source file: size, first comment, and what no file may hold. */
import ts from "typescript-api";
import { placeOf, visit } from "./tree.ts";
import type { Findings, TextFile, Tree } from "./tree.ts";

const fileLinesMax = 350;
const lineCharsMax = 100;
const sources = /^(src|test|demo|bench|sim|scripts|web|examples)\/.*\.(ts|tsx|mjs|css)$/u;
const typescript = /^(src|test|demo|bench|sim|scripts|web|examples)\/.*\.tsx?$/u;

export function filesAreSmall(tree: Tree): Findings {
  const problems: string[] = [];
  for (const { path, text } of tree.files(sources)) {
    const lines = text.replace(/\n$/u, "").split("\n");
    if (lines.length > fileLinesMax) {
      problems.push(`${path}: ${lines.length} lines; at ${fileLinesMax} find the missing noun`);
    }
    lines.forEach((line, at) => {
      const chars = Array.from(withoutTexts(line)).length;
      if (chars > lineCharsMax) problems.push(`${path}:${at + 1}: ${chars} characters`);
    });
  }
  return { problems };
}

/** A sentence for people, as the name of a test or a message, is not broken to fit. */
function withoutTexts(line: string): string {
  return line.replace(/(["`])(?:(?!\1).){40,}\1/u, '""');
}

export function filesSayWhatTheyAreFor(tree: Tree): Findings {
  const problems = tree
    .files(sources)
    .filter(({ text }) => !/^(#!.*\n)?(\/\*\*|\/\/|\/\*)/u.test(text))
    .map(({ path }) => `${path}: begin with a comment that says what the file is for`);
  return { problems };
}

export function syntaxIsPlain(tree: Tree): Findings {
  const problems: string[] = [];
  for (const { path } of tree.files(typescript)) {
    const file = tree.syntax(path);
    visit(file, (node) => {
      const problem = syntaxProblem(node);
      if (problem !== null) problems.push(`${placeOf(file, node)}: ${problem}`);
    });
  }
  return { problems };
}

function syntaxProblem(node: ts.Node): string | null {
  if (ts.isEnumDeclaration(node)) return "enum: use a union of literals";
  if (ts.isExportAssignment(node)) return "default export: name it";
  if (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent)) {
    return "default export: name it";
  }
  if (ts.isExportSpecifier(node) && node.name.text === "default") return "default export: name it";
  if (ts.isAsExpression(node) && node.type.kind === ts.SyntaxKind.AnyKeyword) {
    return "as any: parse it, or say which type";
  }
  return null;
}

// Spelled in pieces, for this file is searched as well.
const later = new RegExp(`\\b(${"TO" + "DO"}|${"FIX" + "ME"})\\b`, "u");
const switchedOff = new RegExp(`${"(?:es|ox)lint-" + "disable"}(?!.* -- \\S)`, "u");

/** A promise to do something later names its issue; a switched-off check says why. */
export function promisesNameTheirIssue(tree: Tree): Findings {
  const problems: string[] = [];
  for (const file of tree.files(/\.(ts|tsx|mjs|js|md|css)$/u)) problems.push(...remarksIn(file));
  return { problems };
}

function remarksIn({ path, text }: TextFile): readonly string[] {
  const problems: string[] = [];
  text.split("\n").forEach((line, at) => {
    const place = `${path}:${at + 1}`;
    if (later.test(line) && !/#\d+/u.test(line)) {
      problems.push(`${place}: name the issue as #n, or do it now`);
    }
    if (!path.endsWith(".md") && switchedOff.test(line)) {
      problems.push(`${place}: say why the check is off, after " -- "`);
    }
  });
  return problems;
}

/** Nothing is left out of the test run for good. */
export function testsAreNotSkipped(tree: Tree): Findings {
  const problems: string[] = [];
  for (const { path } of tree.files(/^(src|test|web)\/.*\.ts$/u)) {
    const file = tree.syntax(path);
    visit(file, (node) => {
      if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return;
      const isTestCall = ["test", "it", "describe", "suite"].includes(node.expression.text);
      if (!isTestCall || !["skip", "only", "todo"].includes(node.name.text)) return;
      problems.push(`${placeOf(file, node)}: ${node.getText()}`);
    });
  }
  return { problems };
}

/** Test files elsewhere, or named otherwise, would never run. */
export function testsAreRun(tree: Tree): Findings {
  const problems = tree
    .files(/\.(test|spec)\.[cm]?[jt]sx?$/u)
    .filter(({ path }) => !/^(src|test|web)\/.*\.test\.ts$/u.test(path))
    .map(({ path }) => `${path}: npm test runs only src, test and web/**/*.test.ts`);
  return { problems };
}
