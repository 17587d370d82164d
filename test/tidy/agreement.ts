/** Code, documents and tests name the same rules, error codes and limits. */
import ts from "typescript-api";
import { prose } from "./docs.ts";
import { placeOf, visit } from "./tree.ts";
import type { Findings, Tree } from "./tree.ts";

const protocolPath = "docs/PROTOCOL.md";
const errorsPath = "docs/ERRORS.md";
const cataloguePath = "src/base/errors.ts";
/** Why ops are refused: codes that are no errors of the program. */
const refusalsPath = "src/op/op-error.ts";
const limitsPath = "src/base/limits.ts";
/** Limits of the edge, which the core has nothing to do with. */
const edgeLimitsPath = "src/base/edge-limits.ts";
const tag = /\[([A-Z][A-Z0-9]*-\d+)\]/gu;

interface Tagged {
  readonly id: string;
  readonly place: string;
}

/** Each rule of the protocol has a test, and each tag, in a test's name or in src, a rule. */
export function protocolRulesAreTested(tree: Tree): Findings {
  const protocol = tree.text(protocolPath);
  if (protocol === null) return { problems: [], waiting: protocolPath };
  const rules = [...protocol.matchAll(/^- \*\*\[([A-Z][A-Z0-9]*-\d+)\]\*\*/gmu)].map(
    ([, id = ""]) => id,
  );
  const tested = [
    ...testNames(tree).flatMap(({ name, place }) => tagsIn(name, place)),
    ...rulesOfVectors(tree),
  ];
  const cited = tree.files(/^src\/.*\.ts$/u).flatMap(({ path, text }) => tagsIn(text, path));
  const known = new Set(rules);
  const covered = new Set(tested.map(({ id }) => id));
  const problems = [
    ...(rules.length === 0 ? [`${protocolPath}: no line begins with - **[XXX-n]**`] : []),
    ...repeated(rules).map((id) => `${protocolPath}: [${id}] stands there twice`),
    ...[...known].filter((id) => !covered.has(id)).map((id) => `[${id}]: no test's name has it`),
    ...[...tested, ...cited]
      .filter(({ id }) => !known.has(id))
      .map(({ id, place }) => `${place}: [${id}] is no rule of ${protocolPath}`),
  ];
  return { problems: [...new Set(problems)] };
}

function tagsIn(text: string, place: string): readonly Tagged[] {
  return [...text.matchAll(tag)].map(([, id = ""]) => ({ id, place }));
}

/** Each vector is a test whose name begins with its rule. */
function rulesOfVectors(tree: Tree): readonly Tagged[] {
  return tree
    .files(/^test\/vectors\/.*\.json$/u)
    .flatMap(({ path, text }) =>
      [...text.matchAll(/"rule": ?"([A-Z]+-\d+)"/gu)].map(([, id = ""]) => ({ id, place: path })),
    );
}

function testNames(tree: Tree): readonly { readonly name: string; readonly place: string }[] {
  const names: { name: string; place: string }[] = [];
  for (const { path } of tree.files(/^(src|test|sim)\/.*\.ts$/u)) {
    // The tests of this rule hold tags of rules that exist only in their samples.
    if (path.startsWith("test/tidy/")) continue;
    const file = tree.syntax(path);
    visit(file, (node) => {
      if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return;
      if (!["test", "it", "describe", "suite"].includes(node.expression.text)) return;
      const [name] = node.arguments;
      if (name !== undefined) names.push({ name: name.getText(file), place: placeOf(file, node) });
    });
  }
  return names;
}

function repeated(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];
}

