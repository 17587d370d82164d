/**
 * All commands that work on an open node, by name: the same in this process and over the socket.
 */
import type { NodeCommand } from "./command.ts";
import { addAccess, listAccess, removeAccess } from "./access.ts";
import { add } from "./add.ts";
import { claim, done, fail, release, retry, take } from "./claim.ts";
import { dep } from "./dep.ts";
import { dial } from "./dial.ts";
import { edit } from "./edit.ts";
import { importPath } from "./import.ts";
import { keep } from "./keep.ts";
import { list, remove, show } from "./items.ts";
import { blame, boardAt, changes, compare, history, moments } from "./history.ts";
import { giveWay, hello, invite, peers, status } from "./node.ts";
import { openSession } from "./open-session.ts";
import { digest, exportOps, log, verify } from "./ops.ts";
import { sync } from "./sync.ts";
import { undo } from "./undo.ts";
import { watch, watchPeers } from "./watch.ts";
import { blocked, claims, ready } from "./work.ts";

/** A command whose parameters only its own `read` knows. */
export type AnyCommand = NodeCommand<unknown, unknown, unknown>;

const commands: ReadonlyMap<string, AnyCommand> = new Map(
  [
    add,
    addAccess,
    blame,
    blocked,
    boardAt,
    changes,
    claim,
    claims,
    compare,
    dep,
    dial,
    digest,
    done,
    edit,
    exportOps,
    fail,
    giveWay,
    hello,
    history,
    importPath,
    invite,
    keep,
    list,
    listAccess,
    log,
    moments,
    openSession,
    peers,
    ready,
    release,
    remove,
    removeAccess,
    retry,
    show,
    status,
    sync,
    take,
    undo,
    verify,
    watch,
    watchPeers,
  ].map((command) => [command.name, command as AnyCommand]),
);

export function commandNamed(name: string): AnyCommand | null {
  return commands.get(name) ?? null;
}
