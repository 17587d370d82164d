/** An item as it is shown, and what its fields mean. */
import type { ItemDto, JsonValue } from "./contract.ts";

export interface ShownItem extends ItemDto {
  /** When the node said so, by the clock here: ages in the item were right then. */
  readonly toldAt: number;
  /** Something about it is on its way to the node. */
  readonly isPending?: true;
}

/** The stages of the pipeline in their order, as docs/PROTOCOL.md lists them. */
export const stages = ["backlog", "coding", "qa", "merge", "done", "archived"] as const;
export type StageName = (typeof stages)[number];

/** An item without a stage, or with one that this version does not know, waits in the backlog. */
export function stageOf({ fields }: ItemDto): StageName {
  const { stage } = fields;
  return stages.find((known) => known === stage) ?? "backlog";
}

/** An item without a title that can be read goes by its id. */
export function titleOf({ item, fields: { title } }: ItemDto): string {
  return (typeof title === "string" && title !== "") || typeof title === "number"
    ? `${title}`
    : item;
}

export function labelsOf({ fields }: ItemDto): readonly string[] {
  return textsOf(fields["labels"]);
}

export function dependenciesOf({ fields }: ItemDto): readonly string[] {
  return textsOf(fields["depends_on"]);
}

/** Null while it has none that sorts. */
export function priorityOf({ fields }: ItemDto): number | null {
  return typeof fields["priority"] === "number" ? fields["priority"] : null;
}

/** Whether a register such as `blocked` says yes: anything but nothing, false, 0 and "". */
export function isSet({ fields }: ItemDto, field: string): boolean {
  const value = fields[field];
  return value !== undefined && value !== null && value !== false && value !== "" && value !== 0;
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

/** Who holds it now; null when nobody does. */
export function holderOf({ claim }: ItemDto): { node: string; actor: string | null } | null {
  if (claim === null || claim.holder === null) return null;
  const isHeld = ["tentative", "confirmed", "expired"].includes(claim.state);
  return isHeld ? { node: claim.holder, actor: claim.actor } : null;
}
