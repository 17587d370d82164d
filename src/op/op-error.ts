/** Every way in which an op can break the rules, one stable code for each rule. */

/** Why an op is refused. `code` names the rule of docs/PROTOCOL.md that it breaks. */
export interface OpError {
  readonly code: OpErrorCode;
  readonly message: string;
}

export const opErrors = {
  "op/too-big": "the op is longer than 70,000 bytes",
  "op/truncated": "the op ends before its last field",
  "op/trailing-bytes": "bytes follow the body",
  "op/format-unknown": "the format byte is not 1",
  "op/integer-not-shortest": "an integer is not in its shortest form",
  "op/integer-too-big": "an integer is greater than 2^53-1",
  "op/author-key": "the author's key is of small order or not canonically encoded",
  "op/seq-invalid": "seq is 0",
  "op/prev-invalid": "prev is zero exactly when seq is 1",
  "op/lamport-invalid": "lamport is 0",
  "op/deps-too-many": "more than 64 deps",
  "op/deps-order": "deps are not strictly ascending",
  "op/actor-invalid": "actor is longer than 128 bytes or not UTF-8",
  "op/body-size": "the body is shorter than 2 or longer than 65,536 bytes",
  "op/body-utf8": "the body is not UTF-8",
  "op/body-depth": "the body nests deeper than 32",
  "op/body-json": "the body is not JSON",
  "op/body-not-canonical": "JSON.stringify(JSON.parse(body)) differs from body",
  "op/body-surrogate": "a string in the body holds a lone surrogate",
  "op/body-not-array": "the body is no array",
  "op/change-malformed": "a change of a known kind is malformed",
  "op/mesh-change": "a mesh change that is not the founder's first, or yields another mesh",
  "op/json-invalid": "a member of the JSON form is missing or mistyped",
  "op/prev-mismatch": "prev is not the op of the same author with seq one less",
  "op/dep-own": "a dep is an op of the same author",
  "op/lamport-mismatch": "lamport is not one more than the greatest of prev and deps",
  "op/signature-invalid": "the signature does not verify and no later op vouches for the op",
  "op/unsigned": "the op has no signature and no later op of its chain here vouches for it",
  "op/run-too-long": "one signature would vouch for more than 256 ops or 256 KiB",
  "op/ancestor-refused": "an op that it names was refused",
} as const satisfies Record<string, string>;

export type OpErrorCode = keyof typeof opErrors;

export function opError(code: OpErrorCode): OpError {
  return { code, message: opErrors[code] };
}
