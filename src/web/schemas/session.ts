/** The schemas of sessions. */
import { object } from "./parts.ts";

export const sessionSchema = object({
  role: { enum: ["viewer", "editor"] },
  csrf: { type: "string" },
  expires: { type: "integer" },
  node: { type: "string" },
  name: { type: "string" },
  mesh: { type: "string" },
});
