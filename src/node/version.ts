/** The version of this package, as its manifest has it. */
import { readFileSync } from "node:fs";

let read: string | null = null;

export function packageVersion(): string {
  const path = new URL("../../package.json", import.meta.url);
  read ??= (JSON.parse(readFileSync(path, "utf8")) as { readonly version: string }).version;
  return read;
}
