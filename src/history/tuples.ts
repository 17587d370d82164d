/** A change as it stands in the body of an op. docs/PROTOCOL.md, section 3. */
import { unreachable } from "../base/assert.ts";
import type { Json } from "../base/json.ts";
import type { Change } from "../op/change.ts";

export function tupleOf(change: Change): readonly Json[] {
  switch (change.kind) {
    case "new":
      return ["new", change.item, change.fields];
    case "set":
      return ["set", change.item, change.field, change.value];
    case "add":
      return ["add", change.item, change.field, change.value];
    case "rem":
      return ["rem", change.item, change.field, change.value, change.adds];
    case "inc":
      return ["inc", change.item, change.field, change.by];
    case "note":
      return ["note", change.item, change.text];
    case "mesh":
      return ["mesh", change.nonce, change.name];
    case "del":
      return ["del", change.item];
    case "unknown":
      return change.raw;
    default:
      return unreachable(change);
  }
}
