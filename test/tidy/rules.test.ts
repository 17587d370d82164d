/** Each tidy rule accepts a good sample and refuses a bad one: what cannot fail checks nothing. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import * as agreement from "./agreement.ts";
import * as core from "./core.ts";
import * as docs from "./docs.ts";
import * as hosts from "./hosts.ts";
import * as imports from "./imports.ts";
import * as shape from "./shape.ts";
import { sampleTree } from "./tree.ts";
import type { Rule } from "./tree.ts";

type Sample = Readonly<Record<string, string>>;

function accepts(rule: Rule, sample: Sample): void {
  assert.deepEqual(rule(sampleTree(sample)), { problems: [] });
}

/** The rule finds exactly the given problems, each by a part of its text. */
function refuses(rule: Rule, sample: Sample, ...expected: readonly string[]): void {
  const { problems } = rule(sampleTree(sample));
  assert.equal(problems.length, expected.length, problems.join("\n"));
  for (const part of expected) {
    assert.ok(
      problems.some((problem) => problem.includes(part)),
      `no problem says ${part}:\n${problems.join("\n")}`,
    );
  }
}

function waits(rule: Rule, sample: Sample): void {
  const { problems, waiting } = rule(sampleTree(sample));
  assert.deepEqual(problems, []);
  assert.ok(waiting !== undefined);
}

describe("tidy rules: imports", () => {
  const base = { "src/base/a.ts": "export const a = 1;" };

  test("a higher layer may import a lower one, a lower one never a higher one", () => {
    accepts(imports.layersPointOneWay, {
      ...base,
      "src/log/b.ts": 'import { a } from "../base/a.ts";',
      "src/cli/c.ts": 'import { b } from "../log/b.ts"; import { x } from "commander";',
    });
    refuses(
      imports.layersPointOneWay,
      { "src/base/a.ts": 'import type { B } from "../log/b.ts";', "src/log/b.ts": "" },
      "src/base/a.ts:1: base must not import log",
    );
  });

  test("dynamic, type and re-exporting imports count", () => {
    refuses(
      imports.layersPointOneWay,
      {
        "src/cli/c.ts": "",
        "src/op/a.ts": 'const c = import("../cli/c.ts");',
        "src/op/b.ts": 'type C = import("../cli/c.ts").C;',
        "src/op/d.ts": 'export * from "../cli/c.ts";',
      },
      "src/op/a.ts:1",
      "src/op/b.ts:1",
      "src/op/d.ts:1",
    );
  });

  test("the core imports no package, code no tests, and src nothing outside src", () => {
    refuses(
      imports.layersPointOneWay,
      {
        "src/op/a.ts": 'import { createHash } from "node:crypto";',
        "src/op/b.ts": 'import { ws } from "ws";',
        "src/op/c.ts": 'import { sample } from "./a.test.ts";',
        "src/op/d.ts": 'import { tree } from "../../test/tidy/tree.ts";',
      },
      "the core imports node:crypto",
      "the core imports ws",
      "which only tests may",
      "not published",
    );
    accepts(imports.layersPointOneWay, {
      "src/op/a.test.ts": 'import { hash } from "node:crypto"; import { c } from "../cli/c.ts";',
    });
  });

  test("the page imports the client, the hooks and packages, but nothing of Node", () => {
    accepts(imports.pageUsesClientOnly, {
      "web/a.tsx": 'import "react"; import "./a.css"; import { b } from "../src/client/b.ts";',
      "web/a.test.ts": 'import { test } from "node:test"; import { c } from "../test/c.ts";',
    });
    refuses(
      imports.pageUsesClientOnly,
      { "web/a.tsx": 'import "node:fs"; import { c } from "../src/base/c.ts";' },
      "a browser has no node:fs",
      "web must not import src/base/c.ts",
    );
    refuses(
      imports.layersPointOneWay,
      { "src/client/a.ts": 'import "node:http";' },
      "a browser has no node:http",
    );
  });

  test("a folder outside the table is refused", () => {
    refuses(imports.layersPointOneWay, { "src/misc/a.ts": "" }, "src/misc/a.ts");
    refuses(imports.layersPointOneWay, { "src/main.ts": "" }, "src/main.ts");
  });

  test("imports that go round are found, whatever their length", () => {
    accepts(imports.importsHaveNoCycles, {
      "src/op/a.ts": 'import "./b.ts"; import "./c.ts";',
      "src/op/b.ts": 'import "./c.ts";',
      "src/op/c.ts": "",
    });
    refuses(
      imports.importsHaveNoCycles,
      {
        "src/op/a.ts": 'import "./b.ts";',
        "src/op/b.ts": 'import "./c.ts";',
        "src/op/c.ts": 'import type { A } from "./a.ts";',
      },
      "src/op/a.ts → src/op/b.ts → src/op/c.ts → src/op/a.ts",
    );
  });
});

