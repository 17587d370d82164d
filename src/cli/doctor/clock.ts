/** This machine's clock beside that of a rendezvous, as its HTTP answers tell it. */
import { shortDuration } from "../ui/time.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, warn } from "./finding.ts";
import type { PlainAnswer } from "./http-probe.ts";

/** Whole seconds and the way there make a few of them meaningless. */
const warnMs = 10_000;
/** Invites seem expired, and histories out of order. */
const failMs = 300_000;

/** Null when the other side names no time. It may be a proxy's, on another machine. */
export function checkClock(about: string, { date, here }: PlainAnswer): Finding | null {
  if (date === null) return null;
  const ahead = here - date;
  const size = Math.abs(ahead);
  if (size < warnMs) return ok("clock", "within 10 s of the other side's", about);
  const which = ahead > 0 ? "ahead of" : "behind";
  const found = `the clock of this machine is ${shortDuration(size)} ${which} that of the other side`;
  const fix = "let the network set both clocks: timedatectl set-ntp true";
  return size >= failMs
    ? fail("clock", { found, fix, about })
    : warn("clock", { found, fix, about });
}
