/** Bodies that are not what JSON.stringify writes for an array. */
import type { Case } from "./draft.ts";

const canonical: readonly (readonly [string, string])[] = [
  ["a space", '[ ["note","i","a"]]'],
  ["a line break at the end", "[]\n"],
  ["a key twice", '[["new","i",{"a":1,"a":2}]]'],
  ["a key twice, the same value", '[["new","i",{"a":1,"a":1}]]'],
  ["__proto__ twice", '[["new","i",{"__proto__":1,"__proto__":2}]]'],
  ["integer keys out of order", '[["new","i",{"2":1,"1":2}]]'],
  ["an integer key behind another", '[["new","i",{"a":1,"1":2}]]'],
  ["-0", '[["set","i","x_n",-0]]'],
  ["1.0", '[["set","i","x_n",1.0]]'],
  ["1e400", '[["set","i","x_n",1e400]]'],
  ["1e3", '[["set","i","x_n",1e3]]'],
  ["2^53+1", '[["set","i","x_n",9007199254740993]]'],
  ["0.1 with a digit too many", '[["set","i","x_n",0.10]]'],
  ["an escaped letter", '[["note","i","\\u0041"]]'],
  ["an escaped slash", '[["note","i","\\/"]]'],
  ["a control character escaped the long way", '[["note","i","\\u000a"]]'],
  ["upper-case hex in an escape", '[["note","i","\\u001F"]]'],
  ["an escaped surrogate pair", '[["note","i","\\ud83d\\ude00"]]'],
];

export function bodyCases(): readonly Case[] {
  const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  return [
    ["OP-17", "op/body-depth", "a body 33 deep", { body: nested(33) }],
    ["OP-17", "op/body-depth", "a body 32,768 deep", { body: nested(32_768) }],
    [
      "OP-17",
      "op/body-depth",
      "objects 33 deep",
      { body: `[["set","i","x_n",${'{"a":'.repeat(31)}1${"}".repeat(31)}]]` },
    ],
    ["OP-18", "op/body-json", "no JSON", { body: "no" }],
    ["OP-18", "op/body-json", "an array that does not end", { body: "[[]" }],
    ["OP-18", "op/body-json", "a comma too many", { body: "[[],]" }],
    ["OP-18", "op/body-json", "NaN", { body: '[["set","i","x_n",NaN]]' }],
    ["OP-18", "op/body-json", "a number with a leading zero", { body: '[["set","i","x_n",01]]' }],
    ["OP-18", "op/body-json", "a byte order mark before the array", { body: "\ufeff[]" }],
    ["OP-18", "op/body-json", "a line break inside a string", { body: '[["note","i","\n"]]' }],
    ...canonical.map(([name, body]): Case => ["OP-19", "op/body-not-canonical", name, { body }]),
    ["OP-20", "op/body-surrogate", "a lone high surrogate", { body: '[["note","i","\\ud800"]]' }],
    ["OP-20", "op/body-surrogate", "a lone low surrogate", { body: '[["note","i","\\udc00a"]]' }],
    [
      "OP-20",
      "op/body-surrogate",
      "a lone surrogate in a key",
      { body: '[["new","i",{"\\ud800":1}]]' },
    ],
    [
      "OP-20",
      "op/body-surrogate",
      "a lone surrogate in a change of unknown kind",
      { body: '[["later",["\\udfff"]]]' },
    ],
    ["OP-21", "op/body-not-array", "an object", { body: "{}" }],
    ["OP-21", "op/body-not-array", "a string", { body: '"[]"' }],
    ["OP-21", "op/body-not-array", "a number", { body: "12" }],
    ["OP-21", "op/body-not-array", "null", { body: "null" }],
  ];
}
