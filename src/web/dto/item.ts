/** Items and claims as the contract has them. */
import { createHash } from "node:crypto";
import type { ItemView, TowlineNode } from "../../api/types.ts";
import { member } from "../../base/json.ts";
import { dependencyProblem, texts } from "../../claims/ready.ts";
import type { AuthorshipDto, ClaimDto, ItemDto } from "../../client/contract.ts";

export function authorshipDto({ author, actor, time }: AuthorshipDto): AuthorshipDto {
  return { author, actor, time };
}

/** Null when nobody ever claimed the item. */
export function claimDto(node: TowlineNode, item: string): ClaimDto | null {
  const { board } = node.work;
  const standing = board.standing(item);
  if (standing === null) return null;
  const { state, claim, epoch, holder, actor, silentMs, expiresInMs } = board.row(item);
  const isLeased = silentMs !== null && expiresInMs !== null;
  return {
    item,
    state,
    claim,
    epoch,
    holder,
    actor,
    since: standing.time,
    lastSignMs: silentMs,
    leaseLeftMs: isLeased ? board.leases.ttlOf(standing) - silentMs : null,
  };
}

export function itemDto(node: TowlineNode, view: ItemView): ItemDto {
  const { item, fields, created, updated, notes } = view;
  return {
    item,
    fields,
    created: authorshipDto(created),
    updated: authorshipDto(updated),
    notes: notes.length,
    claim: claimDto(node, item),
    waitsFor: waitsFor(node, view),
    hasConflict: node.work.board.conflict(item).length > 0,
  };
}

/** The live item as lists show it, else null. */
export function itemDtoAt(node: TowlineNode, item: string): ItemDto | null {
  const view = node.item(item);
  return view === null ? null : itemDto(node, view);
}

function waitsFor(node: TowlineNode, { fields }: ItemView): readonly string[] {
  return texts(member(fields, "depends_on")).filter(
    (id) =>
      dependencyProblem(id, {
        item: (each) => node.item(each),
        state: (each) => node.itemState(each),
      }) !== null,
  );
}

/**
 * What names a state of an item: the last op about it, by which writes are guarded, then a hash of
 * all that is shown, ages left out.
 */
export function etagOf(
  node: TowlineNode,
  whole: { readonly item: string; readonly claim: ClaimDto | null },
): string {
  const { claim } = whole;
  const still = claim === null ? null : { ...claim, lastSignMs: null, leaseLeftMs: null };
  const hash = createHash("sha256").update(JSON.stringify({ ...whole, claim: still }));
  return `"${versionOf(node, whole.item)}.${hash.digest("hex").slice(0, 16)}"`;
}

/** The part of an ETag that changes with ops about the item only. */
export function versionOf(node: TowlineNode, item: string): string {
  return node.arrivals.latestOf(item)?.slice(0, 16) ?? "0";
}
