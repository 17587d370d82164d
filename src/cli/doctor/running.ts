/** What the node that runs on the folder says of itself. */
import type { StatusResult } from "../../commands/node.ts";
import { packageVersion } from "../../node/version.ts";
import { shortDuration } from "../ui/time.ts";
import type { Finding } from "./finding.ts";
import { ok, warn } from "./finding.ts";

export function checkRunning(status: StatusResult | null): readonly Finding[] {
  if (status === null) return [ok("running", 'no node runs here; "towline up" starts it')];
  const { version, pid, upMs, sync, attention, loop } = status;
  const found: Finding[] = [];
  if (version === packageVersion()) {
    const text = `version ${version}, process ${String(pid)}, up ${shortDuration(upMs)}; ${sync.text}`;
    found.push(ok("running", text));
  } else {
    const text = `the node that runs is of version ${version}, this command of ${packageVersion()}`;
    found.push(warn("running", { found: text, fix: "stop the node, and start it anew" }));
  }
  for (const { code, text } of attention) {
    // The way to a rendezvous is looked at step by step, and the database and disk by themselves.
    if (code === "rendezvous" || code === "disk-low" || code.startsWith("store/")) continue;
    found.push(warn("running", { found: text, fix: '"towline status" says more' }));
  }
  if (loop !== null && loop.stalls > 0) {
    const text = `the node stood still ${loop.stalls} times, for ${shortDuration(loop.longestMs)} at most`;
    found.push(warn("running", { found: text, fix: "the machine slept, or has too much to do" }));
  }
  return found;
}
