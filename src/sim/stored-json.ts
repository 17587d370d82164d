/** The JSON text of a stored op, as it goes over the wire. [WIRE 4] */
import { present } from "../base/assert.ts";
import { readFields } from "../op/fields.ts";
import { toOpJson } from "../op/op-json.ts";
import type { OpJson } from "../op/op-json.ts";
import type { StoredOp } from "../replica/store.ts";

export function jsonOf({ bytes, sig }: StoredOp): OpJson {
  const fields = readFields(bytes);
  return toOpJson(present(fields.ok ? fields.value : null, "a stored op decodes"), sig);
}

export function fieldsText(op: StoredOp): string {
  return JSON.stringify(jsonOf(op));
}
