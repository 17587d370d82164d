/**
 * Where in the log of this node somebody is, as text: the node, how many ops had come, and the last
 * of them, so that the position of another folder or of a restored backup is not taken for one.
 */
import type { TowlineNode } from "../../api/types.ts";

const shape = /^([0-9a-f]{16})\.(\d{1,15})\.([0-9a-f]{16}|0)$/u;

export function positionAt(node: TowlineNode, index: number): string {
  return `${node.id.slice(0, 16)}.${index}.${opBefore(node, index)}`;
}

/** How many ops had come; null for a position that is not known here. */
export function indexOf(node: TowlineNode, position: string): number | null {
  const [, of, count = "", op] = shape.exec(position) ?? [];
  const index = Number(count);
  if (of !== node.id.slice(0, 16) || index > node.arrivals.durable) return null;
  return op === opBefore(node, index) ? index : null;
}

function opBefore(node: TowlineNode, index: number): string {
  return node.arrivals.idAt(index - 1)?.slice(0, 16) ?? "0";
}
