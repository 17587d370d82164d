/** Who may use the HTTP API with a token: access add, list, rm. */
import type { TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import type { AccessEntry, AccessRole } from "../node/access-file.ts";
import { AccessFile } from "../node/access-file.ts";
import type { NodeCommand, NoParams } from "./command.ts";

export interface AddAccessParams {
  readonly role: string;
  readonly label: string;
}

export interface AddAccessResult extends AccessEntry {
  /** It is not kept and cannot be shown again. */
  readonly token: string;
}

export const addAccess: NodeCommand<AddAccessParams, never, AddAccessResult> = {
  name: "access-add",
  read: (given) => ({ role: given.text("role"), label: given.text("label") }),
  run: ({ node }, { role, label }) => {
    const { token, entry } = accessOf(node).add(readRole(role), label);
    return { ...entry, token };
  },
};

export const listAccess: NodeCommand<NoParams, AccessEntry, null> = {
  name: "access-list",
  read: () => ({}),
  run: async ({ node, rows }) => {
    await rows(accessOf(node).entries());
    return null;
  },
};

export const removeAccess: NodeCommand<{ readonly id: string }, never, AccessEntry> = {
  name: "access-rm",
  read: (given) => ({ id: given.text("id") }),
  run: ({ node, web }, { id }) => {
    const removed = accessOf(node).remove(id);
    // Whoever follows events with it is cut off at once.
    web?.accessChanged();
    return removed;
  },
};

function accessOf({ dir }: TowlineNode): AccessFile {
  if (dir !== null) return new AccessFile(dir);
  throw new TowlineError("usage/invalid", "This node has no folder, and so no tokens.");
}

function readRole(text: string): AccessRole {
  if (text === "viewer" || text === "editor") return text;
  throw new TowlineError("usage/invalid", "A token has the --role viewer or editor.");
}
