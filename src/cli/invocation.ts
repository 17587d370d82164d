/** One run of the command line: where it works, as whom, and what it writes to. */
import { userInfo } from "node:os";
import { join } from "node:path";
import { TowlineError } from "../base/errors.ts";
import { utf8 } from "../base/bytes.ts";
import { actorBytesMax } from "../base/limits.ts";
import { dataFolderName, findDataFolder, holdsNode, newDataFolder } from "../node/data-folder.ts";
import type { FolderRequest } from "../node/data-folder.ts";
import type { WaitParams } from "../commands/wait.ts";
import { parseTarget } from "../commands/wait-target.ts";
import { Terminal } from "./ui/terminal.ts";
import { parseDuration } from "./ui/time.ts";

/** How long a command waits for others. */
export const defaultWait = "10s";

/** The options that every command takes, and those of every command that writes. */
export interface GlobalOptions {
  readonly dir?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** False for `--no-color`. */
  readonly color?: boolean;
  readonly debug?: boolean;
  readonly actor?: string;
  /** Of commands that write: who has to have it on disk before they return. */
  readonly wait?: string;
  readonly waitTimeout?: string;
}

export class Invocation {
  readonly options: GlobalOptions;
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;

  constructor(options: GlobalOptions) {
    this.options = options;
    this.env = process.env;
    this.cwd = process.cwd();
    this.terminal = new Terminal({
      isJson: options.json === true,
      isQuiet: options.quiet === true,
      wantsColor: options.color !== false,
    });
  }

  get #request(): FolderRequest {
    return { flag: this.options.dir, variable: this.env["TOWLINE_DIR"], cwd: this.cwd };
  }

  /** The data folder that is meant, whether or not there is a node in it; null when none is. */
  get folder(): string | null {
    return findDataFolder(this.#request);
  }

  /** The data folder for a new node. */
  get newFolder(): string {
    return newDataFolder(this.#request);
  }

  /** The data folder. Throws `folder/not-initialized`. */
  get existingFolder(): string {
    const dir = this.folder;
    if (dir !== null) return holdsNode(dir) ? dir : refuseWithout(dir);
    throw new TowlineError(
      "folder/not-initialized",
      'There is no .towline folder here or above. Run "towline init" or "towline join" first, ' +
        "or name one with --dir.",
    );
  }

  /** Whom to wait for, and how long; null without `--wait`. Throws `usage/invalid`. */
  get wait(): WaitParams | null {
    const { wait, waitTimeout } = this.options;
    if (wait !== undefined) {
      parseTarget(wait);
      return { for: wait, timeoutMs: parseDuration(waitTimeout ?? defaultWait) };
    }
    if (waitTimeout === undefined) return null;
    throw new TowlineError("usage/invalid", "--wait-timeout needs --wait, which says for whom.");
  }

  /** Who acts by `--actor` or `TOWLINE_ACTOR`; null when neither says. */
  get namedActor(): string | null {
    return this.options.actor ?? this.env["TOWLINE_ACTOR"] ?? null;
  }

  /** Who acts: the one that is named, or the user of this machine. */
  get actor(): string {
    const actor = this.namedActor ?? userName();
    if (actor.isWellFormed() && utf8(actor).length <= actorBytesMax) return actor;
    const message = `The actor is longer than ${actorBytesMax} bytes or no Unicode. Shorten it.`;
    throw new TowlineError("usage/invalid", message);
  }
}

/** The folder of the project is an easy mistake for the data folder in it. */
function refuseWithout(dir: string): never {
  const inner = join(dir, dataFolderName);
  const way = holdsNode(inner)
    ? `There is one in ${inner}: name that with --dir.`
    : 'Run "towline init" or "towline join" first.';
  throw new TowlineError("folder/not-initialized", `There is no Towline node in ${dir}. ${way}`);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have no entry.
    return process.env["USER"] ?? "";
  }
}
