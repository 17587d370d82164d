/** Loaded before a run: puts one broken variant in the place of a file. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { mutated } from "../variant.ts";
import { claimMutants } from "./mutants.ts";

const name = process.env["TOWLINE_MUTANT"] ?? "";
const mutant = claimMutants.find((each) => each.name === name);
if (mutant === undefined) throw new Error(`there is no broken variant ${JSON.stringify(name)}`);
const { patches } = mutant;

registerHooks({
  load: (url, context, nextLoad) => {
    const patch = patches.filter(({ file }) => url.endsWith(`/${file}`));
    if (patch.length === 0) return nextLoad(url, context);
    const text = readFileSync(fileURLToPath(url), "utf8");
    const source = patch.reduce(mutated, text);
    return { format: "module-typescript", shortCircuit: true, source };
  },
});
