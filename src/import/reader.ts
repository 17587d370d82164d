/** Reads what `towline import` is given: the only code of this folder that touches the disk. */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { textOf } from "../base/bytes.ts";
import { TowlineError } from "../base/errors.ts";
import { unknownFormat } from "./detect.ts";
import type { FolderFile } from "./folder-file.ts";
import { stageOfFolder } from "./folder-file.ts";
import { entryBytesMax, fileBytesMax, folderFilesMax } from "./limits.ts";
import { notUtf8, tooLong } from "./lines.ts";
import type { Problem } from "./plan.ts";
import { problem } from "./plan.ts";

export type ImportSource =
  | { readonly kind: "file"; readonly source: string; readonly bytes: Uint8Array }
  | { readonly kind: "folder"; readonly source: string; readonly files: readonly FolderFile[] };

/**
 * Reads the file or the folder at `path`. Throws `import/unreadable` when there is none or it
 * cannot be read, and `import/unknown-format` for a folder without stages.
 */
export function readSource(path: string): ImportSource {
  try {
    return statSync(path).isDirectory() ? readFolder(path) : readFile(path);
  } catch (cause) {
    if (cause instanceof TowlineError) throw cause;
    const message = `Cannot read ${path}: ${reasonOf(cause)}. Check the path and its permissions.`;
    throw new TowlineError("import/unreadable", message, { cause });
  }
}

function readFile(path: string): ImportSource {
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (size > fileBytesMax) {
      const message = `${path} has ${size} bytes, and at most ${fileBytesMax} are read: split it.`;
      throw new TowlineError("import/unreadable", message);
    }
    return { kind: "file", source: path, bytes: readFileSync(descriptor) };
  } finally {
    closeSync(descriptor);
  }
}

/** Sorted by name, so that two runs agree which of two files for one item came first. */
function readFolder(path: string): ImportSource {
  const folders = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && stageOfFolder(entry.name) !== null)
    .map(({ name }) => name)
    .sort();
  if (folders.length === 0) {
    const seen = `${path} is a folder without 1_backlog, 2_coding, … in it`;
    const { code, message } = unknownFormat(seen);
    throw new TowlineError(code, message);
  }
  // Symbolic links are no regular files here: they might lead out of the folder.
  const paths = folders.flatMap((folder) =>
    readdirSync(join(path, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.md$/iu.test(entry.name))
      .map(({ name }) => `${folder}/${name}`)
      .sort(),
  );
  if (paths.length > folderFilesMax) {
    const message = `${path} has ${paths.length} items, and at most ${folderFilesMax} are read.`;
    throw new TowlineError("import/unreadable", message);
  }
  const files = paths.map((name): FolderFile => ({ path: name, text: readText(join(path, name)) }));
  return { kind: "folder", source: path, files };
}

/** One file that cannot be read is one problem: the others are imported. */
function readText(path: string): Result<string, Problem> {
  try {
    const { size } = statSync(path);
    if (size > entryBytesMax) return failure(tooLong(size));
    const text = textOf(readFileSync(path));
    return text === null ? failure(notUtf8()) : success(text);
  } catch (cause) {
    return failure(problem("entry/unreadable", `it cannot be read: ${reasonOf(cause)}`));
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown reason";
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}
