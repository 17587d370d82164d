/** As whom a write acts. */
import { utf8 } from "../base/bytes.ts";
import { TowlineError } from "../base/errors.ts";
import { actorBytesMax } from "../base/limits.ts";
import type { Call } from "./web.ts";

export const actorHeader = "x-towline-actor";

/** A program may say for whom it acts; a browser acts as who logged in. Throws `http/invalid`. */
export function actorOf({
  who,
  request,
}: Pick<Call<unknown, unknown, unknown>, "who" | "request">): string {
  const given = request.headers[actorHeader];
  if (who.session !== null || given === undefined) return who.actor;
  // Header bytes are Latin-1 to Node; programs send UTF-8.
  const actor = Buffer.from(String(given), "latin1").toString("utf8");
  const isRight = actor !== "" && utf8(actor).length <= actorBytesMax && !/\p{Cc}/u.test(actor);
  if (isRight && !actor.includes("\ufffd")) return actor;
  const message = `${actorHeader} has 1 to ${actorBytesMax} bytes of UTF-8, no control characters.`;
  throw new TowlineError("http/invalid", message);
}
