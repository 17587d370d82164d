/** The JSON form with members missing or mistyped. */
import type { Case } from "./draft.ts";
import { absent, alice, jsonOf, make, signature, zeros } from "./draft.ts";

const strange = "ab".repeat(32);
const sig = signature(make()).toString("hex");

const spoiled: readonly (readonly [rule: string, member: string, values: readonly unknown[]])[] = [
  [
    "OP-1",
    "author",
    [alice.node.toUpperCase(), alice.node.slice(1), `${alice.node}00`, `zz${alice.node.slice(2)}`],
  ],
  ["OP-1", "prev", [zeros.slice(1), `${zeros} `]],
  ["OP-1", "deps", [[strange.toUpperCase()], [`${strange}a`]]],
  ["OP-1", "sig", [sig.toUpperCase(), sig.slice(1), `${sig}0`, ""]],
  ["OP-28", "author", [1, null, [alice.node], {}]],
  ["OP-28", "seq", ["1", 1.5, -1, 2 ** 53, null, true, [1]]],
  ["OP-28", "prev", [0, null, [zeros]]],
  ["OP-28", "lamport", ["1", 0.5, -1, 2 ** 53, null]],
  ["OP-28", "time", ["1", 0.5, -1, 1e300, null]],
  ["OP-28", "deps", [null, {}, "", [1], [null], { length: 0 }]],
  ["OP-28", "actor", [null, 1, ["a"]]],
  ["OP-28", "body", [null, [], [["del", "i"]]]],
  ["OP-28", "sig", [1, {}, [sig], false]],
  ["OP-29", "actor", ["\ud800", "a\udfffb"]],
  ["OP-29", "body", ['[["note","i","\ud800"]]']],
];

export function jsonCases(): readonly Case[] {
  const members = ["author", "seq", "prev", "lamport", "time", "deps", "actor", "body", "sig"];
  return [
    ...members.map((name): Case => [
      "OP-28",
      "op/json-invalid",
      `no ${name}`,
      [jsonOf({ [name]: absent })],
    ]),
    ...spoiled.flatMap(([rule, name, values]) =>
      values.map((value): Case => {
        const text = JSON.stringify(value);
        const short = text.length > 40 ? `${text.slice(0, 37)}…` : text;
        return [rule, "op/json-invalid", `${name} is ${short}`, [jsonOf({ [name]: value })]];
      }),
    ),
    ["OP-28", "op/json-invalid", "an empty object", [{ json: {} }]],
    ["OP-27", "op/body-not-canonical", "a body with a space, in JSON", [jsonOf({ body: "[ ]" })]],
    ["OP-27", "op/body-size", "an empty body, in JSON", [jsonOf({ body: "" })]],
    [
      "OP-27",
      "op/actor-invalid",
      "an actor of 129 bytes, in JSON",
      [jsonOf({ actor: "é".repeat(64) + "a" })],
    ],
    ["OP-30", "op/unsigned", "sig is null and nothing follows", [jsonOf({ sig: null })]],
  ];
}
