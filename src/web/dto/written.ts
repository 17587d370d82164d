/** What every write answers. */
import type { TowlineNode } from "../../api/types.ts";
import type { WrittenDto } from "../../client/contract.ts";
import { itemDtoAt } from "./item.ts";

export function writtenDto(node: TowlineNode, item: string, op: string | null): WrittenDto {
  return { item, op, now: itemDtoAt(node, item) };
}
