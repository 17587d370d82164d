/** Layout and author keys. */
import type { Case, Sent } from "./draft.ts";
import { bob, make, raw, sent } from "./draft.ts";

const first = make();
const second = make({ prev: first, body: '[["note","i","two"]]' });
const third = make({ prev: second, body: '[["note","i","three"]]' });
const ofBob = make({ signer: bob });
const chain = [sent(first), sent(second), sent(third)];
const both = [...chain, sent(ofBob)];
const strange = "ab".repeat(32);

export function layoutCases(): readonly Case[] {
  return [...layout(), ...fields(), ...texts(), ...keys()];
}

function one(bytes: Buffer): readonly Sent[] {
  return [sent(raw(bytes))];
}

function layout(): readonly Case[] {
  const { bytes } = first;
  const big = make({ body: JSON.stringify([["note", "i", "x".repeat(70_001)]]) });
  return [
    ["OP-2", "op/integer-not-shortest", "time 1 as 81 00", { time: Buffer.from("8100", "hex") }],
    ["OP-2", "op/integer-not-shortest", "seq 1 as 81 80 00", { seq: Buffer.from("818000", "hex") }],
    ["OP-2", "op/integer-not-shortest", "no deps as 80 00", { count: Buffer.from("8000", "hex") }],
    [
      "OP-2",
      "op/integer-not-shortest",
      "length of body as 82 00",
      { bodyLength: Buffer.from("8200", "hex") },
    ],
    ["OP-2", "op/integer-too-big", "time 2^53", { time: 2n ** 53n }],
    ["OP-2", "op/integer-too-big", "lamport 2^53", { lamport: 2n ** 53n }],
    ["OP-2", "op/integer-too-big", "seq 2^64-1", { seq: 2n ** 64n - 1n, prevId: strange }],
    [
      "OP-2",
      "op/integer-too-big",
      "time in eleven bytes",
      { time: Buffer.from("ff".repeat(10) + "01", "hex") },
    ],
    ["OP-5", "op/too-big", "an op of more than 70,000 bytes", [sent(big)]],
    ["OP-5", "op/truncated", "no bytes", one(Buffer.alloc(0))],
    ["OP-5", "op/truncated", "the format alone", one(bytes.subarray(0, 1))],
    ["OP-5", "op/truncated", "cut within the author", one(bytes.subarray(0, 20))],
    ["OP-5", "op/truncated", "cut before seq", one(bytes.subarray(0, 33))],
    ["OP-5", "op/truncated", "cut within prev", one(bytes.subarray(0, 40))],
    ["OP-5", "op/truncated", "cut within time", one(bytes.subarray(0, 68))],
    ["OP-5", "op/truncated", "one dep announced, none there", { count: 1 }],
    ["OP-5", "op/truncated", "the last byte of the body missing", one(bytes.subarray(0, -1))],
    ["OP-5", "op/truncated", "a body longer than what is left", { bodyLength: 3 }],
  ];
}

function fields(): readonly Case[] {
  const ids = Array.from({ length: 65 }, (_, at) => at.toString(16).padStart(64, "1"));
  return [
    ["OP-6", "op/trailing-bytes", "one byte behind the body", { tail: Buffer.from([0]) }],
    ["OP-6", "op/trailing-bytes", "a second op behind the first", { tail: first.bytes }],
    ["OP-7", "op/format-unknown", "format 0", { format: 0 }],
    ["OP-7", "op/format-unknown", "format 2", { format: 2 }],
    ["OP-8", "op/seq-invalid", "seq 0", { seq: 0 }],
    ["OP-9", "op/prev-invalid", "seq 1 with a prev", { prevId: first.id, lamport: 2 }, chain],
    ["OP-9", "op/prev-invalid", "seq 2 without a prev", { seq: 2 }],
    ["OP-10", "op/lamport-invalid", "lamport 0", { lamport: 0 }],
    ["OP-12", "op/deps-too-many", "65 deps", { depIds: ids, lamport: 2 }],
    ["OP-12", "op/deps-too-many", "2^40 deps announced", { count: 2n ** 40n }],
    ["OP-13", "op/deps-order", "one dep twice", { depIds: [ofBob.id, ofBob.id], lamport: 2 }, both],
    [
      "OP-13",
      "op/deps-order",
      "deps descending",
      { depIds: [strange, ofBob.id].sort().reverse(), lamport: 2 },
      both,
    ],
  ];
}

function texts(): readonly Case[] {
  const long = Buffer.alloc(65_537, "x");
  return [
    ["OP-14", "op/actor-invalid", "an actor of 129 bytes", { actor: "a".repeat(129) }],
    [
      "OP-14",
      "op/actor-invalid",
      "an actor of 128 letters and 129 bytes",
      { actor: `${"a".repeat(127)}é` },
    ],
    ["OP-3", "op/actor-invalid", "an actor that is not UTF-8", { actor: Buffer.from("ff", "hex") }],
    [
      "OP-3",
      "op/actor-invalid",
      "an actor with an overlong slash",
      { actor: Buffer.from("c0af", "hex") },
    ],
    [
      "OP-3",
      "op/actor-invalid",
      "an actor with half a surrogate pair",
      { actor: Buffer.from("eda080", "hex") },
    ],
    ["OP-15", "op/body-size", "an empty body", { body: "" }],
    ["OP-15", "op/body-size", "a body of one byte", { body: "1" }],
    ["OP-15", "op/body-size", "a body of 65,537 bytes", { body: long }],
    [
      "OP-16",
      "op/body-utf8",
      "a body with the byte ff",
      { body: Buffer.from("5b22ff225d", "hex") },
    ],
    [
      "OP-3",
      "op/body-utf8",
      "a body with a surrogate in three bytes",
      { body: Buffer.from("5b22eda080225d", "hex") },
    ],
    [
      "OP-3",
      "op/body-utf8",
      "a body with a code point above 10ffff",
      { body: Buffer.from("5b22f4908080225d", "hex") },
    ],
  ];
}

function keys(): readonly Case[] {
  const y = [
    ["0", "00".repeat(32)],
    ["1", `01${"00".repeat(31)}`],
    ["p-1", `ec${"ff".repeat(30)}7f`],
    ["one of order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
    ["the other of order 8", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"],
    ["p", `ed${"ff".repeat(30)}7f`],
    ["p+1", `ee${"ff".repeat(30)}7f`],
    ["p+3", `f0${"ff".repeat(30)}7f`],
    ["p+18", `ff${"ff".repeat(30)}7f`],
  ] as const;
  return y.flatMap(([name, hex]): readonly Case[] => {
    const negative = hex.slice(0, 62) + (Number.parseInt(hex.slice(62), 16) + 128).toString(16);
    // R is the neutral element and S is 0: lax libraries take it for a signature by such a key.
    const empty = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]);
    return [hex, negative].map((author, sign) => [
      "OP-22",
      "op/author-key",
      `an author with y = ${name}, sign ${String(sign)}`,
      [sent(make({ author }), empty)],
    ]);
  });
}
