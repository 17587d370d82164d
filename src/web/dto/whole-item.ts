/** One item with everything that is known of it. */
import type { ItemView, TowlineNode } from "../../api/types.ts";
import { blameWithClaims } from "../../claims/over.ts";
import type { WholeItemDto } from "../../client/contract.ts";
import { outputTail } from "../../runner/folders.ts";
import { notesPageMax } from "../../base/limits.ts";
import { authorshipDto, itemDto } from "./item.ts";
import { notePageDto } from "./notes.ts";

export function wholeItemDto(node: TowlineNode, view: ItemView): WholeItemDto {
  const { item, newer } = view;
  const { notes, next } = notePageDto(view, { cursor: null, limit: notesPageMax });
  const { document, claims } = node.work.host.state;
  return {
    ...itemDto(node, view),
    notes,
    noteCount: view.notes.length,
    olderNotes: next,
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