describe("tidy rules: the core", () => {
  const impure: readonly string[] = [
    "const now = Date.now();",
    "const now = new Date();",
    "const now = performance.now();",
    "const chance = Math.random();",
    "const id = host.randomUUID();",
    "setTimeout(step, 1);",
    "setInterval(step, 1);",
    "setImmediate(step);",
    "queueMicrotask(step);",
    "const home = process.env.HOME;",
    "console.log(1);",
    "export async function step(): void {}",
    "const value = await step();",
    "for await (const x of y) step(x);",
    "let later: Promise<void>;",
    "const bytes = Buffer.alloc(1);",
    "const clock = globalThis.Date;",
    "names.sort((one, other) => one.localeCompare(other));",
  ];
  for (const line of impure) {
    test(`the core refuses: ${line}`, () => {
      refuses(core.coreIsPure, { "src/log/a.ts": `\n${line}` }, "src/log/a.ts:2");
    });
  }

  test("tests, edges, comments, strings and members of other things are free", () => {
    accepts(core.coreIsPure, {
      "src/log/a.test.ts": "setTimeout(() => console.log(Date.now()), 1);",
      "src/node/a.ts": "const now = Date.now();",
      "src/op/a.ts": '// process.exit\nconst says = "await console"; job.process(); x.random();',
      "src/op/b.ts": "interface Job { process(): void; readonly performance: number }",
    });
  });
});

describe("tidy rules: shape", () => {
  test("a file of 350 lines and a line of 100 characters are the most", () => {
    const most = `${"x".repeat(100)}\n`.repeat(350);
    accepts(shape.filesAreSmall, { "src/op/a.ts": most });
    refuses(shape.filesAreSmall, { "src/op/a.ts": `${most}x\n` }, "351 lines");
    refuses(shape.filesAreSmall, { "src/op/a.ts": "x".repeat(101) }, "src/op/a.ts:1");
    accepts(shape.filesAreSmall, { "src/op/a.ts": `test("${"x".repeat(98)}");` });
    refuses(
      shape.filesAreSmall,
      { "src/op/a.ts": `${"y".repeat(99)}"${"x".repeat(98)}"` },
      "a.ts:1",
    );
  });

  test("a file begins with a comment, after #! at most", () => {
    accepts(shape.filesSayWhatTheyAreFor, { "src/op/a.ts": "#!/bin/x\n// The ops.\n" });
    refuses(shape.filesSayWhatTheyAreFor, { "src/op/a.ts": "const a = 1;" }, "src/op/a.ts");
  });

  test("enum, default export and `as any` are refused", () => {
    accepts(shape.syntaxIsPlain, { "src/op/a.ts": "switch (x) { default: f(x as unknown) }" });
    refuses(shape.syntaxIsPlain, { "src/op/a.ts": "enum A { B }" }, "enum");
    refuses(shape.syntaxIsPlain, { "src/op/a.ts": "export default 1;" }, "default");
    refuses(shape.syntaxIsPlain, { "src/op/a.ts": "export default function f() {}" }, "default");
    refuses(shape.syntaxIsPlain, { "src/op/a.ts": "export { a as default };" }, "default");
    refuses(shape.syntaxIsPlain, { "src/op/a.ts": "f(x as any);" }, "as any");
  });

  test("what is left for later names its issue, what is switched off its reason", () => {
    const [todo, off] = ["TO" + "DO", "oxlint-" + "disable-next-line no-var"];
    accepts(shape.promisesNameTheirIssue, {
      "src/op/a.ts": `// ${todo}(#12): more\n// ${off} -- the sample needs it\n`,
    });
    refuses(shape.promisesNameTheirIssue, { "docs/A.md": `${todo}: write` }, "docs/A.md:1");
    refuses(shape.promisesNameTheirIssue, { "src/op/a.ts": `// ${off}\n` }, "src/op/a.ts:1");
  });

  test("skipped tests and test files that never run are refused", () => {
    accepts(shape.testsAreNotSkipped, { "test/a.test.ts": 'test("a", () => t.skip("no root"));' });
    refuses(shape.testsAreNotSkipped, { "test/a.test.ts": "test.only(f)" }, "test.only");
    refuses(shape.testsAreNotSkipped, { "src/op/a.test.ts": "describe.skip(f)" }, "describe.skip");
    accepts(shape.testsAreRun, { "src/op/a.test.ts": "" });
    refuses(shape.testsAreRun, { "bench/a.test.ts": "", "test/b.spec.ts": "" }, "bench", "spec");
  });
});

