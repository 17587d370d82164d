/** The ops in SQLite that are kept as pages: a row for a thousand of them. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Span } from "../log/spans.ts";
import type { StoredPage } from "../replica/store.ts";
import { corruptError } from "./sqlite-store-errors.ts";
import { pageSum } from "./sqlite-store-sums.ts";

export class PageRows {
  readonly #path: string;
  readonly #insert: StatementSync;
  readonly #frame: StatementSync;

  constructor(db: DatabaseSync, path: string) {
    this.#path = path;
    this.#insert = db.prepare("INSERT INTO pages VALUES (?, ?, ?, ?)");
    this.#frame = db.prepare("SELECT frame, sum FROM pages WHERE first = ?");
  }

  insert(page: StoredPage): void {
    this.#insert.run(page.first, page.count, pageSum(page), page.frame);
  }

  /** The frame of a page, checked. */
  read({ first, count }: Span): Uint8Array {
    const row = this.#frame.get(first);
    const frame = row?.["frame"];
    if (!(frame instanceof Uint8Array)) return this.refuse(first, "is missing");
    const isRight = pageSum({ first, count, frame }) === row?.["sum"];
    return isRight ? frame : this.refuse(first, "fails its checksum");
  }

  refuse(first: number, what: string): never {
    throw corruptError(this.#path, `Page ${first} of table pages ${what}: damage`);
  }
}
