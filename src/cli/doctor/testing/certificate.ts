/** A self-signed certificate for 127.0.0.1 with any dates, made without a tool. */
import { generateKeyPairSync, sign } from "node:crypto";

/** One element of DER: its tag, the length of what it holds, and that. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));

/** 1.3.101.112 */
const ed25519 = sequence(oid("2b6570"));

function nameOf(commonName: string): Buffer {
  const attribute = sequence(oid("550403"), der(0x0c, Buffer.from(commonName)));
  return sequence(der(0x31, attribute));
}

/** `20260301093000Z` */
function timeOf(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/gu, "");
  return der(0x18, Buffer.from(digits));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/gu) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** In Unix milliseconds. */
export function selfSigned(
  from: number,
  until: number,
): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const address = der(0x87, Buffer.from([127, 0, 0, 1]));
  const alternatives = sequence(oid("551d11"), der(0x04, sequence(address)));
  const name = nameOf("towline test");
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ed25519,
    name,
    sequence(timeOf(from), timeOf(until)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(alternatives)),
  );
  const signature = der(0x03, Buffer.from([0]), sign(null, content, privateKey));
  return {
    cert: pem("CERTIFICATE", sequence(content, ed25519, signature)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}
