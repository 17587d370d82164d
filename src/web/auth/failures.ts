/** Failed attempts by remote address: after some of them, the next ones are turned away. */
import { isIPv6 } from "node:net";
import { failureAddressesMax, failuresMax, failuresMs } from "../../base/limits.ts";
import { dropOldest } from "./oldest.ts";

interface Attempts {
  count: number;
  readonly since: number;
}

export class Failures {
  readonly #now: () => number;
  /** The address that failed first at the front. */
  readonly #attempts = new Map<string, Attempts>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Seconds until this address may fail again; 0 when it may now. */
  waitFor(address: string): number {
    const attempts = this.#current(networkOf(address));
    if (attempts === null || attempts.count < failuresMax) return 0;
    return Math.ceil((attempts.since + failuresMs - this.#now()) / 1_000);
  }

  note(address: string): void {
    const network = networkOf(address);
    const attempts = this.#current(network);
    if (attempts !== null) attempts.count += 1;
    else this.#attempts.set(network, { count: 1, since: this.#now() });
    dropOldest(this.#attempts, failureAddressesMax);
  }

  #current(network: string): Attempts | null {
    const attempts = this.#attempts.get(network);
    if (attempts === undefined) return null;
    if (attempts.since + failuresMs > this.#now()) return attempts;
    this.#attempts.delete(network);
    return null;
  }
}

/** One host has a whole /64 of IPv6 addresses. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith("::ffff:")) return address;
  const groups = new URL(`http://[${address.split("%")[0] ?? ""}]`).hostname.slice(1, -1);
  const [head = "", tail] = groups.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill("0"), ...right].slice(0, 4).join(":");
}
