// `npm run example -- NAME [args]`: runs one of examples/ from the sources of this repository.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = join(dirname(import.meta.dirname), "examples");
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const [name = "", ...args] = process.argv.slice(2);
if (names.includes(name)) {
  const path = join(folder, name, "main.ts");
  process.argv = [process.execPath, path, ...args];
  await import(pathToFileURL(path).href);
} else {
  console.error(`Say which one: npm run example -- ${names.join(" | ")}`);
  process.exitCode = 2;
}
