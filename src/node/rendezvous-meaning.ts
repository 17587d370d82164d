/** Close codes in words, for logs and for `towline peers`: what happened and what to do. */

export function closeMeaning(code: number): string {
  return meanings.get(code) ?? `the connection closed with code ${code}.`;
}

const meanings: ReadonlyMap<number, string> = new Map([
  [1000, "the other side is done."],
  [1001, "the other side is shutting down."],
  [1006, "the connection broke."],
  [1009, "a frame was too big for one of the two sides; check that both are up to date (1009)."],
  [4400, "one side sent what the other could not read; check that both are up to date (4400)."],
  [
    4401,
    "not authenticated: it does not trust this node or its token, " +
      "or its key is not the one expected (4401).",
  ],
  [4403, "the key of this node has been revoked there (4403)."],
  [4408, "the handshake took too long (4408)."],
  [4409, "it belongs to another mesh, or to none (4409)."],
  [4410, "it is this node itself, or one with a copy of its key (4410)."],
  [4426, "no protocol version in common; update the older side (4426)."],
  [4429, "this node was too fast for it (4429)."],
  [4499, "the receiving side was too slow and will catch up later (4499)."],
]);
