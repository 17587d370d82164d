/** Parts of the arguments that several tools take, each with its bounds. */
import { z } from "zod";
import { mcpListMax, mcpLongTextMax, mcpWordMax, mcpWordsMax } from "../base/edge-limits.ts";
import { isItemId, stages } from "../op/change.ts";

export const itemId = z
  .string()
  .min(1)
  .max(128)
  .refine(isItemId, "an item id has 1 to 128 letters, digits and . _ : - only")
  .describe("The item's id, as lists show it");

export const stage = z.enum(stages);

export const word = z.string().min(1).max(mcpWordMax);
export const words = z.array(word).max(mcpWordsMax);
export const longText = z.string().min(1).max(mcpLongTextMax);

export const reason = z.string().min(1).max(mcpWordMax);

export const limit = z
  .number()
  .int()
  .min(1)
  .max(mcpListMax)
  .default(50)
  .describe("How many items at most");

export const claimId = z
  .string()
  .regex(/^[0-9a-f]{64}$/u, "a claim is named by 64 lower-case hex digits")
  .optional()
  .describe("Only if this claim stands. Default: the one that this session made");

/** A value of a field; null clears it. Bounded in depth, so that nothing deep gets in. */
const scalar = z.union([z.string().max(mcpLongTextMax), z.number(), z.boolean()]);
export const fieldValue = z.union([scalar, z.null(), z.array(scalar).max(mcpWordsMax)]);

export const fieldValues = z
  .record(z.string().min(1).max(mcpWordMax), fieldValue)
  .refine((fields) => Object.keys(fields).length <= mcpWordsMax, `at most ${mcpWordsMax} fields`);
