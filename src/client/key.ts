/** Keys by which a node knows a write again. */

/** Not `randomUUID`, which browsers give to pages of this machine and of https alone. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
