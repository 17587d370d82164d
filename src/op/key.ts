/** Which 32 bytes may stand for an Ed25519 public key. [WIRE 1] */
import { isHex } from "../base/bytes.ts";
import type { NodeId } from "./op.ts";

/**
 * The y coordinates of the eight points of small order, little-endian, sign bit cleared.
 * Source: "Taming the many EdDSAs", Chalkias, Garillot, Nikolaenko 2020, table 1.
 */
const smallOrderY: ReadonlySet<string> = new Set([
  `00${"0".repeat(62)}`,
  `01${"0".repeat(62)}`,
  `ec${"f".repeat(60)}7f`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);

const smallOrderStarts: ReadonlySet<string> = new Set([...smallOrderY].map((y) => y.slice(0, 2)));

const allOnes = "f".repeat(60);

/** True when the point that `hex` encodes is of small order or y is not below 2^255-19. */
function isWeakPoint(hex: string): boolean {
  const first = hex.slice(0, 2);
  // Nearly every key leaves here.
  if (!smallOrderStarts.has(first) && first < "ed") return false;
  const last = Number.parseInt(hex.slice(62), 16) % 128;
  const y = hex.slice(0, 62) + last.toString(16).padStart(2, "0");
  return smallOrderY.has(y) || (first >= "ed" && last === 127 && y.slice(2, 62) === allOnes);
}

/** Parses a public key: 64 lower-case hex digits, canonical, not of small order; else null. */
export function parseNodeId(text: unknown): NodeId | null {
  return isHex(text, 64) && !isWeakPoint(text) ? (text as NodeId) : null;
}

/** True when `hex`, the R of a signature, is a point that verification must refuse. */
export function isWeakR(hex: string): boolean {
  return isWeakPoint(hex);
}
