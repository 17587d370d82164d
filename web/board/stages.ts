/** The columns of the board: their names, and which of them are folded. */
import type { StageName } from "../../src/client/item.ts";

export const stageNames: Readonly<Record<StageName, string>> = {
  backlog: "Backlog",
  coding: "Coding",
  qa: "QA",
  merge: "Merge",
  done: "Done",
  archived: "Archived",
};

const key = "towline.folded";

/** As it was left in this browser; else what is put away is folded away. */
export function foldedStages(): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '["archived"]');
    return new Set(Array.isArray(kept) ? kept.map(String) : []);
  } catch {
    return new Set(["archived"]);
  }
}

export function keepFolded(stages: ReadonlySet<string>): void {
  try {
    localStorage.setItem(key, JSON.stringify([...stages]));
  } catch {
    // Storage is switched off: it holds until the page is closed.
  }
}
