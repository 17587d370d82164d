/** A data folder from within: its lock, its key and its store, opened together or not at all. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FolderLock } from "../adapters/folder-lock.ts";
import { lockFolder } from "../adapters/folder-lock.ts";
import { createDataFolder } from "../adapters/folder-lock-files.ts";
import { createKeyFile, openKeyFile } from "../adapters/key-file.ts";
import { createSqliteStore, openSqliteStore } from "../adapters/sqlite-store.ts";
import { TowlineError } from "../base/errors.ts";
import type { Signer } from "../op/crypto.ts";
import type { MeshId } from "../op/op.ts";
import { parseMeshId } from "../op/op.ts";
import { meshFact } from "../replica/store.ts";
import type { Store } from "../replica/store.ts";

/** The facts that make a folder a node of a mesh. */
export { meshFact };
export const nameFact = "name";
/** Whose folder it is: the key file has no room for a checksum, and any 32 bytes are some key. */
export const nodeFact = "node";

export interface OpenFolder {
  readonly dir: string;
  readonly signer: Signer;
  readonly store: Store;
  /** Null until the folder has founded, joined or restored one. */
  readonly mesh: MeshId | null;
  /** Frees the lock and closes the store. */
  close(): void;
}

const keyFile = (dir: string): string => join(dir, "key");
const storeFile = (dir: string): string => join(dir, "towline.db");

/**
 * Opens a folder that exists. Throws `folder/not-initialized`, `folder/in-use`, `key/…`, `store/…`.
 */
export function openFolder(dir: string): OpenFolder {
  if (!existsSync(keyFile(dir)) && !existsSync(storeFile(dir))) {
    const message = `There is no Towline node in ${dir}. Run "towline init" or "towline join" first.`;
    throw new TowlineError("folder/not-initialized", message);
  }
  return withLock(dir, () => ({
    signer: openKeyFile(keyFile(dir)),
    store: openSqliteStore(storeFile(dir)),
  }));
}

/** Opens a folder, and makes what a fresh one lacks. A lost key or database is never replaced. */
export function createOrOpenFolder(dir: string): OpenFolder {
  createDataFolder(dir);
  return withLock(dir, () => {
    const [hasKey, hasStore] = [existsSync(keyFile(dir)), existsSync(storeFile(dir))];
    // The key comes first, so a crash between the two leaves a key without a store: go on there.
    const signer = hasKey || hasStore ? openKeyFile(keyFile(dir)) : createKeyFile(keyFile(dir));
    const path = storeFile(dir);
    return { signer, store: hasStore ? openSqliteStore(path) : createSqliteStore(path) };
  });
}

function withLock(dir: string, open: () => Pick<OpenFolder, "signer" | "store">): OpenFolder {
  const lock: FolderLock = lockFolder(dir);
  try {
    const { signer, store } = open();
    checkIsOurs(keyFile(dir), signer, store);
    const mesh = parseMeshId(store.facts().get(meshFact));
    const close = (): void => {
      store.close();
      lock.release();
    };
    return { dir, signer, store, mesh, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** With another key than before, the node would be another one and nobody would be told. */
function checkIsOurs(path: string, signer: Signer, store: Store): void {
  const node = store.facts().get(nodeFact);
  if (node === undefined || node === signer.node) return;
  store.close();
  throw new TowlineError(
    "key/invalid",
    `The key file ${path} is not that of this node, ${node}: it is damaged or was exchanged. ` +
      "Restore the file from a backup; without it join again, in a new folder.",
  );
}
