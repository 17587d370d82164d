/**
 * Takes an op back by a new one: the changes that make its items show again what they showed before
 * it. What somebody changed since is named, and so is what can never be taken back.
 */
import { unreachable } from "../base/assert.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { member } from "../base/json.ts";
import type { Claims } from "../claims/claims.ts";
import { itemWithClaims } from "../claims/over.ts";
import { compareStamps } from "../crdt/order.ts";
import type { Change, Stage } from "../op/change.ts";
import { isStage } from "../op/change.ts";
import type { Op } from "../op/op.ts";
import type { Document } from "../pipeline/document.ts";
import { claimKinds, fieldType, itemOf } from "../pipeline/schema.ts";
import { isSame } from "./comparison.ts";
import type { PastSource, Sliced } from "./source.ts";
import { Fold, indicesOf, itemsOf, readAll } from "./source.ts";

/** The state as it is now. */
export interface Live {
  readonly document: Document;
  readonly claims: Claims;
}

/** One change of an op's body. */
export type Tuple = readonly [kind: string, ...rest: Json[]];

/** What takes one op back, and what speaks against it. */
export interface UndoPlan {
  readonly changes: readonly Tuple[];
  /** Stages to which items go back; whoever writes the move knows what it settles. */
  readonly moves: readonly { readonly item: string; readonly to: Stage }[];
  /** What was changed again since, for people. */
  readonly overridden: readonly string[];
  /** What no op can take back, for people. */
  readonly impossible: readonly string[];
}

/** Kinds of changes that only say who works: there is nothing in them to take back. */
const working: ReadonlySet<string> = new Set(["claim", "confirm", "renew", "release"]);

/** True for an op that does more than to say who works on an item. */
export function isUndoable({ changes }: Op): boolean {
  return changes.some((change) => change.kind !== "unknown" || !working.has(change.name));
}

/** `only`: the item whose part of the op is taken back; null for all of it. */
export function* planUndo(
  source: PastSource,
  given: { readonly op: Op; readonly only: string | null; readonly live: Live },
): Sliced<UndoPlan> {
  const { op, only, live } = given;
  const items = itemsOf(op).filter((item) => only === null || item === only);
  const before = new Fold(source.sha256, new Set(items));
  const touched = new Map<string, number>();
  const indices = yield* indicesOf(source, items);
  yield* readAll(source, indices, (past) => {
    if (compareStamps(past.op, op) < 0) before.apply(past);
    for (const item of itemsOf(past.op)) touched.set(item, (touched.get(item) ?? 0) + 1);
  });
  const plan = new Plan(op, before, live);
  if (only === null) plan.refuseRest();
  for (const item of items) plan.undo(item, touched.get(item) ?? 0);
  return plan;
}

class Plan implements UndoPlan {
  readonly changes: Tuple[] = [];
  readonly moves: { readonly item: string; readonly to: Stage }[] = [];
  readonly overridden: string[] = [];
  readonly impossible: string[] = [];
  readonly #op: Op;
  readonly #before: Fold;
  readonly #live: Live;

  constructor(op: Op, before: Fold, live: Live) {
    this.#op = op;
    this.#before = before;
    this.#live = live;
  }

  /** What is about no item. */
  refuseRest(): void {
    for (const change of this.#op.changes) {
      if (itemOf(change) === null) this.impossible.push(refusal(change));
    }
  }

  /** `ops`: how many there are about the item. */
  undo(item: string, ops: number): void {
    const own = this.#op.changes.filter((change) => itemOf(change) === item);
    const isDeleting = own.some(({ kind }) => kind === "del");
    if (isDeleting || this.#live.document.state(item) !== "live") {
      this.impossible.push(`${item} was deleted, which is final`);
      return;
    }
    if (own.some(({ kind }) => kind === "new") && this.#before.document.state(item) === "absent") {
      if (ops > 1) this.overridden.push(`${item} was changed after it was created`);
      this.changes.push(["del", item]);
      return;
    }
    this.#undoFields(item, own);
  }

  #undoFields(item: string, own: readonly Change[]): void {
    const written = new Map<string, Json>();
    const members = new Map<string, { readonly field: string; readonly value: string }>();
    for (const change of own) {
      switch (change.kind) {
        case "new":
          for (const [field, value] of Object.entries(change.fields)) written.set(field, value);
          break;
        case "set":
          written.set(change.field, change.value);
          break;
        case "add":
        case "rem":
          members.set(JSON.stringify([change.field, change.value]), change);
          break;
        case "inc":
          if (change.by !== 0) this.changes.push(["inc", item, change.field, -change.by]);
          break;
        case "unknown":
          // The write of the stage beside a move is what is taken back.
          if (change.name !== "move") this.impossible.push(refusal(change));
          break;
        case "note":
        case "mesh":
        case "del":
          this.impossible.push(refusal(change));
          break;
        default:
          return unreachable(change);
      }
    }
    for (const [field, value] of written) this.#undoRegister(item, field, value);
    for (const { field, value } of members.values()) this.#undoMember(item, field, value);
  }

  #undoRegister(item: string, field: string, written: Json): void {
    if (fieldType(field) !== "register") return;
    const { document, claims } = this.#live;
    const wanted = member(fieldsOf(this.#before.view(item)), field) ?? null;
    const now = member(fieldsOf(itemWithClaims(document, claims, item)), field) ?? null;
    if (isSame(wanted, now)) return;
    const isStanding = document.place(item, field)?.stamp.id === this.#op.id;
    if (!isStanding || !isSame(now, written)) this.overridden.push(`${field} of ${item}`);
    if (field === "stage" && isStage(wanted)) this.moves.push({ item, to: wanted });
    else this.changes.push(["set", item, field, wanted]);
  }

  #undoMember(item: string, field: string, value: string): void {
    if (fieldType(field) !== "set") return;
    const kept = this.#before.document.adds(item, field, value);
    const adds = this.#live.document.adds(item, field, value);
    const [wanted, is] = [kept.length > 0, adds.length > 0];
    if (wanted === is) return;
    const wrote = this.#op.changes.findLast(
      (change) =>
        (change.kind === "add" || change.kind === "rem") &&
        change.item === item &&
        change.field === field &&
        change.value === value,
    );
    // What the op added is gone, or there by somebody else's add as well.
    const isOther = is ? adds.some((add) => add !== this.#op.id) : wrote?.kind === "add";
    if (isOther) this.overridden.push(`${JSON.stringify(value)} in ${field} of ${item}`);
    this.changes.push(
      wanted ? ["add", item, field, value] : ["rem", item, field, value, [...adds]],
    );
  }
}

function fieldsOf(view: { readonly fields: JsonObject } | null): JsonObject {
  return view?.fields ?? {};
}

function refusal(change: Change): string {
  switch (change.kind) {
    case "note":
      return "a note stays: write another one";
    case "mesh":
      return "a mesh is founded once";
    case "unknown":
      return claimKinds.has(change.name) ? claimRefusal(change.name) : "it needs a newer version";
    default:
      return "it is final";
  }
}

function claimRefusal(kind: string): string {
  if (kind === "complete") return "work that is done is not undone: move the item back";
  if (kind === "fail") return "work that failed stays failed: use towline retry";
  return "what was said of a claim stays said: use towline release";
}
