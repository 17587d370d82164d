/** The picture of a mesh: everybody has a place of their own, the same each time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutOf } from "./layout.ts";
import type { Point } from "./layout.ts";

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

test("nodes stand apart from each other and inside the picture, however many there are", () => {
  for (const count of [0, 1, 2, 3, 6, 7, 20, 64, 300]) {
    const { width, height, centre, places } = layoutOf(count);
    assert.equal(places.length, count);
    const all = [centre, ...places];
    for (const [at, place] of all.entries()) {
      assert.ok(place.x >= 60 && place.x <= width - 60, `${count}: ${place.x} of ${width}`);
      assert.ok(place.y >= 40 && place.y <= height - 40, `${count}: ${place.y} of ${height}`);
      for (const other of all.slice(at + 1)) {
        assert.ok(distance(place, other) > 80, `${count}: ${JSON.stringify([place, other])}`);
      }
    }
  }
});

test("the same number of nodes gives the same picture", () => {
  assert.deepEqual(layoutOf(9), layoutOf(9));
});

test("the picture of a node alone is small", () => {
  const { width, height } = layoutOf(0);
  assert.ok(width < 400 && height < 250, `${width} × ${height}`);
});

test("two nodes beside this one stand in one line with it", () => {
  const { centre, places } = layoutOf(2);
  assert.deepEqual(new Set(places.map(({ y }) => y)), new Set([centre.y]));
});
