/** What people see: safe texts, columns that line up, times, the progress bar. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TowlineError } from "../../base/errors.ts";
import { escapeJson, escapeLine, escapeText } from "./escape.ts";
import { ProgressBar } from "./progress-bar.ts";
import type { Column } from "./table.ts";
import { tableLines } from "./table.ts";
import { cutTo, padTo, textWidth, wrapTo } from "./text-width.ts";
import { ago, parseDuration, shortDuration } from "./time.ts";

describe("escaping", () => {
  test("nothing that a terminal obeys gets through, and people see what was there", () => {
    assert.equal(escapeLine("a\x1b[2Jb"), "a\\u001b[2Jb");
    assert.equal(
      escapeLine("\x07\x7f\x9b\u202e\u2066\u2028\ufeff"),
      "\\u0007\\u007f\\u009b\\u202e\\u2066\\u2028\\ufeff",
    );
    assert.equal(escapeLine("one\ntwo\tthree\r"), "one\\ntwo\\tthree\\r");
    assert.equal(escapeLine("half \ud83d of it"), "half \\ud83d of it");
    assert.equal(escapeLine("\u{e0041}"), "\\udb40\\udc41");
  });

  test("every control character is escaped", () => {
    for (let code = 0; code < 0xa0; code += 1) {
      const isControl = code < 0x20 || code >= 0x7f;
      assert.equal(escapeLine(String.fromCharCode(code)).length > 1, isControl, String(code));
    }
  });

  test("ordinary text of any script stays as it is", () => {
    for (const text of ["Würfel", "立方体", "👩‍👩‍👧", "ক্‍ষ", "עברית", "❤️"]) {
      assert.equal(escapeLine(text), text);
    }
  });

  test("several lines stay several lines", () => {
    assert.equal(escapeText("a\r\nb\tc\n\x1b]0;x\x07"), "a\nb    c\n\\u001b]0;x\\u0007");
  });

  test("JSON keeps its value", () => {
    const value = { "k\x9b": "\x1b \x7f \u202e \u{e0041} \n" };
    for (const indent of [undefined, 2]) {
      const text = escapeJson(JSON.stringify(value, null, indent));
      assert.deepEqual(JSON.parse(text), value);
      assert.match(text, /^[\x20-\x7e\n]*$/u);
    }
  });
});

describe("columns", () => {
  test("wide characters take two, marks none, emoji two", () => {
    const widths = [
      ["abc", 3],
      ["立方体", 6],
      ["e\u0301", 1],
      ["한국", 4],
      ["👩‍👩‍👧", 2],
      ["❤️", 2],
      ["ｆ", 2],
      ["", 0],
    ] as const;
    for (const [text, width] of widths) assert.equal(textWidth(text), width, text);
  });

  test("cutting never splits a character, and padding fills up", () => {
    assert.equal(cutTo("abcdef", 4), "abc…");
    assert.equal(cutTo("立方体", 4), "立…");
    assert.equal(cutTo("abc", 3), "abc");
    assert.equal(cutTo("abc", 0), "");
    assert.equal(textWidth(padTo("立", 5)), 5);
    assert.equal(padTo("7", 3, "right"), "  7");
  });

  test("a table lines up, leaves empty columns out and keeps to the width", () => {
    type Row = { readonly id: string; readonly title: string; readonly none: string };
    const columns: readonly Column<Row>[] = [
      { title: "ID", text: ({ id }) => id },
      { title: "NONE", text: ({ none }) => none },
      { title: "TITLE", text: ({ title }) => title, isFlexible: true },
      { title: "N", text: ({ title }) => String(title.length), align: "right" },
    ];
    const rows = [
      { id: "a", title: "立方体 and more than fits into it", none: "" },
      { id: "longer-id", title: "\x1b[31mred", none: "" },
    ];
    const lines = tableLines(rows, columns, { width: 40, header: (text) => text });
    assert.deepEqual(lines, [
      "ID         TITLE                       N",
      "a          立方体 and more than fit…  30",
      "longer-id  \\u001b[31mred               8",
    ]);
    for (const line of lines) assert.equal(textWidth(line), 40);
    assert.deepEqual(tableLines([], columns, { width: 40, header: (text) => text }), []);
    const whole = tableLines(rows, columns, { width: null, header: (text) => text });
    assert(whole[1]?.includes("than fits into it"));
  });

  test("a table narrower than its columns cuts the widest ones", () => {
    const columns: readonly Column<string>[] = [
      { title: "A", text: (row) => row },
      { title: "B", text: (row) => row },
    ];
    const [, line] = tableLines(["x".repeat(30)], columns, { width: 22, header: (text) => text });
    assert.equal(line, `${"x".repeat(9)}…  ${"x".repeat(9)}…`);
  });

  test("text is wrapped at spaces, lines and indents stay", () => {
    assert.deepEqual(wrapTo("one two three\n  four five six", 9), [
      ...["one two", "three", "  four", "  five", "  six"],
    ]);
    assert.deepEqual(wrapTo("unbreakable", 4), ["unbreakable"]);
  });
});

describe("times", () => {
  test("durations are read as people write them", () => {
    assert.equal(parseDuration("90s"), 90_000);
    assert.equal(parseDuration("1d12h"), 129_600_000);
    assert.equal(parseDuration("2w"), 1_209_600_000);
    assert.equal(parseDuration("never"), null);
    for (const text of ["", "24", "h", "1.5h", "-1h", "1 h", "0m", "9999999d", "1h!", "1y"]) {
      assert.throws(
        () => parseDuration(text),
        (error) => error instanceof TowlineError && error.code === "usage/invalid",
        text,
      );
    }
  });

  test("durations and ages are shown in the unit that fits", () => {
    assert.deepEqual([45_000, 180_000, 5 * 3_600_000, 12 * 86_400_000].map(shortDuration), [
      "45 s",
      "3 min",
      "5 h",
      "12 d",
    ]);
    assert.equal(ago(1_000, 5_000), "just now");
    assert.equal(ago(0, 60_000), "1 min ago");
    assert.match(ago(1e12 + 3_600_000, 1e12), /^\d{4}-\d\d-\d\d \d\d:\d\d$/u);
  });
});

describe("the progress bar", () => {
  const drawing = (
    isTerminal: boolean,
  ): { bar: ProgressBar; at: (ms: number) => void; out: string[] } => {
    let now = 0;
    const out: string[] = [];
    const write = (text: string): number => out.push(text);
    const bar = new ProgressBar("importing", { isTerminal, write, now: () => now });
    return { bar, at: (ms) => (now = ms), out };
  };

  test("shows itself only after a second, not too often, and goes without a trace", () => {
    const { bar, at, out } = drawing(true);
    bar.update(1, 100);
    at(1_000);
    bar.update(50, 100);
    bar.update(51, 100);
    at(1_100);
    bar.update(60, null);
    bar.clear();
    bar.clear();
    assert.deepEqual(out, [
      `\r\x1b[2Kimporting ${"█".repeat(12)}${"░".repeat(12)}  50% 50 of 100, 50/s`,
      "\r\x1b[2Kimporting 60, 55/s",
      "\r\x1b[2K",
    ]);
  });

  test("is for terminals", () => {
    const { bar, at, out } = drawing(false);
    at(5_000);
    bar.update(1, 2);
    bar.clear();
    assert.deepEqual(out, []);
  });
});
