/** Where a node keeps its data: which folder is meant, and what the files in it are called. */
import { statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The name of a data folder that is looked for upwards, as `.git` is. */
export const dataFolderName = ".towline";

/** What lies in a data folder. The key is a secret, and so is nothing else. */
export const dataFiles = {
  key: "key",
  store: "towline.db",
  config: "towline.toml",
  access: "access.json",
  webhooks: "webhooks.db",
  ignore: ".gitignore",
} as const;

export interface FolderRequest {
  /** What `--dir` says. */
  readonly flag: string | undefined;
  /** What `TOWLINE_DIR` says. */
  readonly variable: string | undefined;
  readonly cwd: string;
}

/** The data folder that is meant, absolute; null when none is named and none lies here or above. */
export function findDataFolder(request: FolderRequest): string | null {
  const named = namedFolder(request);
  if (named !== null) return named;
  for (let at = resolve(request.cwd); ; at = dirname(at)) {
    const candidate = join(at, dataFolderName);
    if (isFolder(candidate)) return candidate;
    if (dirname(at) === at) return null;
  }
}

/** The data folder to make: the named one, else one right here, whatever lies above. */
export function newDataFolder(request: FolderRequest): string {
  return namedFolder(request) ?? join(resolve(request.cwd), dataFolderName);
}

function namedFolder({ flag, variable, cwd }: FolderRequest): string | null {
  const named = flag ?? (variable === "" ? undefined : variable);
  return named === undefined ? null : resolve(cwd, named);
}

/** True when the folder holds a node: a key or a database. */
export function holdsNode(dir: string): boolean {
  return exists(join(dir, dataFiles.key)) || exists(join(dir, dataFiles.store));
}

/**
 * Keeps the folder, with the key in it, out of the version control of the project around it. What
 * the user has put there stays.
 */
export function ignoreDataFolder(dir: string): void {
  try {
    writeFileSync(join(dir, dataFiles.ignore), "*\n", { flag: "wx" });
  } catch {
    // It is there already; or nothing can be written, which the store reports better.
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
