/** The schemas of the node's status. */
import { flag, list, number, object, orNull, text, whole } from "./parts.ts";

const problem = object({ code: text, message: text });
const flow = (name: string): ReturnType<typeof object> => object({ [name]: whole, total: whole });

export const peerSchema = object({
  node: orNull(text),
  name: orNull(text),
  url: orNull(text),
  direction: orNull({ enum: ["in", "out"] }),
  state: text,
  version: orNull(whole),
  trusted: flag,
  inSync: orNull(flag),
  lag: orNull(object({ missingThere: whole, missingHere: whole, isExact: flag })),
  lastStatementMs: orNull(number),
  behindMs: orNull(number),
  progress: orNull(flow("received")),
  sending: orNull(flow("sent")),
  queued: whole,
  queuedBytes: whole,
  receivedBytes: orNull(whole),
  sentBytes: orNull(whole),
  failures: whole,
  lastError: orNull(text),
  retryInMs: orNull(number),
});

const claimStates = ["free", "tentative", "confirmed", "lost", "expired", "done"];

export const statusSchema = object({
  node: text,
  mesh: text,
  name: text,
  version: text,
  upMs: whole,
  ops: whole,
  items: whole,
  dbBytes: orNull(whole),
  pending: object({ ops: whole, bytes: whole, oldestMs: orNull(number) }),
  rejected: whole,
  rejections: list(
    object({
      id: orNull(text),
      author: orNull(text),
      code: text,
      text,
      from: orNull(text),
      at: number,
    }),
  ),
  forks: list(object({ author: text, seq: whole, ops: list(text), isOwn: flag })),
  sync: object({ peers: whole, inSync: whole, behind: whole, unknown: whole, text }),
  peers: list(peerSchema),
  present: list(
    object({ node: text, name: orNull(text), lastSignMs: number, worksOn: list(text) }),
  ),
  claims: object(Object.fromEntries(claimStates.map((state) => [state, whole])), claimStates),
  attention: list(object({ code: text, text })),
  problem: orNull(problem),
});
