/** Items are created, changed, moved, noted and deleted, by the commands of the command line. */
import { TowlineError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { add } from "../../commands/add.ts";
import type { Edit } from "../../commands/edit.ts";
import { edit } from "../../commands/edit.ts";
import { remove } from "../../commands/items.ts";
import { itemSegment } from "../../client/item-path.ts";
import type { EditDto, MoveDto, NewItemDto, NewNoteDto } from "../../client/contract.ts";
import { fieldType } from "../../pipeline/schema.ts";
import { actorOf } from "../actor.ts";
import { refuseChanged } from "../if-match.ts";
import { writtenDto } from "../dto/written.ts";
import {
  editSchema,
  moveSchema,
  newItemSchema,
  newNoteSchema,
  writtenSchema,
} from "../schemas/write.ts";
import { itemParams } from "../schemas/parts.ts";
import type { Call } from "../web.ts";
import { route, run } from "../web.ts";
import type { ItemParams } from "./items.ts";

type ItemCall<Body> = Call<ItemParams, object, Body>;

/** Of an item for which nobody names one, as on the command line. */
const firstStage = "backlog";

const base = { access: "editor", tag: "items", answers: { 200: writtenSchema } } as const;

export const itemWriteRoutes = [
  route<object, object, NewItemDto>({
    ...base,
    method: "POST",
    url: "/api/v1/items",
    summary: "Create an item",
    body: newItemSchema,
    answers: { 201: writtenSchema },
    handle: async (call) => {
      const { item = null, title, fields = {} } = call.body;
      if (Object.hasOwn(fields, "title")) {
        throw new TowlineError("http/invalid", "The title has a member of its own: leave it out.");
      }
      const all = { title, stage: firstStage, ...fields };
      const given = Object.entries(all) as [string, Json][];
      const params = { item, fields: given.flatMap(valuesOf), actor: actorOf(call) };
      const created = await run(call, add, params);
      call.reply.code(201).header("location", `/api/v1/items/${itemSegment(created.item)}`);
      return writtenDto(call.web.host.node, created.item, created.op);
    },
  }),
  route<ItemParams, object, EditDto>({
    ...base,
    method: "PATCH",
    url: "/api/v1/items/:item",
    summary: "Change fields; null clears one, and of a set the whole list is given",
    params: itemParams,
    body: editSchema,
    handle: (call) =>
      change(
        call,
        Object.entries(call.body.fields).map(([field, value]) => assign(field, value)),
      ),
  }),
  route<ItemParams, object, MoveDto>({
    ...base,
    method: "POST",
    url: "/api/v1/items/:item/move",
    summary: "Move an item to a stage, and settle a conflict about it",
    params: itemParams,
    body: moveSchema,
    handle: (call) => {
      const { stage, force = false, reason = "" } = call.body;
      return change(call, [assign("stage", stage)], force ? reason : null);
    },
  }),
  route<ItemParams, object, NewNoteDto>({
    ...base,
    method: "POST",
    url: "/api/v1/items/:item/notes",
    summary: "Append a note",
    params: itemParams,
    body: newNoteSchema,
    handle: (call) => change(call, [{ kind: "note", field: "", value: call.body.text }]),
  }),
  route<ItemParams>({
    ...base,
    method: "DELETE",
    url: "/api/v1/items/:item",
    summary: "Delete an item for good, on every node",
    params: itemParams,
    handle: async (call) => {
      const { item } = call.params;
      refuseChanged(call, item);
      const { op } = await run(call, remove, { item, actor: actorOf(call) });
      return writtenDto(call.web.host.node, item, op);
    },
  }),
];

function assign(field: string, value: Json): Edit {
  return { kind: "assign", field, value };
}

/** A set takes its values one by one. */
function valuesOf([field, value]: [string, Json]): readonly { field: string; value: Json }[] {
  const isList = fieldType(field) === "set" && Array.isArray(value);
  return isList ? value.map((each: Json) => ({ field, value: each })) : [{ field, value }];
}

async function change(
  call: ItemCall<unknown>,
  edits: readonly Edit[],
  force: string | null = null,
): Promise<unknown> {
  const { item } = call.params;
  refuseChanged(call, item);
  const { op } = await run(call, edit, { item, edits, actor: actorOf(call), force });
  return writtenDto(call.web.host.node, item, op);
}
