/** Writing a field while others write, too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../src/client/errors.ts";
import type { JsonValue, WholeItemDto } from "../../src/client/contract.ts";
import type { FieldEdit, Writer } from "./save.ts";
import { saveField } from "./save.ts";

/** An item with a tag that grows by each change, and others who change it as `others` says. */
class FakeItem implements Writer {
  fields: Record<string, JsonValue> = { title: "Ship it", assignee: "kim" };
  version = 1;
  writes = 0;
  readonly #others: (item: FakeItem) => void;

  constructor(others: (item: FakeItem) => void = () => undefined) {
    this.#others = others;
  }

  change(field: string, value: JsonValue): void {
    this.fields[field] = value;
    this.version += 1;
  }

  item(): ReturnType<Writer["item"]> {
    const author = { author: "a", actor: "robin", time: 5, op: "op", node: null };
    const blame = Object.entries(this.fields).map(([field, value]) => ({
      ...author,
      field,
      value,
    }));
    const value = { fields: { ...this.fields }, blame } as unknown as WholeItemDto;
    return Promise.resolve({ value, etag: `"${this.version}"` });
  }

  edit(...[item, edit, guard]: Parameters<Writer["edit"]>): ReturnType<Writer["edit"]> {
    this.#others(this);
    this.writes += 1;
    if (guard.etag !== `"${this.version}"`) {
      return Promise.reject(new ApiError({ code: "some/code", message: "stale", status: 412 }));
    }
    for (const [field, value] of Object.entries(edit.fields)) this.change(field, value);
    return Promise.resolve({ item, op: "op", now: null });
  }
}

const edit: FieldEdit = {
  item: "a",
  field: "title",
  value: "Ship it now",
  before: "Ship it",
  etag: '"1"',
};

test("a change of another field does not stand in the way", async () => {
  const item = new FakeItem((one) => {
    if (one.writes === 0) one.change("assignee", "robin");
  });
  assert.deepEqual(await saveField(item, edit), { kind: "saved" });
  assert.equal(item.fields["title"], "Ship it now");
  assert.equal(item.writes, 2);
});

test("a change of the same field is not overwritten, but shown with its author", async () => {
  const item = new FakeItem();
  item.change("title", "Do not ship");
  const saved = await saveField(item, edit);
  assert.ok(saved.kind === "changed");
  assert.equal(saved.theirs, "Do not ship");
  assert.equal(saved.by?.actor, "robin");
  assert.equal(item.fields["title"], "Do not ship");
  const mine = await saveField(item, { ...edit, before: saved.theirs, etag: saved.etag });
  assert.equal(mine.kind, "saved");
});

test("of a set, what one adds and takes away goes together with what others do", async () => {
  const item = new FakeItem();
  item.change("labels", ["ui", "urgent", "theirs"]);
  const saved = await saveField(item, {
    ...edit,
    field: "labels",
    before: ["ui", "urgent"],
    value: ["ui", "mine"],
  });
  assert.equal(saved.kind, "saved");
  assert.deepEqual(item.fields["labels"], ["ui", "theirs", "mine"]);
});

test("whoever wrote the same meanwhile saved it", async () => {
  const item = new FakeItem();
  item.change("title", "Ship it now");
  assert.deepEqual(await saveField(item, edit), { kind: "saved" });
  assert.equal(item.writes, 1);
});

test("an item that never rests ends in an error, not in a loop", async () => {
  const item = new FakeItem((one) => one.change("assignee", `${one.version}`));
  await assert.rejects(saveField(item, edit), { code: "some/code" });
  assert.equal(item.writes, 4);
});
