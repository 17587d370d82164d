/** What the bundler leaves in dist/board/ obeys the policy of the page, and is built once only. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { buildBoard } from "../../scripts/board.ts";

const folder = join(import.meta.dirname, "..", "..", "dist", "board");

function builtFiles(pattern: string): readonly { readonly path: string; readonly text: string }[] {
  const paths = globSync(pattern, { cwd: folder });
  assert.ok(paths.length > 0, `no ${pattern} was built`);
  return paths.map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));
}

before(async () => {
  await buildBoard();
});

test("what has not changed is not built again", async () => {
  assert.equal(await buildBoard(), false);
});

test("the page has no inline script or style, and loads nothing from elsewhere", () => {
  for (const { text } of builtFiles("index.html")) {
    const scripts = [...text.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/gu)];
    assert.ok(scripts.length >= 2);
    for (const [, attributes = "", body = ""] of scripts) {
      assert.match(attributes, / src="\//u);
      assert.equal(body.trim(), "");
    }
    assert.doesNotMatch(text, /<style|\sstyle=|\son\w+=/u);
    assert.doesNotMatch(text, /(?:src|href)="(?!\/)/u);
  }
});

test("styles load no font and no picture from elsewhere, scripts make no code of texts", () => {
  for (const { path, text } of builtFiles("assets/*.css")) {
    assert.doesNotMatch(text, /@import|@font-face|url\((?!["']?data:)/u, path);
  }
  for (const { path, text } of builtFiles("assets/*.js")) {
    assert.doesNotMatch(text, /\beval\(|new Function\(|sourceMappingURL/u, path);
  }
});

test("what may be kept for ever has a hash in its name, and no map of its source is shipped", () => {
  for (const { path } of builtFiles("assets/*")) assert.match(path, /-[\w-]{8}\.(?:js|css)$/u);
  assert.deepEqual(globSync("**/*.map", { cwd: folder }), []);
});
