/** Loaded before a worker: puts one broken variant in the place of a file of the core. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { mutants } from "./mutants.ts";
import { tightVariants } from "./mutants-3.ts";
import { mutated } from "./variant.ts";

const name = process.env["TOWLINE_MUTANT"] ?? "";
const mutant = [...mutants, ...tightVariants].find((each) => each.name === name);
if (mutant === undefined) throw new Error(`there is no variant ${JSON.stringify(name)}`);
const patches = mutant.patches;

registerHooks({
  load: (url, context, nextLoad) => {
    const patch = patches.filter(({ file }) => url.endsWith(`/${file}`));
    if (patch.length === 0) return nextLoad(url, context);
    const text = readFileSync(fileURLToPath(url), "utf8");
    const source = patch.reduce(mutated, text);
    return { format: "module-typescript", shortCircuit: true, source };
  },
});
