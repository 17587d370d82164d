/** The store in SQLite keeps the contract of every store. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../replica/store.ts";
import type { SqliteStoreOptions } from "./sqlite-store.ts";
import { createSqliteStore, openSqliteStore } from "./sqlite-store.ts";
import { pageContract } from "./testing/page-contract.ts";
import type { MakePlace } from "./testing/store-contract.ts";
import { storeContract } from "./testing/store-contract.ts";

const place: MakePlace = (context) => {
  const folder = mkdtempSync(join(tmpdir(), "towline-store-"));
  const path = join(folder, "towline.db");
  const opened: Store[] = [];
  context.after(() => {
    for (const store of opened) store.close();
    rmSync(folder, { recursive: true });
  });
  const open = (options: SqliteStoreOptions): Store => {
    const store = (existsSync(path) ? openSqliteStore : createSqliteStore)(path, options);
    opened.push(store);
    return store;
  };
  return { open: () => open({}), openSmall: () => open({ pagesMax: 64 }) };
};

storeContract("SQLite", place);
pageContract("SQLite", place);
