/** The state of one item: its fields and notes, made of order-independent parts. [WIRE 3] */
import { unreachable } from "../base/assert.ts";
import { compareText } from "../base/bytes.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { AddWinsSet } from "../crdt/add-wins-set.ts";
import { Counter } from "../crdt/counter.ts";
import { Notes } from "../crdt/notes.ts";
import type { Place, Stamp } from "../crdt/order.ts";
import { compareStamps, laterStamp } from "../crdt/order.ts";
import type { Write } from "../crdt/register.ts";
import { winner } from "../crdt/register.ts";
import type { Change } from "../op/change.ts";
import type { NodeId, OpId } from "../op/op.ts";
import { fieldType } from "./schema.ts";

/** Who wrote something, and when by their own clock (Unix milliseconds). */
export interface Authorship {
  readonly author: NodeId;
  readonly actor: string;
  readonly time: number;
}

/** A note; `op` is the op that brought it. */
export interface NoteView extends Authorship {
  readonly text: string;
  readonly op: OpId;
}

/**
 * A live item as others see it. `fields` has no prototype, its keys are sorted: registers that are
 * set, sets that are not empty (sorted), counters that are not 0.
 */
export interface ItemView {
  readonly item: string;
  readonly fields: JsonObject;
  readonly notes: readonly NoteView[];
  /** The first op that created it. */
  readonly created: Authorship;
  /** The last op that touched it. First and last go by the order of ops, not by the clocks. */
  readonly updated: Authorship;
  /** Changes that only a newer version may understand. */
  readonly newer: number;
}

/**
 * Who gave a field its value. A register that was cleared is listed with null, each value of a set
 * by itself with the latest add that keeps it, a counter with its latest step.
 */
export interface Blame extends Authorship {
  readonly field: string;
  readonly value: Json;
  readonly op: OpId;
}

/** What an item holds until it is deleted. */
interface Content {
  readonly registers: Map<string, Write<Json>>;
  readonly sets: Map<string, AddWinsSet>;
  readonly counters: Map<string, Counter>;
  readonly notes: Notes;
  created: Stamp | null;
  updated: Stamp | null;
  newer: number;
}

function emptyContent(): Content {
  return {
    registers: new Map(),
    sets: new Map(),
    counters: new Map(),
    notes: new Notes(),
    created: null,
    updated: null,
    newer: 0,
  };
}

/** An item that some op named: live once it is created, and dead for good once it is deleted. */
export class Item {
  readonly id: string;
  /** Arrival indices of the ops that touch the item, in that order. Only the document appends. */
  readonly history: number[] = [];
  /** null once the item is deleted: nothing that arrives later matters. */
  #content: Content | null = emptyContent();
  #text: string | null = null;

  constructor(id: string) {
    this.id = id;
  }

  get state(): "live" | "deleted" | "absent" {
    if (this.#content === null) return "deleted";
    return this.#content.created === null ? "absent" : "live";
  }

  /** Applies one change of the op with this stamp; `newer` of its parts are beyond this version. */
  apply(change: Change, stamp: Stamp, position: number, newer: number): void {
    const content = this.#content;
    if (content === null) return;
    this.#text = null;
    content.newer += newer;
    content.updated = content.updated === null ? stamp : laterStamp(content.updated, stamp);
    switch (change.kind) {
      case "new":
        if (content.created === null || compareStamps(stamp, content.created) < 0) {
          content.created = stamp;
        }
        for (const [field, value] of Object.entries(change.fields)) {
          writeRegister(content, field, { value, stamp, position });
        }
        return;
      case "set":
        writeRegister(content, change.field, { value: change.value, stamp, position });
        return;
      case "add":
        setOf(content, change.field)?.add(change.value, stamp);
        return;
      case "rem":
        setOf(content, change.field)?.remove(change.value, change.adds);
        return;
      case "inc":
        step(content, change.field, { by: change.by, stamp });
        return;
      case "note":
        content.notes.add({ stamp, position, text: change.text });
        return;
      case "del":
        this.#content = null;
        return;
      case "mesh":
      case "unknown":
        return;
      default:
        return unreachable(change);
    }
  }

  /** null unless the item is live. */
  view(): ItemView | null {
    const content = this.#content;
    if (content === null || content.created === null) return null;
    return {
      item: this.id,
      fields: fieldsOf(content),
      notes: content.notes.list().map(({ stamp, text }) => ({
        ...authorship(stamp),
        text,
        op: stamp.id,
      })),
      created: authorship(content.created),
      updated: authorship(content.updated ?? content.created),
      newer: content.newer,
    };
  }

  /** The item as the state digest sees it, made once for each change. [WIRE 9] */
  text(): string {
    const content = this.#content ?? emptyContent();
    this.#text ??= JSON.stringify([
      this.id,
      fieldsOf(content),
      content.notes.list().map(({ stamp, text }) => [stamp.actor, text]),
    ]);
    return this.#text;
  }

  /** Who wrote what the item shows, sorted by field; empty unless it is live. */
  blame(): Blame[] {
    const content = this.#content;
    if (content === null || content.created === null) return [];
    const found: Blame[] = [];
    for (const [field, write] of content.registers) {
      found.push(blameOf(field, write.value, write.stamp));
    }
    for (const [field, set] of content.sets) {
      for (const value of set.values()) {
        const stamp = set.lastAdd(value);
        if (stamp !== null) found.push(blameOf(field, value, stamp));
      }
    }
    for (const [field, { sum, last }] of content.counters) found.push(blameOf(field, sum, last));
    return found.sort((left, right) => compareText(left.field, right.field));
  }

  place(field: string): Place | null {
    return this.#content?.registers.get(field) ?? null;
  }

  adds(field: string, value: string): OpId[] {
    return this.#content?.sets.get(field)?.adds(value) ?? [];
  }
}

function writeRegister(content: Content, field: string, write: Write<Json>): void {
  if (fieldType(field) !== "register") return;
  const before = content.registers.get(field);
  content.registers.set(field, before === undefined ? write : winner(before, write));
}

/** The set `field`; null when the field is something else, then the change is without effect. */
function setOf(content: Content, field: string): AddWinsSet | null {
  if (fieldType(field) !== "set") return null;
  let set = content.sets.get(field);
  if (set === undefined) {
    set = new AddWinsSet();
    content.sets.set(field, set);
  }
  return set;
}

function step(content: Content, field: string, { by, stamp }: { by: number; stamp: Stamp }): void {
  if (fieldType(field) !== "counter") return;
  let counter = content.counters.get(field);
  if (counter === undefined) {
    counter = new Counter(stamp);
    content.counters.set(field, counter);
  }
  counter.step(by, stamp);
}

function fieldsOf(content: Content): JsonObject {
  const entries: [string, Json][] = [];
  for (const [field, { value }] of content.registers) {
    if (value !== null) entries.push([field, value]);
  }
  for (const [field, set] of content.sets) {
    const values = set.values();
    if (values.length > 0) entries.push([field, values]);
  }
  for (const [field, { sum }] of content.counters) if (sum !== 0) entries.push([field, sum]);
  entries.sort(([left], [right]) => compareText(left, right));
  const fields = Object.create(null) as Record<string, Json>;
  for (const [field, value] of entries) fields[field] = value;
  return fields;
}

function authorship({ author, actor, time }: Stamp): Authorship {
  return { author, actor, time };
}

function blameOf(field: string, value: Json, stamp: Stamp): Blame {
  return { field, value, ...authorship(stamp), op: stamp.id };
}
