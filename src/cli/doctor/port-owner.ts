/** Which process listens on a port of this machine, as far as Linux tells this user. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** How /proc/net/tcp spells a socket that listens. */
const listening = "0A";

/** `process 123 (nginx)`; null when it cannot be told: another system, or another user's. */
export function portOwner(port: number): string | null {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return null;
  for (const pid of namesIn("/proc")) {
    if (!/^\d+$/u.test(pid) || !holdsSocket(pid, inodes)) continue;
    const name = textOf(`/proc/${pid}/comm`).trim();
    return `process ${pid}${name === "" ? "" : ` (${name})`}`;
  }
  return null;
}

function listeningInodes(port: number): ReadonlySet<string> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of textOf(table).split("\n").slice(1)) {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/u);
      if (local.endsWith(wanted) && state === listening) inodes.add(inode);
    }
  }
  return inodes;
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  return namesIn(`/proc/${pid}/fd`).some((name) => {
    try {
      const [, inode = ""] =
        /^socket:\[(\d+)\]$/u.exec(readlinkSync(`/proc/${pid}/fd/${name}`)) ?? [];
      return inodes.has(inode);
    } catch {
      // It was closed meanwhile.
      return false;
    }
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Another user's process, or one that has ended.
    return [];
  }
}
