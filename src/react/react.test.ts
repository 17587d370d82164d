/** The hooks as a server renders them, and the example of docs/REACT.md, run as it stands. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createElement } from "react";
import type { FunctionComponent, ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import ts from "typescript-api";
import { FakeNode, json } from "../client/testing/fake-node.ts";
import type { Writes } from "./hooks.ts";
import { useItem, useItems, usePeers, useSyncStatus, useWrites } from "./hooks.ts";
import { TowlineProvider } from "./provider.ts";

const root = join(import.meta.dirname, "..", "..");

function rendered(read: () => ReactNode): string {
  const { client } = new FakeNode();
  const Reader: FunctionComponent = () => read();
  return renderToStaticMarkup(createElement(TowlineProvider, { client }, createElement(Reader)));
}

test("before anything is loaded, hooks give nothing, and say so", () => {
  const text = rendered(() => {
    const { phase, asOf, unsent } = useSyncStatus();
    const counts = [useItems({ stage: "qa" }), usePeers(), unsent].map(({ length }) => length);
    return JSON.stringify([phase, asOf, useItem("a"), ...counts]).replaceAll('"', "");
  });
  assert.equal(text, "[loading,null,null,0,0,0]");
});

test("what useWrites gives works by itself, taken apart", async () => {
  const node = new FakeNode();
  const answer = { item: "a", op: "o", now: null };
  node.onWrite = () => json(answer);
  const taken: Writes[] = [];
  const Reader: FunctionComponent = () => {
    taken.push(useWrites());
    return null;
  };
  const reader = createElement(Reader);
  renderToStaticMarkup(createElement(TowlineProvider, { client: node.client }, reader));
  const [writes] = taken;
  assert.ok(writes !== undefined);
  const { create, edit, move, note, remove, work } = writes;
  const calls = [
    create({ title: "A" }),
    edit("a", { title: "B" }),
    move("a", { stage: "qa" }),
    note("a", "C"),
    work("claim", "a"),
    remove("a"),
  ];
  assert.deepEqual(await Promise.all(calls), Array(6).fill(answer));
  assert.deepEqual(node.asked.map(({ method, path }) => `${method} ${path}`).sort(), [
    "DELETE /items/a",
    "PATCH /items/a",
    "POST /items",
    "POST /items/a/claim",
    "POST /items/a/move",
    "POST /items/a/notes",
  ]);
});

test("hooks without a provider say what is missing", () => {
  const Lost: FunctionComponent = () => useItems().length;
  assert.throws(() => renderToStaticMarkup(createElement(Lost)), /TowlineProvider/u);
});

test("the page of docs/REACT.md runs", async (t) => {
  const text = readFileSync(join(root, "docs/REACT.md"), "utf8");
  const [, example = ""] = /```tsx\n(.*?)```/su.exec(text) ?? [];
  const folder = join(root, "node_modules", ".cache", `react-example-${String(process.pid)}`);
  mkdirSync(folder, { recursive: true });
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { outputText } = ts.transpileModule(example, {
    compilerOptions: {
      jsx: ts.JsxEmit.ReactJSX,
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2024,
    },
  });
  const code = outputText.replaceAll(/"towline\/(client|react)"/gu, (_, name: string) =>
    JSON.stringify(join(root, "src", name, "index.ts")),
  );
  const path = join(folder, "page.mjs");
  writeFileSync(path, code);
  const { Page } = (await import(path)) as { readonly Page: FunctionComponent };
  assert.match(renderToStaticMarkup(createElement(Page)), /Loading/u);
});
