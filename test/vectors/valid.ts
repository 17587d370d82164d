/** Edge cases that must pass. */
import type { Draft, Made, Vector } from "./draft.ts";
import { bob, founder, jsonOf, make, nonceHex, sent, signer } from "./draft.ts";

/** An op, signed unless another signature or none is given with it. */
type Entry = Made | readonly [op: Made, sig: Buffer | null];

type Case = readonly [
  rule: string,
  name: string,
  frame: readonly Entry[],
  ancestors?: readonly Made[],
];

export function validVectors(): readonly Vector[] {
  const cases = [...layout(), ...bodies(), ...log()].map(([rule, name, frame, ancestors = []]) => ({
    name,
    rule,
    id: opOf(frame.at(-1) as Entry).id,
    ancestors: ancestors.map((op) => sent(op)),
    frame: frame.map((entry) => ("id" in entry ? sent(entry) : sent(...entry))),
  }));
  const json = { rule: "OP-27", id: make().id, ancestors: [] };
  return [
    ...cases,
    { ...json, name: "in JSON", frame: [jsonOf()] },
    {
      ...json,
      name: "in JSON, with unknown members",
      frame: [jsonOf({ later: [1, { a: 2 }], id: "no" })],
    },
  ];
}

function opOf(entry: Entry): Made {
  return "id" in entry ? entry : entry[0];
}

function layout(): readonly Case[] {
  const single: readonly (readonly [string, string, Draft])[] = [
    ["OP-21", "an empty body", {}],
    ["OP-11", "time 0", { time: 0 }],
    ["OP-11", "time 2^53-1", { time: Number.MAX_SAFE_INTEGER }],
    ["OP-2", "time 127", { time: 127 }],
    ["OP-2", "time 128", { time: 128 }],
    ["OP-14", "an actor of 128 bytes", { actor: "a".repeat(128) }],
    ["OP-14", "an actor of 64 letters in 128 bytes", { actor: "é".repeat(64) }],
    ["OP-3", "an actor that begins with a byte order mark", { actor: "\ufeffalice" }],
    ["OP-3", "an actor with a NUL", { actor: "a\0b" }],
    [
      "OP-15",
      "a body of 65,536 bytes",
      { body: JSON.stringify([["note", "i", "x".repeat(65_536 - 17)]]) },
    ],
  ];
  const many = Array.from({ length: 64 }, (_, at) => make({ signer: signer(`dep ${String(at)}`) }));
  return [
    ...single.map(([rule, name, draft]): Case => [rule, name, [make(draft)]]),
    ["OP-12", "64 deps", [make({ deps: many })], many],
    [
      "OP-5",
      "nearly the longest op that the fields allow",
      [
        make({
          deps: many,
          actor: "a".repeat(128),
          time: Number.MAX_SAFE_INTEGER,
          body: JSON.stringify([["note", "i", "x".repeat(65_519)]]),
        }),
      ],
      many,
    ],
  ];
}

const item = "a".repeat(128);
const ids = ["ab".repeat(32), "00".repeat(32), "ab".repeat(32)];
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

const texts: readonly (readonly [string, string, string])[] = [
  ["OP-17", "a body exactly 32 deep", `[["set","i","x_n",${nested(30)}]]`],
  [
    "OP-17",
    "objects exactly 32 deep",
    `[["set","i","x_n",${'{"a":'.repeat(30)}1${"}".repeat(30)}]]`,
  ],
  ["OP-17", "brackets inside a string", JSON.stringify([["note", "i", '[{"'.repeat(100)]])],
  [
    "OP-19",
    "a NUL and other control characters",
    JSON.stringify([["note", "i", "\0\b\t\n\v\f\r\u001f\u007f\u2028\u2029"]]),
  ],
  [
    "OP-19",
    "numbers at their edges",
    JSON.stringify([
      ["set", "i", "x_n", [1e21, 1e-7, 5e-324, 1.7976931348623157e308, 2 ** 53, -1, 0.1]],
    ]),
  ],
  [
    "OP-19",
    "__proto__ and constructor as keys",
    '[["new","constructor",{"__proto__":{"a":1},"constructor":2,"hasOwnProperty":3}]]',
  ],
  ["OP-20", "a whole surrogate pair, as it is", '[["note","i","😀"]]'],
  ["OP-3", "a byte order mark inside a string", '[["note","i","\ufeff"]]'],
  [
    "OP-19",
    "texts that differ only by normalisation",
    JSON.stringify([
      ["add", "i", "labels", "é"],
      ["add", "i", "labels", "e\u0301"],
    ]),
  ],
];

