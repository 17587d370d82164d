/** Creates an item, under a given id or under one that is made of its title. */
import { randomBytes } from "node:crypto";
import type { ChangeTuple, TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { fieldType } from "../pipeline/schema.ts";
import { Given } from "./command.ts";
import type { ShownItem } from "./item-rows.ts";
import { liveItem, shownItem } from "./item-rows.ts";
import { confirmingItem } from "./wait.ts";
import { writeOp } from "./write.ts";

export interface AddParams {
  /** Null for one that is made up. */
  readonly item: string | null;
  readonly fields: readonly { readonly field: string; readonly value: Json }[];
  readonly actor: string;
}

export interface AddResult extends ShownItem {
  readonly op: string | null;
}

export const add = confirmingItem<AddParams, never, AddResult>({
  name: "add",
  read: (given) => ({
    item: given.optionalText("item"),
    actor: given.text("actor"),
    fields: given.objects("fields").map((object) => {
      const field = new Given(object);
      return { field: field.text("field"), value: field.json("value") };
    }),
  }),
  run: async ({ node }, { item, fields, actor }) => {
    const title = fields.find(({ field }) => field === "title")?.value;
    const id = item ?? freeId(node, typeof title === "string" ? title : "");
    refuseTaken(node, id);
    const registers: Record<string, Json> = {};
    const changes: ChangeTuple[] = [["new", id, registers]];
    for (const { field, value } of fields) {
      const type = fieldType(field);
      if (type === "set") changes.push(["add", id, field, value]);
      else if (type === "counter") changes.push(["inc", id, field, value]);
      else Object.defineProperty(registers, field, { value, enumerable: true, configurable: true });
    }
    const op = await writeOp(node, changes, actor);
    return { ...shownItem(liveItem(node, id)), op };
  },
});

function refuseTaken(node: TowlineNode, id: string): void {
  const state = node.itemState(id);
  if (state === "live") {
    const message = `There is an item ${id} already. Choose another --id, or change that one.`;
    throw new TowlineError("item/exists", message);
  }
  if (state === "deleted") {
    const message = `The item ${id} was deleted, and no id is used twice. Choose another --id.`;
    throw new TowlineError("item/deleted", message);
  }
}

/** No 0, 1, l or o, which people mistake for one another. */
const alphabet = "23456789abcdefghijkmnpqrstuvwxyz";
/**
 * 35 random bits: of a thousand items of one title, made offline, two agree once in 70,000 cases.
 */
const randomChars = 7;
const slugCharsMax = 14;

/** An id that says what it is about, and that no other node makes up at the same time. */
function freeId(node: TowlineNode, title: string): string {
  const slug = slugOf(title);
  for (;;) {
    let id = `${slug}-`;
    for (const byte of randomBytes(randomChars)) id += alphabet.charAt(byte % alphabet.length);
    if (node.itemState(id) === "absent") return id;
  }
}

/** The first words of the title in ASCII; accents are dropped, other scripts give no word. */
export function slugOf(title: string): string {
  const words = title
    .slice(0, 200)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^a-z0-9]+/u)
    .filter((word) => word !== "");
  let slug = words.shift()?.slice(0, slugCharsMax) ?? "item";
  for (const word of words) {
    if (slug.length + 1 + word.length > slugCharsMax) break;
    slug += `-${word}`;
  }
  return slug;
}
