/**
 * JSON as a tree of texts, so that it can be broken in ways that no value can: members given twice,
 * numbers that no double holds, escapes nobody needs, depth without end.
 */
import type { Prng } from "../../../src/sim/prng.ts";

export type Tree =
  | { readonly raw: string }
  | { readonly list: readonly Tree[] }
  | { readonly members: readonly (readonly [key: string, value: Tree])[] };

/** The tree of a value as JSON.stringify would write it. */
export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { list: value.map((each) => treeOf(each)) };
  if (typeof value !== "object" || value === null) return { raw: JSON.stringify(value) };
  const members = Object.entries(value).map(
    ([key, each]) => [JSON.stringify(key), treeOf(each)] as const,
  );
  return { members };
}

export function textOf(tree: Tree): string {
  if ("raw" in tree) return tree.raw;
  if ("list" in tree) return `[${tree.list.map((each) => textOf(each)).join(",")}]`;
  return `{${tree.members.map(([key, value]) => `${key}:${textOf(value)}`).join(",")}}`;
}

const numbers: readonly string[] = [
  ...["0", "-0", "1", "-1", "1.0", "1e0", "10e-1", "1e400", "-1e400", "1e-400", "0.1", "01", "1."],
  ...["9007199254740991", "9007199254740992", "9007199254740993", "18446744073709551616", "2.5"],
  ...["1000000", "1000001", "-1000000", "65", "NaN", "Infinity", "0x10", "1_000", "+1"],
];
const words: readonly string[] = [
  ...[
    "null",
    "true",
    "false",
    "[]",
    "{}",
    '""',
    '"5"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
  ],
  ...['"__proto__"', '"constructor"', '"\\u0061"', '"\\/"', '"\ud800"', '"\ufeff"', '"e\u0301"'],
  ...['"\u202e"', '{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'],
  ...['{"__proto__":null}', '[["set","a","stage","qa"]]', '"[[]]"', "undefined", "'a'", "/**/1"],
];
const keys: readonly string[] = [
  ...['"__proto__"', '"constructor"', '"prototype"', '"hasOwnProperty"', '"toString"', '""'],
  ...['"toJSON"', '"length"', '"0"', '"then"', '"type"', '"op"', '"sig"', '"seq"', '"author"'],
  ...['"\\u0074ype"', '"\ud800"', '"__defineGetter__"', '"valueOf"', '"v"', '"clock"', '"id"'],
];

function drawnRaw(prng: Prng): string {
  const kind = prng.below(10);
  if (kind < 4) return prng.pick(numbers);
  if (kind < 8) return prng.pick(words);
  if (kind === 8) return deep(prng);
  return JSON.stringify(
    prng.pick(["x", "é", "[", "\\", '"']).repeat(prng.pick([1, 64, 129, 70_000])),
  );
}

