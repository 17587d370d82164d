/** Malformed changes and misplaced mesh changes. */
import type { Case, Draft } from "./draft.ts";
import { founder, make, nonceHex, sent } from "./draft.ts";

/** Rule and change; `$` names stand for texts that are long or depend on the keys. */
const malformed = `
CHG-1 {}
CHG-1 "set"
CHG-1 null
CHG-1 []
CHG-1 [1]
CHG-1 [["set"]]
CHG-1 [null,"i"]
CHG-2 ["new","i"]
CHG-2 ["new","i",{},1]
CHG-2 ["set","i","title"]
CHG-2 ["set","i","title",1,2]
CHG-2 ["add","i","labels"]
CHG-2 ["add","i","labels","a","b"]
CHG-2 ["rem","i","labels","a"]
CHG-2 ["rem","i","labels","a",[],1]
CHG-2 ["inc","i","retries"]
CHG-2 ["inc","i","retries",1,1]
CHG-2 ["note","i"]
CHG-2 ["note","i","a","b"]
CHG-2 ["del"]
CHG-2 ["del","i",1]
CHG-2 ["mesh","$NONCE"]
CHG-2 ["mesh","$NONCE","n",1]
CHG-3 ["del",""]
CHG-3 ["del","$LONG"]
CHG-3 ["del","a b"]
CHG-3 ["del","a/b"]
CHG-3 ["del","é"]
CHG-3 ["del",1]
CHG-3 ["del",null]
CHG-3 ["note","a\\n","t"]
CHG-3 ["new","[",{}]
CHG-3 ["set","@","title",1]
CHG-3 ["add","\`","labels","a"]
CHG-3 ["rem","{","labels","a",[]]
CHG-3 ["inc",",","retries",1]
CHG-3 ["del",";"]
CHG-4 ["set","i",1,1]
CHG-4 ["set","i",null,1]
CHG-4 ["add","i",["labels"],"a"]
CHG-4 ["rem","i",1,"a",[]]
CHG-4 ["inc","i",{},1]
CHG-4 ["note","i",1]
CHG-4 ["note","i",null]
CHG-4 ["mesh","$NONCE",1]
CHG-5 ["new","i",[]]
CHG-5 ["new","i",null]
CHG-5 ["new","i","title"]
CHG-6 ["set","i","stage","Done"]
CHG-6 ["set","i","stage",""]
CHG-6 ["set","i","stage",1]
CHG-6 ["set","i","stage",["qa"]]
CHG-6 ["new","i",{"stage":"blocked"}]
CHG-6 ["new","i",{"title":"a","stage":false}]
CHG-6 ["set","i","stage","constructor"]
CHG-7 ["add","i","labels",1]
CHG-7 ["add","i","labels",null]
CHG-7 ["add","i","x_y",["a"]]
CHG-7 ["rem","i","labels",1,[]]
CHG-8 ["rem","i","labels","a",null]
CHG-8 ["rem","i","labels","a","ab"]
CHG-8 ["rem","i","labels","a",["ab"]]
CHG-8 ["rem","i","labels","a",["$UPPER"]]
CHG-8 ["rem","i","labels","a",["$ID",1]]
CHG-8 ["rem","i","labels","a",["$ID0"]]
CHG-9 ["inc","i","retries",1000001]
CHG-9 ["inc","i","retries",-1000001]
CHG-9 ["inc","i","retries",0.5]
CHG-9 ["inc","i","retries","1"]
CHG-9 ["inc","i","retries",null]
CHG-9 ["inc","i","x_y",1e+300]
CHG-10 ["mesh","$UPPER","n"]
CHG-10 ["mesh","ababababababababababababababababababababababababababababababab","n"]
CHG-10 ["mesh",1,"n"]
`;

const id = "ab".repeat(32);
const texts: Readonly<Record<string, string>> = {
  $NONCE: nonceHex,
  $ID: id,
  $UPPER: id.toUpperCase(),
  $LONG: "a".repeat(129),
};
const note = ["note", "i", "a"];

export function changeCases(): readonly Case[] {
  const cases = malformed
    .trim()
    .split("\n")
    .map((line): Case => {
      const at = line.indexOf(" ");
      const name = line.slice(at + 1);
      const change: unknown = JSON.parse(name.replace(/\$[A-Z]+/gu, (key) => texts[key] ?? key));
      return [line.slice(0, at), "op/change-malformed", name, { body: JSON.stringify([change]) }];
    });
  const body = JSON.stringify([["later"], note, ["del", ""]]);
  return [
    ...cases,
    ["CHG-12", "op/change-malformed", "a malformed change behind good ones", { body }],
    ...misplaced(),
  ];
}

function misplaced(): readonly Case[] {
  const mesh = ["mesh", nonceHex, "vectors"];
  const founding = make({ signer: founder, body: JSON.stringify([mesh]) });
  const drafts: readonly (readonly [string, Draft])[] = [
    ["by another than the founder", { body: JSON.stringify([mesh]) }],
    ["with another nonce", { signer: founder, body: JSON.stringify([["mesh", id, "vectors"]]) }],
    ["as the second change", { signer: founder, body: JSON.stringify([note, mesh]) }],
    ["twice", { signer: founder, body: JSON.stringify([mesh, mesh]) }],
    [
      "in the founder's second op",
      { signer: founder, prev: founding, body: JSON.stringify([mesh]) },
    ],
  ];
  return drafts.map(([name, draft]): Case => {
    const ancestors = draft.prev === founding ? [sent(founding)] : [];
    return ["CHG-11", "op/mesh-change", `a mesh change ${name}`, draft, ancestors];
  });
}
