/** The code base is still what its documents and its style say; test/tidy holds the rules. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import * as agreement from "./tidy/agreement.ts";
import * as core from "./tidy/core.ts";
import * as docs from "./tidy/docs.ts";
import * as hosts from "./tidy/hosts.ts";
import * as imports from "./tidy/imports.ts";
import * as shape from "./tidy/shape.ts";
import { readTree } from "./tidy/tree.ts";
import type { Rule } from "./tidy/tree.ts";

const tree = readTree(join(import.meta.dirname, ".."));

const rules: readonly (readonly [name: string, rule: Rule])[] = [
  ["layers point one way", imports.layersPointOneWay],
  ["no imports go round", imports.importsHaveNoCycles],
  ["the page uses the client only", imports.pageUsesClientOnly],
  ["the core touches neither time, chance nor machine", core.coreIsPure],
  ["files and lines are small", shape.filesAreSmall],
  ["each file begins with what it is for", shape.filesSayWhatTheyAreFor],
  ["no enum, no default export, no `as any`", shape.syntaxIsPlain],
  ["what is left for later names its issue", shape.promisesNameTheirIssue],
  ["no test is skipped for good", shape.testsAreNotSkipped],
  ["every test file is run", shape.testsAreRun],
  ["each Markdown file has one title", docs.markdownHasOneTitle],
  ["links in documents lead somewhere", docs.linksLeadSomewhere],
  ["paths that documents name exist", docs.namedPathsExist],
  ["scripts that documents name exist", docs.namedScriptsExist],
  ["each rule of the protocol is tested", agreement.protocolRulesAreTested],
  ["each error code is explained and tested", agreement.errorCodesAreExplained],
  ["the table of limits is the code's", agreement.limitsAreDocumented],
  ["no package registry is named", hosts.noRegistryIsNamed],
  ["the lock file names no host", hosts.lockFileNamesNoHost],
];

for (const [name, rule] of rules) {
  test(`tidy: ${name}`, (t) => {
    const { problems, waiting } = rule(tree);
    if (waiting !== undefined) t.diagnostic(`not checked: waiting for ${waiting}`);
    if (problems.length > 0) assert.fail(`${problems.length} found\n${problems.join("\n")}`);
  });
}

test("tidy: types, lint and format passed before the tests", () => {
  assert.equal(process.env["TOWLINE_CHECKS_FAILED"] ?? "", "", "their output is above the tests");
});