/** A bomb of brackets: just deep enough, just too deep, or far too deep. */
function deep(prng: Prng): string {
  const depth = prng.pick([29, 31, 32, 33, 100, 10_000]);
  if (prng.chance(0.5)) return "[".repeat(depth) + "]".repeat(prng.chance(0.9) ? depth : depth - 1);
  return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

/** One change somewhere in the tree. */
export function mutateTree(tree: Tree, prng: Prng): Tree {
  const isHere = "raw" in tree || prng.chance(0.25);
  if (isHere) return changed(tree, prng);
  if ("list" in tree) {
    if (tree.list.length === 0) return changed(tree, prng);
    const at = prng.below(tree.list.length);
    return { list: tree.list.map((each, index) => (index === at ? mutateTree(each, prng) : each)) };
  }
  if (tree.members.length === 0) return changed(tree, prng);
  const at = prng.below(tree.members.length);
  const members = tree.members.map(([key, value], index) => {
    return [key, index === at ? mutateTree(value, prng) : value] as const;
  });
  return { members };
}

function changed(tree: Tree, prng: Prng): Tree {
  if ("raw" in tree) return prng.chance(0.6) ? retold(tree.raw, prng) : { raw: drawnRaw(prng) };
  if (prng.chance(0.15)) return { raw: drawnRaw(prng) };
  return "list" in tree ? changedList(tree.list, prng) : changedMembers(tree.members, prng);
}

const textMax = 400_000;

function changedList(list: readonly Tree[], prng: Prng): Tree {
  const at = prng.below(list.length + 1);
  const one = list[prng.below(Math.max(1, list.length))] ?? { raw: drawnRaw(prng) };
  switch (prng.below(5)) {
    case 0:
      return { list: list.filter((_, index) => index !== at) };
    case 1:
      return { list: [...list.slice(0, at), { raw: drawnRaw(prng) }, ...list.slice(at)] };
    case 2:
      return { list: [...list.slice(0, at), one, ...list.slice(at)] };
    case 3:
      return { list: prng.shuffled(list) };
    default: {
      // What is longer than a frame or a line may be never comes to a parser.
      const times = Math.min(prng.pick([2, 65, 300]), Math.ceil(textMax / textOf(one).length));
      return { list: Array.from({ length: times }, () => one) };
    }
  }
}

type Member = readonly [key: string, value: Tree];

function changedMembers(members: readonly Member[], prng: Prng): Tree {
  const at = prng.below(members.length + 1);
  const picked = members[prng.below(Math.max(1, members.length))];
  const insert = (key: string, value: Tree): Tree => ({
    members: [...members.slice(0, at), [key, value], ...members.slice(at)],
  });
  switch (prng.below(6)) {
    case 0:
      return { members: members.filter((_, index) => index !== at) };
    case 1:
      return insert(prng.pick(keys), { raw: drawnRaw(prng) });
    case 2:
      // The same member twice, with one value or with two.
      return picked === undefined
        ? insert('"a"', { raw: "1" })
        : insert(picked[0], prng.chance(0.5) ? picked[1] : { raw: drawnRaw(prng) });
    case 3:
      return { members: prng.shuffled(members) };
    case 4:
      return { members: members.map(([, value]) => [prng.pick(keys), value] as const) };
    default:
      return { members: members.map(([key, value]) => [recased(key, prng), value] as const) };
  }
}

function recased(key: string, prng: Prng): string {
  return prng.chance(0.3) ? key.toUpperCase() : key;
}

/** The same value told otherwise, or nearly the same: what a sloppy reader takes for equal. */
function retold(raw: string, prng: Prng): Tree {
  if (!raw.startsWith('"'))
    return { raw: prng.pick([`${raw}.0`, `${raw}e0`, `-${raw}`, `"${raw}"`]) };
  const inner = raw.slice(1, -1);
  const at = prng.below(inner.length + 1);
  const spelled = `\\u${inner
    .charCodeAt(Math.min(at, inner.length - 1))
    .toString(16)
    .padStart(4, "0")}`;
  switch (prng.below(9)) {
    case 0:
      return { raw: `"${inner.toUpperCase()}"` };
    case 1:
      return { raw: `"${inner.slice(0, at)}${inner.slice(at + 1)}"` };
    case 2:
      return { raw: `"${inner}${prng.pick(["0", "00", " ", "\\n", "zz", "\u0660"])}"` };
    case 3:
      return {
        raw: `"${inner.slice(0, at)}${prng.pick(["\\ud800", "\ufeff", "Ａ", "g"])}${inner.slice(at + 1)}"`,
      };
    case 4:
      return {
        raw: inner.length === 0 ? raw : `"${inner.slice(0, at)}${spelled}${inner.slice(at + 1)}"`,
      };
    case 5:
      return { raw: `"${"0".repeat(inner.length)}"` };
    case 6:
      return { raw: `"${"f".repeat(inner.length)}"` };
    case 7:
      return { raw: `"0x${inner.slice(2)}"` };
    default:
      return { raw: `"${inner.slice(0, at)}${prng.pick(digits)}${inner.slice(at + 1)}"` };
  }
}

const digits = "0123456789abcdef".split("");
