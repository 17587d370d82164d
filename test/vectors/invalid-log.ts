/** What is wrong only against an op's ancestors, its signature or its run. */
import type { Case, Draft, Made, Sent } from "./draft.ts";
import { alice, bob, make, sent, signature, signer } from "./draft.ts";

const first = make();
const second = make({ prev: first, body: '[["note","i","two"]]' });
const third = make({ prev: second, body: '[["note","i","three"]]' });
const ofBob = make({ signer: bob });
const chain = [sent(first), sent(second), sent(third)];
const both = [...chain, sent(ofBob)];
const strange = "ab".repeat(32);

export function logCases(): readonly Case[] {
  return [...ancestry(), ...signatures()];
}

function ancestry(): readonly Case[] {
  const lamports: readonly Draft[] = [
    { lamport: 2 },
    { prev: third, lamport: 3 },
    { prev: third, lamport: 5 },
    { prev: third, lamport: 2n ** 53n - 1n },
    { prev: first, deps: [ofBob], lamport: 3 },
    { signer: bob, prev: ofBob, deps: [third], lamport: 2 },
  ];
  const bad = make({ prev: third, lamport: 9 });
  const after = make({ prev: bad });
  const naming = make({ signer: bob, prev: ofBob, deps: [bad] });
  const malformed = make({ prev: third, body: '[["del"]]' });
  return [
    [
      "LOG-2",
      "op/prev-mismatch",
      "prev is an op of another author",
      { signer: bob, prev: first },
      both,
    ],
    ["LOG-2", "op/prev-mismatch", "a seq too far", { prev: third, seq: 5 }, both],
    ["LOG-2", "op/prev-mismatch", "a seq too near", { prev: third, seq: 3 }, both],
    ["LOG-3", "op/dep-own", "prev as a dep, too", { prev: third, deps: [third] }, both],
    [
      "LOG-3",
      "op/dep-own",
      "an earlier own op as a dep",
      { prev: third, deps: [first, ofBob] },
      both,
    ],
    ...lamports.map((draft): Case => [
      "LOG-4",
      "op/lamport-mismatch",
      `lamport ${String(draft.lamport)} is not the next`,
      draft,
      both,
    ]),
    ["LOG-5", "op/ancestor-refused", "prev is invalid", [sent(bad), sent(after)], both],
    ["LOG-5", "op/ancestor-refused", "a dep is invalid", [sent(bad), sent(naming)], both],
    [
      "LOG-14",
      "op/ancestor-refused",
      "the invalid prev comes later",
      [sent(after), sent(bad), sent(make({ prev: after }))],
      both,
    ],
    [
      "LOG-5",
      "op/ancestor-refused",
      "prev does not decode",
      [sent(malformed), sent(make({ prev: malformed }))],
      both,
    ],
  ];
}

function runOf(length: number, bodyBytes = 0): readonly Made[] {
  const ops: Made[] = [];
  for (let at = 0; at < length; at += 1) {
    const body = JSON.stringify([["note", "i", "x".repeat(bodyBytes)]]);
    ops.push(make({ prev: ops.at(-1) ?? null, time: at, body: bodyBytes === 0 ? "[]" : body }));
  }
  return ops;
}

/** The order of the base point. */
const order = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The same signature with L added to S: the equation still holds. */
function malleated(sig: Buffer): Buffer {
  const s = BigInt(`0x${Buffer.from(sig.subarray(32)).reverse().toString("hex")}`) + order;
  const bytes = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
  return Buffer.concat([sig.subarray(0, 32), bytes]);
}

function wrongSignatures(): readonly (readonly [name: string, sig: Buffer])[] {
  const good = signature(first);
  return [
    ["zeros", Buffer.alloc(64)],
    ["of another op", signature(second)],
    ["by another key", signature({ ...first, signer: signer("mallory") })],
    ["with S + L", malleated(good)],
    ["with the halves swapped", Buffer.concat([good.subarray(32), good.subarray(0, 32)])],
    ["over the bare id", Buffer.from(alice.sign(Buffer.from(first.id, "hex")))],
    ["over the op's bytes", Buffer.from(alice.sign(first.bytes))],
    [
      "without the zero byte of the tag",
      Buffer.from(
        alice.sign(Buffer.concat([Buffer.from("towline/op-sig/1"), Buffer.from(first.id, "hex")])),
      ),
    ],
    ["with R of order 1", Buffer.concat([Buffer.from([1]), Buffer.alloc(31), good.subarray(32)])],
    [
      "with R of order 2",
      Buffer.concat([Buffer.from(`ec${"ff".repeat(30)}7f`, "hex"), good.subarray(32)]),
    ],
    [
      "with y of R not below p",
      Buffer.concat([Buffer.from(`ed${"ff".repeat(30)}7f`, "hex"), good.subarray(32)]),
    ],
  ];
}

function signatures(): readonly Case[] {
  const run = (ops: readonly Made[]): readonly Sent[] =>
    ops.map((op, at) => sent(op, at === ops.length - 1 ? signature(op) : null));
  return [
    ...wrongSignatures().map(([name, sig]): Case => [
      "LOG-9",
      "op/signature-invalid",
      `a signature ${name}`,
      [sent(first, sig)],
    ]),
    [
      "OP-24",
      "op/signature-invalid",
      "a signature of the op as it would be in another mesh",
      [sent(first, signature({ ...first, id: strange }))],
    ],
    ["LOG-10", "op/unsigned", "no signature", [sent(first, null)]],
    [
      "LOG-10",
      "op/unsigned",
      "no signature behind signed ops",
      [sent(make({ prev: third }), null)],
      both,
    ],
    [
      "LOG-9",
      "op/signature-invalid",
      "the op that should vouch has a bad signature",
      [sent(first, null), sent(second, Buffer.alloc(64))],
    ],
    ["LOG-8", "op/run-too-long", "a run of 257 ops", run(runOf(257))],
    ["LOG-8", "op/run-too-long", "a run of 5 ops and more than 256 KiB", run(runOf(5, 60_000))],
    [
      "LOG-7",
      "op/lamport-mismatch",
      "an unsigned op before an invalid one",
      [sent(first, null), sent(make({ prev: first, lamport: 7 }))],
    ],
  ];
}
