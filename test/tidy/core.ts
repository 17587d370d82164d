/** What the core must not touch: time, chance, the machine and its locale arrive in events. */
import ts from "typescript-api";
import { isCore } from "./imports.ts";
import { placeOf, visit } from "./tree.ts";
import type { Findings, Tree } from "./tree.ts";

const globals: ReadonlyMap<string, string> = new Map([
  ["Date", "time arrives in events"],
  ["performance", "time arrives in events"],
  ["setTimeout", "the driver asks deadline()"],
  ["setInterval", "the driver asks deadline()"],
  ["setImmediate", "the core runs to completion"],
  ["queueMicrotask", "the core runs to completion"],
  ["Promise", "the core runs to completion"],
  ["process", "the core does not know its machine"],
  ["console", "return an effect or a value"],
  ["Buffer", "use Uint8Array and src/base/bytes.ts"],
  ["globalThis", "name what you need and pass it in"],
  ["fetch", "the core does not know its machine"],
  ["require", "the core imports only itself"],
  ["Intl", "what the locale decides differs between nodes"],
]);

const members: ReadonlyMap<string, string> = new Map([
  ["getRandomValues", "randomness arrives in events"],
  ["randomUUID", "randomness arrives in events"],
  ["localeCompare", "what the locale decides differs between nodes; compare code units or bytes"],
  ["toLocaleLowerCase", "what the locale decides differs between nodes"],
  ["toLocaleUpperCase", "what the locale decides differs between nodes"],
  ["toLocaleString", "what the locale decides differs between nodes"],
]);

export function coreIsPure(tree: Tree): Findings {
  const problems: string[] = [];
  for (const { path } of tree.files(/^src\/.*\.ts$/u)) {
    if (!isCore(path)) continue;
    const file = tree.syntax(path);
    visit(file, (node) => {
      const problem = banned(node);
      if (problem !== null) problems.push(`${placeOf(file, node)}: ${problem}`);
    });
  }
  return { problems };
}

function banned(node: ts.Node): string | null {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return "async: the core runs to completion";
  if (ts.isAwaitExpression(node)) return "await: the core runs to completion";
  if (ts.isForOfStatement(node) && node.awaitModifier !== undefined) {
    return "for await: the core runs to completion";
  }
  if (!ts.isIdentifier(node)) return null;
  if (isMemberName(node)) return memberProblem(node);
  const why = globals.get(node.text);
  return why === undefined ? null : `${node.text}: ${why}`;
}

function memberProblem(node: ts.Identifier): string | null {
  const { parent } = node;
  if (!ts.isPropertyAccessExpression(parent)) return null;
  if (node.text === "random" && parent.expression.getText() === "Math") {
    return "Math.random: randomness arrives in events";
  }
  const why = members.get(node.text);
  return why === undefined ? null : `${node.text}: ${why}`;
}

/** True for the `b` of `a.b`, `{ b: 1 }`, `b(): void` and the like, which is no global. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isGetAccessor(parent)) &&
    parent.name === node
  );
}