/** Each error code is explained to users and provoked by a test, and no other one is explained. */
export function errorCodesAreExplained(tree: Tree): Findings {
  const codes = constantsOf(tree, cataloguePath).get("errorCodes");
  if (codes === undefined) {
    return tree.has(cataloguePath)
      ? { problems: [`${cataloguePath}: exports no errorCodes object`] }
      : { problems: [], waiting: cataloguePath };
  }
  const refusals = constantsOf(tree, refusalsPath).get("opErrors");
  const known = [...keysOf(codes), ...(refusals === undefined ? [] : keysOf(refusals))];
  const tests = tree.files(/^(src|test)\/.*\.(ts|json)$/u).filter(({ path }) => isTest(path));
  const untested = known.filter((code) => !tests.some(({ text }) => text.includes(code)));
  const document = tree.text(errorsPath);
  const explained = document === null ? [] : explainedCodes(document);
  const problems = untested.map((code) => `${code}: no test mentions it`);
  if (document === null)
    return { problems: [], waiting: `${errorsPath} (${problems.length} codes without a test)` };
  return {
    problems: [
      ...problems,
      ...known
        .filter((code) => !explained.includes(code))
        .map((code) => `${code}: not in ${errorsPath}`),
      ...explained
        .filter((code) => !known.includes(code))
        .map((code) => `${errorsPath}: ${code} is no code`),
    ],
  };
}

function isTest(path: string): boolean {
  return (path.startsWith("test/") || path.endsWith(".test.ts")) && !path.startsWith("test/tidy");
}

/** A code is explained by a table row, a heading or a list item that begins with it. */
function explainedCodes(document: string): readonly string[] {
  const opening = /^(?:\| *|#+ |- \**)`([a-z][a-z0-9-]*\/[a-z][a-z0-9-]*)`/u;
  return prose(document).flatMap((line) => opening.exec(line)?.[1] ?? []);
}

/** The table of limits that people read has the names and the numbers that the code has. */
export function limitsAreDocumented(tree: Tree): Findings {
  const limits = new Map([...constantsOf(tree, limitsPath), ...constantsOf(tree, edgeLimitsPath)]);
  const table = limitsTable(tree);
  if (limits.size === 0) return { problems: [], waiting: limitsPath };
  if (table === null) return { problems: [], waiting: "docs/LIMITS.md or ARCHITECTURE.md" };
  const problems: string[] = [];
  for (const [name, value] of limits) {
    const cell = table.rows.get(name);
    if (cell === undefined) problems.push(`${name}: not in the table of limits in ${table.path}`);
    const said = numberIn(cell ?? "");
    const meant = numberIn(value.getText());
    if (said !== null && meant !== null && said !== meant) {
      problems.push(`${name}: ${meant} in ${limitsPath}, ${said} in ${table.path}`);
    }
  }
  for (const name of table.rows.keys()) {
    if (!limits.has(name)) problems.push(`${table.path}: ${name} is not in ${limitsPath}`);
  }
  return { problems };
}

/** Rows that begin with `| \`name\` | value |`: of docs/LIMITS.md, else of a section on limits. */
function limitsTable(
  tree: Tree,
): { readonly path: string; readonly rows: ReadonlyMap<string, string> } | null {
  const path = ["docs/LIMITS.md", "ARCHITECTURE.md"].find((candidate) => tree.has(candidate));
  if (path === undefined) return null;
  let isInside = path === "docs/LIMITS.md";
  const rows = new Map<string, string>();
  for (const line of prose(tree.text(path) ?? "")) {
    if (/^#+ /u.test(line) && path === "ARCHITECTURE.md") isInside = /limits/iu.test(line);
    const row = /^\| *`(\w+)` *\|([^|]*)\|/u.exec(line);
    if (isInside && row !== null) rows.set(row[1] ?? "", row[2] ?? "");
  }
  return { path, rows };
}

function numberIn(text: string): number | null {
  const digits = text.replace(/[`_, \u00a0\u202f]/gu, "");
  return /^\d+(\.\d+)?$/u.test(digits) ? Number(digits) : null;
}

/** The exported constants of a file, by name. */
function constantsOf(tree: Tree, path: string): ReadonlyMap<string, ts.Expression> {
  const found = new Map<string, ts.Expression>();
  for (const statement of tree.syntax(path).statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const isExported = statement.modifiers?.some(
      ({ kind }) => kind === ts.SyntaxKind.ExportKeyword,
    );
    if (isExported !== true) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (ts.isIdentifier(name) && initializer !== undefined) found.set(name.text, initializer);
    }
  }
  return found;
}

function keysOf(expression: ts.Expression): readonly string[] {
  if (ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression)) {
    return keysOf(expression.expression);
  }
  if (!ts.isObjectLiteralExpression(expression)) return [];
  return expression.properties.flatMap(({ name }) =>
    name !== undefined && ts.isStringLiteral(name) ? [name.text] : [],
  );
}
