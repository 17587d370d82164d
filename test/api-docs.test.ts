/** docs/API.md names the metrics and the statuses that there are, and no others. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TowlineError } from "../src/base/errors.ts";
import type { ErrorCode } from "../src/base/errors.ts";
import { problemOf } from "../src/web/problems.ts";
import { webNode } from "../src/web/testing/web-node.ts";

const text = readFileSync(join(import.meta.dirname, "..", "docs", "API.md"), "utf8");

test("each metric is in the table, and the table has no other", async (t) => {
  const { stranger } = await webNode(t);
  const { body } = await stranger.get<string>("/metrics");
  const told = [...body.matchAll(/^# TYPE (towline_\w+) /gmu)].map(([, name = ""]) => name);
  const rows = text.split("\n").filter((line) => line.startsWith("| `towline_"));
  const named = rows.flatMap((row) => (row.split("|")[1] ?? "").match(/towline_\w+/gu) ?? []);
  assert.deepEqual(named.sort(), told.sort());
});

test("each code of the table of errors is answered with its status", () => {
  const section = text.split("## Errors")[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => /^\| \d{3}/u.test(line));
  assert(rows.length > 5);
  for (const row of rows) {
    const [, statuses = "", codes = ""] = row.split("|");
    const groups = statuses.split(",").length === 1 ? [codes] : codes.split(";");
    for (const [at, status] of statuses.split(",").entries()) {
      for (const code of (groups[at] ?? "").match(/[a-z]+\/[a-z-]+(?=`)/gu) ?? []) {
        const { dto } = problemOf(new TowlineError(code as ErrorCode, "x"));
        assert.equal(dto.status, Number(status), code);
      }
    }
  }
});
