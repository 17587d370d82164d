/** Makes the node a service of systemd, as far as writing its unit goes. */
import { realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { TowlineError } from "../../base/errors.ts";
import type { Invocation } from "../invocation.ts";
import { socketPlace } from "../local/socket-place.ts";
import { unitText } from "../service/unit.ts";
import { refuseWithoutSystemd, writeUnit } from "../service/unit-file.ts";
import { printResult } from "./print.ts";

export interface ServiceFlags {
  readonly user?: boolean;
  readonly system?: boolean;
  readonly dryRun?: boolean;
  readonly unit: string;
}

export function service(invocation: Invocation, flags: ServiceFlags): void {
  const { terminal, env } = invocation;
  if (flags.user === true && flags.system === true) {
    throw new TowlineError("usage/invalid", "Choose one of --user and --system.");
  }
  const isSystem = flags.system === true;
  const dir = realpathSync(invocation.existingFolder);
  const path = join(isSystem ? "/etc/systemd/system" : userFolder(env), unitFile(flags.unit));
  const text = unitText({
    scope: isSystem ? "system" : "user",
    program: [process.execPath, realpathSync(process.argv[1] ?? "")],
    dir,
    uid: isSystem ? statSync(dir).uid : undefined,
    socketFolder: farSocketFolder(dir),
  });
  const next = nextCommands(isSystem, flags.unit);
  if (flags.dryRun === true) {
    printResult(terminal, { path, unit: text, written: false, next }, [
      `# ${path}`,
      text.trimEnd(),
    ]);
    return;
  }
  refuseWithoutSystemd();
  const written = writeUnit(path, text);
  const done = written ? `wrote ${path}` : `${path} is there already, and as it should be`;
  printResult(terminal, { path, unit: text, written, next }, [
    done,
    "next:",
    ...next.map(indented),
  ]);
}

/** The folder above that of a socket which does not lie in the data folder. */
function farSocketFolder(dir: string): string | null {
  const { folder } = socketPlace(dir);
  return folder.startsWith(dir) ? null : dirname(folder);
}

function indented(line: string): string {
  return `  ${line}`;
}

function unitFile(name: string): string {
  if (/^[A-Za-z0-9][\w.@-]{0,63}$/u.test(name)) return `${name}.service`;
  const message = `${JSON.stringify(name)} is no name for a unit: use letters, digits, . _ @ and -.`;
  throw new TowlineError("usage/invalid", message);
}

function userFolder(env: NodeJS.ProcessEnv): string {
  const config = env["XDG_CONFIG_HOME"] ?? "";
  return join(config === "" ? join(homedir(), ".config") : config, "systemd", "user");
}

function nextCommands(isSystem: boolean, unit: string): readonly string[] {
  const control = isSystem ? "systemctl" : "systemctl --user";
  return [
    `${control} daemon-reload`,
    `${control} enable --now ${unit}`,
    // Else a user's services end with the last session.
    ...(isSystem ? [] : ["loginctl enable-linger"]),
    `${isSystem ? "journalctl" : "journalctl --user"} -u ${unit} -f`,
  ];
}
