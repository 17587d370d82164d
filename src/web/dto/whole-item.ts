/** One item with everything that is known of it. */
import type { ItemView, TowlineNode } from "../../api/types.ts";
import { blameWithClaims } from "../../claims/over.ts";
import type { WholeItemDto } from "../../client/contract.ts";
import { outputTail } from "../../runner/folders.ts";
import { authorshipDto, itemDto } from "./item.ts";

export function wholeItemDto(node: TowlineNode, view: ItemView): WholeItemDto {
  const { item, notes, newer } = view;
  const { document, claims } = node.work.host.state;
  return {
    ...itemDto(node, view),
    notes: notes.map((note) => ({ ...authorshipDto(note), text: note.text, op: note.op })),
    blame: blameWithClaims(document, claims, item).map((blame) => ({
      ...authorshipDto(blame),
      field: blame.field,
      value: blame.value,
      op: blame.op,
      node: node.nameOf(blame.author),
    })),
    conflict: node.work.board.conflict(item).map((side) => ({
      ...authorshipDto(side),
      stage: side.stage,
      op: side.op,
    })),
    output: node.dir === null ? null : outputTail(node.dir, item),
    newer,
  };
}
