// Writes valid-1.json, invalid-1.json, pages-3.json and paging-3.json beside itself. Keys are
// fixed, so running it again writes the same files; ops-1.json comes from the protocol's author and
// is never written.
//   node test/vectors/generate.ts
// It lays ops, pages and frames out by itself, from docs/PROTOCOL.md alone, so that it checks the
// codecs.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { beatVectors, claimVectors, drawHex } from "./claims.ts";
import { invalidVectors } from "./invalid.ts";
import { brokenPages, validPages } from "./pages.ts";
import { pagingVectors } from "./paging.ts";
import { validVectors } from "./valid.ts";
import { alice, bob, founder, meshHex, nonceHex } from "./draft.ts";

const about =
  "Apply `ancestors`, one frame; all of them are valid. Then deliver `frame`, in mesh `mesh`. " +
  "`bytes` are op bytes in hex, or a list of hex and [hex, times] parts; `sig` is hex or null; " +
  "`json` is an element of a bulk frame as it comes.";

const aboutPages =
  "Pages of version 3 in mesh `mesh`. One with `ops` holds exactly these; an op with a `code` is " +
  "refused with it, the others are not. One without `ops` is malformed as its name says.";

function write(name: string, what: string, vectors: readonly object[]): void {
  const head = { about: what, mesh: meshHex, nonce: nonceHex, founder: founder.node };
  const lines = vectors.map((vector) => `    ${JSON.stringify(vector)}`);
  const text = JSON.stringify(head, null, 2).replace(/\n\}$/u, ",\n");
  const body = `${text}  "vectors": [\n${lines.join(",\n")}\n  ]\n}\n`;
  writeFileSync(new URL(name, import.meta.url), body);
  console.log(name, vectors.length, createHash("sha256").update(body).digest("hex").slice(0, 16));
}

write(
  "valid-1.json",
  `All ops of \`frame\` are applied; the last has the id \`id\`. ${about}`,
  validVectors(),
);
write(
  "invalid-1.json",
  `No op of \`frame\` is applied, and the last is refused with \`code\`, by \`rule\` of ` +
    `PROTOCOL.md. ${about}`,
  invalidVectors(),
);
write("pages-3.json", aboutPages, [...validPages(), ...brokenPages()]);
write(
  "paging-3.json",
  "Frames of version 3. One with `means` says that; one with `why` closes with 4400 for that " +
    "reason. `entries` are a frontier with its digest and the frames of a whole statement of it.",
  pagingVectors(),
);
writeClaims();

function writeClaims(): void {
  const draws = [alice, bob].flatMap(({ node }) =>
    [1, 2, 300].map((epoch) => {
      return { author: node, epoch, item: "i", draw: drawHex(node, epoch, "i") };
    }),
  );
  const lines = (list: readonly object[]): string =>
    `[\n${list.map((each) => `    ${JSON.stringify(each)}`).join(",\n")}\n  ]`;
  const what =
    "Apply `ops`, in any order: then `standing` is what stands on the item `i`, `effects` are the ops " +
    "of the ends in force, and `stage` is what the item shows. `says` is what a beat says, or null.";
  const head = JSON.stringify({ about: what, mesh: meshHex }, null, 2).replace(/\n\}$/u, ",\n");
  const parts = `"vectors": ${lines(claimVectors())},\n  "beats": ${lines(beatVectors())}`;
  const body = `${head}  ${parts},\n  "draws": ${lines(draws)}\n}\n`;
  writeFileSync(new URL("claims-1.json", import.meta.url), body);
  console.log("claims-1.json", claimVectors().length);
}