const lists: readonly (readonly [string, string, unknown])[] = [
  ["CHG-3", "an item id of 128 characters", [["new", item, {}]]],
  ["CHG-3", "every character that an item id may have", [["new", "AZaz09._:-", {}]]],
  [
    "CHG-4",
    "an empty field, text and value",
    [
      ["set", "i", "", ""],
      ["note", "i", ""],
      ["add", "i", "", ""],
    ],
  ],
  [
    "CHG-6",
    "every stage, and null",
    [
      ..."backlog coding qa merge done archived"
        .split(" ")
        .map((stage) => ["set", "i", "stage", stage]),
      ["set", "i", "stage", null],
      ["new", "i", { stage: null }],
    ],
  ],
  ["CHG-8", "a remove that names nothing", [["rem", "i", "labels", "a", []]]],
  [
    "CHG-8",
    "a remove that names unknown ops, out of order and twice",
    [["rem", "i", "labels", "a", ids]],
  ],
  [
    "CHG-9",
    "the greatest steps",
    [
      ["inc", "i", "retries", 1_000_000],
      ["inc", "i", "retries", -1_000_000],
      ["inc", "i", "retries", 0],
    ],
  ],
  [
    "CHG-13",
    "unknown kinds",
    [
      ["later"],
      ["claim", 1, null],
      ["", {}],
      ["__proto__"],
      ["constructor", "i"],
      ["SET", "i"],
      ["set ", 1],
    ],
  ],
  [
    "CHG-14",
    "unknown fields, and known ones of another type",
    [
      ["set", "i", "labels", 1],
      ["add", "i", "title", "a"],
      ["new", "i", { retries: 3, later: 1 }],
      ["inc", "i", "title", 1],
      ["set", "i", "__proto__", 1],
      ["add", "i", "stage", "nowhere"],
      ["set", "i", "Stage", "x"],
    ],
  ],
  [
    "CHG-14",
    "registers take any value",
    [["new", "i", { title: [1], priority: "high", blocked: { by: null }, x_: false }]],
  ],
];

function bodies(): readonly Case[] {
  return [
    ...texts.map(([rule, name, body]): Case => [rule, name, [make({ body })]]),
    ...lists.map(([rule, name, body]): Case => [
      rule,
      name,
      [make({ body: JSON.stringify(body) })],
    ]),
    [
      "CHG-11",
      "the founder's mesh change, with more behind it",
      [
        make({
          signer: founder,
          body: JSON.stringify([
            ["mesh", nonceHex, ""],
            ["new", "i", {}],
          ]),
        }),
      ],
    ],
    ["CHG-11", "a founder's first op without a mesh change", [make({ signer: founder })]],
  ];
}

function log(): readonly Case[] {
  const ops: Made[] = [];
  for (let at = 0; at < 4; at += 1) ops.push(make({ prev: ops.at(-1) ?? null, time: at }));
  const [first, second, third, fourth] = ops as [Made, Made, Made, Made];
  const left = make({ prev: first, time: 7 });
  const ofBob = make({ signer: bob, deps: [second] });
  const long: Made[] = [];
  for (let at = 0; at < 256; at += 1) long.push(make({ prev: long.at(-1) ?? null, time: at }));
  const heavy: Made[] = [];
  // Four ops of 65,536 bytes are 256 KiB exactly.
  for (let at = 0; at < 4; at += 1) {
    const draft = { prev: heavy.at(-1) ?? null, time: 1 };
    const rest =
      65_536 -
      make({ ...draft, body: JSON.stringify([["note", "i", "x".repeat(65_000)]]) }).bytes.length;
    heavy.push(
      make({ ...draft, body: JSON.stringify([["note", "i", "x".repeat(65_000 + rest)]]) }),
    );
  }
  const bare = (op: Made): Entry => [op, null];
  return [
    ["LOG-6", "a run of three under one signature", [bare(first), bare(second), third]],
    ["LOG-9", "a bad signature inside a run", [[first, Buffer.alloc(64)], second]],
    ["LOG-10", "a voucher in front of what it vouches for", [second, bare(first)]],
    ["LOG-11", "a frame back to front", [fourth, third, second, first]],
    ["LOG-16", "a fork at seq 2", [first, second, left]],
    ["LOG-16", "a fork at seq 1", [first, make({ time: 9 })]],
    ["LOG-6", "an unsigned op with two branches on it", [bare(first), second, left]],
    ["LOG-4", "lamport from a dep", [ofBob], [first, second]],
    [
      "LOG-4",
      "lamport from prev and not from a smaller dep",
      [make({ prev: third, deps: [make({ signer: bob })] })],
      [first, second, third, make({ signer: bob })],
    ],
    [
      "LOG-4",
      "a dep that prev covers already: allowed, though no honest author writes it",
      [make({ signer: bob, prev: ofBob, deps: [first] })],
      [first, second, ofBob],
    ],
    ["LOG-8", "a run of 256 ops", long.map((op, at) => (at === 255 ? op : bare(op)))],
    ["LOG-8", "a run of 256 KiB", heavy.map((op, at) => (at === 3 ? op : bare(op)))],
    ["LOG-12", "an op twice", [first, first, second]],
  ];
}
