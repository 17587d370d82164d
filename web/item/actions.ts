/** What may be done about an item as it stands: which buttons its panel has. */
import type { ItemDto } from "../../src/client/contract.ts";
import type { WorkAction } from "../../src/client/client.ts";
import type { IconName } from "../ui/icon.tsx";
import { isFlagSet } from "./fields.ts";

/** How the action is done: by a command about the work, or by writing fields. */
export type ActionId =
  | Exclude<WorkAction, "undo">
  | "block"
  | "unblock"
  | "freeze"
  | "unfreeze"
  | "remove";

export interface Action {
  readonly id: ActionId;
  readonly label: string;
  readonly icon: IconName;
  /** What a dialog asks for first. */
  readonly asks: "nothing" | "reason" | "reason, if any" | "confirmation";
  /** Stands as a button beside the claim; the others are in the menu. */
  readonly isMain: boolean;
}

const all: Readonly<Record<ActionId, Omit<Action, "id">>> = {
  claim: { label: "Claim", icon: "person", asks: "nothing", isMain: true },
  done: { label: "Done", icon: "check", asks: "nothing", isMain: true },
  release: { label: "Release", icon: "undo", asks: "nothing", isMain: true },
  fail: { label: "Fail…", icon: "close", asks: "reason", isMain: true },
  steal: { label: "Steal…", icon: "person", asks: "reason", isMain: true },
  retry: { label: "Retry", icon: "retry", asks: "nothing", isMain: true },
  block: { label: "Block…", icon: "blocked", asks: "reason, if any", isMain: false },
  unblock: { label: "Unblock", icon: "check", asks: "nothing", isMain: false },
  freeze: { label: "Freeze", icon: "frozen", asks: "nothing", isMain: false },
  unfreeze: { label: "Unfreeze", icon: "frozen", asks: "nothing", isMain: false },
  remove: { label: "Delete…", icon: "trash", asks: "confirmation", isMain: false },
};

/** `self` is this node: what it holds it may end, what others hold it may only take from them. */
export function actionsFor(
  { claim, fields }: Pick<ItemDto, "claim" | "fields">,
  self: string,
): readonly Action[] {
  const isHeld = claim !== null && ["tentative", "confirmed", "expired"].includes(claim.state);
  const isOurs = isHeld && claim.holder === self;
  const isFree = !isHeld || (claim.state === "expired" && !isOurs);
  const isBlocked = isFlagSet(fields["blocked"] ?? null);
  const retries = fields["retries"] ?? 0;
  const ids: readonly (ActionId | false)[] = [
    isOurs && "done",
    isOurs && "fail",
    isOurs && "release",
    isFree && "claim",
    isHeld && !isOurs && !isFree && "steal",
    !isHeld && typeof retries === "number" && retries > 0 && "retry",
    isBlocked ? "unblock" : "block",
    isFlagSet(fields["frozen"] ?? null) ? "unfreeze" : "freeze",
    "remove",
  ];
  return ids.filter((id) => id !== false).map((id) => ({ id, ...all[id] }));
}

/** What an action that is none of work writes. */
export function fieldsOf(
  id: "block" | "unblock" | "freeze" | "unfreeze",
  reason: string,
): Readonly<Record<string, string | boolean | null>> {
  switch (id) {
    case "block":
      return reason === "" ? { blocked: true } : { blocked: true, reason };
    case "unblock":
      return { blocked: null, reason: null };
    case "freeze":
      return { frozen: true };
    case "unfreeze":
      return { frozen: null };
  }
}
