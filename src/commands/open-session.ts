/** Lets the browser of whoever runs this machine in: a code that opens one session, once. */
import { TowlineError } from "../base/errors.ts";
import type { NodeCommand } from "./command.ts";

export interface OpenSessionParams {
  /** As whom the browser acts. */
  readonly actor: string;
}

export interface OpenSessionResult {
  /** The code stands behind `#`: browsers send it to nobody. */
  readonly url: string;
}

export const openSession: NodeCommand<OpenSessionParams, never, OpenSessionResult> = {
  name: "open-session",
  read: (given) => ({ actor: given.text("actor") }),
  run: ({ web }, { actor }) => {
    if (web !== undefined) return { url: web.sessionUrl(actor) };
    const message = "No node that serves the board runs here. Start it with `towline up`.";
    throw new TowlineError("http/no-node", message);
  },
};