describe("tidy rules: documents", () => {
  test("one title, whatever stands in code", () => {
    accepts(docs.markdownHasOneTitle, { "README.md": "# One\n```\n# comment\n```\n## Two\n" });
    refuses(docs.markdownHasOneTitle, { "README.md": "# One\n# Two\n" }, "2 lines");
    refuses(docs.markdownHasOneTitle, { "README.md": "text\n" }, "0 lines");
  });

  test("links, paths and scripts must exist", () => {
    const good = {
      "package.json": '{"scripts":{"demo":"x"}}',
      "src/op/a.ts": "",
      "docs/A.md": "[up](../README.md) [code](../src/op/a.ts) `src/op/`",
      "README.md": "[a](docs/A.md#x) [web](https://x.y/z) `src/*/a.ts` `npm run demo` `test/…`",
    };
    accepts(docs.linksLeadSomewhere, good);
    accepts(docs.namedPathsExist, good);
    accepts(docs.namedScriptsExist, good);
    refuses(docs.linksLeadSomewhere, { "README.md": "[a](docs/A.md)" }, "docs/A.md");
    refuses(docs.namedPathsExist, { "README.md": "`src/a.ts`, `test/*.ts`" }, "src/a", "test/*");
    refuses(docs.namedScriptsExist, { "README.md": "npm run fly" }, "npm run fly");
  });
});

describe("tidy rules: agreement", () => {
  const rule = agreement.protocolRulesAreTested;
  const protocol = "- **[OP-1]** An op has a header.\n";

  test("rules and tests name each other", () => {
    waits(rule, {});
    const good = { "docs/PROTOCOL.md": protocol, "src/op/a.test.ts": 'test("[OP-1] has", f);' };
    accepts(rule, good);
    refuses(rule, { ...good, "src/op/a.test.ts": 'test("has", f);' }, "[OP-1]: no test");
    refuses(rule, { ...good, "docs/PROTOCOL.md": protocol.repeat(2) }, "twice");
    refuses(rule, { ...good, "src/op/b.ts": "// [OP-9] gone\n" }, "[OP-9] is no rule");
    refuses(rule, { ...good, "src/op/b.test.ts": "test(`[LOG-2] ${x}`, f);" }, "[LOG-2]", "LOG-2");
    refuses(rule, { "docs/PROTOCOL.md": "# No rules\n" }, "no line begins");
  });

  test("error codes are explained and provoked", () => {
    const codes = agreement.errorCodesAreExplained;
    const source = 'export const errorCodes = { "op/bad": { exit: 1 } } as const;';
    const good = {
      "src/base/errors.ts": source,
      "docs/ERRORS.md": "| code | means |\n|---|---|\n| `op/bad` | see `src/op` |\n",
      "test/a.test.ts": 'assert.equal(code, "op/bad")',
    };
    waits(codes, {});
    waits(codes, { "src/base/errors.ts": source });
    accepts(codes, good);
    refuses(codes, { ...good, "test/a.test.ts": "" }, "op/bad: no test");
    refuses(codes, { ...good, "docs/ERRORS.md": "" }, "op/bad: not in");
    refuses(
      codes,
      { ...good, "docs/ERRORS.md": "### `op/bad`\n### `op/old`" },
      "op/old is no code",
    );
    refuses(codes, { "src/base/errors.ts": "" }, "no errorCodes");
  });

  test("limits have the same names and numbers everywhere", () => {
    const limits = agreement.limitsAreDocumented;
    const source = { "src/base/limits.ts": "export const frameOpsMax = 1_024;" };
    const edge = { "src/base/edge-limits.ts": "export const jobsMax = 3;" };
    const table = (row: string): string => `# L\n\n| limit | value |\n|---|---|\n${row}\n`;
    waits(limits, {});
    waits(limits, source);
    accepts(limits, { ...source, "docs/LIMITS.md": table("| `frameOpsMax` | 1,024 |") });
    const elsewhere = "| `other` | 1 |\n## Limits\n| `frameOpsMax` | many |";
    accepts(limits, { ...source, "ARCHITECTURE.md": table(elsewhere) });
    const both = table("| `frameOpsMax` | 1,024 |\n| `jobsMax` | 3 |");
    accepts(limits, { ...source, ...edge, "docs/LIMITS.md": both });
    refuses(limits, { ...source, ...edge, "ARCHITECTURE.md": table(elsewhere) }, "jobsMax: not in");
    const wrong = table("| `frameOpsMax` | 1,000 |");
    refuses(limits, { ...source, "docs/LIMITS.md": wrong }, "1024 in");
    const strange = table("| `frameOpsMax` | |\n| `gone` | 1 |");
    refuses(limits, { ...source, "docs/LIMITS.md": strange }, "gone is not");
    refuses(limits, { ...source, "ARCHITECTURE.md": "# No table\n" }, "frameOpsMax: not in");
  });
});

describe("tidy rules: hosts", () => {
  test("no registry and no resolved address is named", () => {
    accepts(hosts.noRegistryIsNamed, { "README.md": "npm install" });
    refuses(hosts.noRegistryIsNamed, { "a.json": "https://registry.npm" + "js.org" }, "a.json");
    accepts(hosts.lockFileNamesNoHost, { "package-lock.json": '{"packages":{}}' });
    refuses(hosts.lockFileNamesNoHost, { "package-lock.json": '{\n"resolved": "x"' }, ":2");
    refuses(hosts.lockFileNamesNoHost, {}, "missing");
    const other = { "package-lock.json": "{}", "bench/peers/package-lock.json": '"resolved": "x"' };
    refuses(hosts.lockFileNamesNoHost, other, "bench/peers/package-lock.json:1");
  });
});
