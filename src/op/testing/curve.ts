/**
 * Edwards25519 by the book, slow, for tests: to make the keys and signatures that no library makes.
 * Never for secrets.
 */
import { createHash } from "node:crypto";
import { fromHex, toHex } from "../../base/bytes.ts";

const p = 2n ** 255n - 19n;
/** The order of the base point. */
export const order = 2n ** 252n + 27742317777372353535851937790883648493n;

export type Point = readonly [x: bigint, y: bigint];

export const neutral: Point = [0n, 1n];

function mod(value: bigint, modulus = p): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

const d = mod(-121665n * power(121666n, p - 2n));

export function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const product = mod(d * x1 * x2 * y1 * y2);
  const x = mod((x1 * y2 + x2 * y1) * power(1n + product, p - 2n));
  const y = mod((y1 * y2 + x1 * x2) * power(1n - product, p - 2n));
  return [x, y];
}

export function times(scalar: bigint, point: Point): Point {
  let result = neutral;
  let double = point;
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = add(result, double);
    double = add(double, double);
  }
  return result;
}

/** 32 bytes, little-endian, as hex. */
export function scalarHex(value: bigint): string {
  const bytes = fromHex(value.toString(16).padStart(64, "0"));
  return toHex((bytes ?? new Uint8Array()).reverse());
}

export function fromScalarHex(hex: string): bigint {
  return BigInt(`0x${toHex((fromHex(hex) ?? new Uint8Array()).reverse())}`);
}

export function pointHex([x, y]: Point): string {
  return scalarHex(y + (x % 2n) * 2n ** 255n);
}

/** The point with this y and an even x. */
export function pointOf(y: bigint): Point {
  const square = mod((y * y - 1n) * power(d * y * y + 1n, p - 2n));
  let x = power(square, (p + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * power(2n, (p - 1n) / 4n));
  return [x % 2n === 0n ? x : p - x, y];
}

export const base = pointOf(mod(4n * power(5n, p - 2n)));

/** A point of order 8. */
export const torsion = pointOf(
  fromScalarHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
);

/** The hash that binds R, the key and the message. [RFC 8032, 5.1.7] */
export function challenge(r: string, key: string, message: Uint8Array): bigint {
  const hash = createHash("sha512").update(r, "hex").update(key, "hex").update(message);
  const hex = hash.digest("hex");
  const low = fromScalarHex(hex.slice(0, 64));
  return mod(low + fromScalarHex(hex.slice(64)) * 2n ** 256n, order);
}
