/** Random changes of a few items and fields, so that they meet. */
import fc from "fast-check";
import type { Json } from "../../base/json.ts";
import { TestPast } from "./past.ts";

const anyItem = fc.constantFrom("a", "b", "constructor");
const anyText = fc.constantFrom("red", "green", "__proto__");
const anyRegister = fc.constantFrom("title", "priority", "assignee", "x___proto__");
const anyValue = fc.constantFrom<Json>(null, 0, 1, "ann", "bob", true);
const anyStage = fc.constantFrom<Json>("backlog", "coding", "qa", "done");
const anySet = fc.constantFrom("labels", "depends_on");

/** What a change is made of; the adds that a removal names are looked up when it is written. */
export type Recipe = (past: TestPast) => Json;

/** Changes that can be taken back. */
const anyEdit: fc.Arbitrary<Recipe> = fc.oneof(
  fc.tuple(anyItem, anyRegister, anyValue).map((rest) => () => ["set", ...rest]),
  fc.tuple(anyItem, anyStage).map(([item, stage]) => () => ["set", item, "stage", stage]),
  fc.tuple(anyItem, anySet, anyText).map((rest) => () => ["add", ...rest]),
  fc.tuple(anyItem, anySet, anyText).map(([item, field, value]) => ({ live }: TestPast): Json => {
    const adds = live.document.adds(item, field, value);
    return ["rem", item, field, value, adds];
  }),
  fc.tuple(anyItem, fc.integer({ min: -3, max: 3 })).map(([item, by]) => () => [
    "inc",
    item,
    "retries",
    by,
  ]),
);

const anyOther: fc.Arbitrary<Recipe> = fc.oneof(
  anyItem.map((item) => () => ["new", item, { title: item, stage: "backlog" }]),
  fc.tuple(anyItem, anyText).map((rest) => () => ["note", ...rest]),
  { weight: 1, arbitrary: anyItem.map((item) => () => ["del", item]) },
);

export const anyEdits = fc.array(anyEdit, { minLength: 1, maxLength: 4 });

export interface Step {
  readonly who: string;
  readonly behind: number;
  readonly recipes: readonly Recipe[];
}

export const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    who: fc.constantFrom("ann", "bob", "eve"),
    behind: fc.constantFrom(0, 0, 0, 1, 2, 5),
    recipes: fc.array(
      fc.oneof({ weight: 8, arbitrary: anyEdit }, { weight: 3, arbitrary: anyOther }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  { maxLength: 40, size: "max" },
);

export function pastOf(steps: readonly Step[]): TestPast {
  const past = new TestPast();
  for (const { who, behind, recipes } of steps) {
    const changes = recipes.map((recipe) => recipe(past));
    past.write(who, changes, behind);
  }
  return past;
}
