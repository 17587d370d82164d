/** The tools by which work changes hands: claim, done, fail, release. */
import { z } from "zod";
import { TowlineError } from "../base/errors.ts";
import { mcpConfirmMs } from "../base/edge-limits.ts";
import type { ClaimResult, EndResult } from "../commands/claim.ts";
import { claim, done, fail, release, take } from "../commands/claim.ts";
import { claimId, itemId, reason, stage, words } from "./inputs.ts";
import { claimedOf, textOf, wholeItem, wholeText } from "./shapes.ts";
import type { HeldClaim } from "./held-claims.ts";
import type { AnyTool, ToolContext } from "./tool.ts";
import { adding, defineTool } from "./tool.ts";

const claimTool = defineTool({
  ...adding,
  name: "towline_claim",
  title: "Claim an item",
  description:
    "Takes an item, so that nobody else works on it: the one you name, or without an id the first " +
    "that is ready. Work on an item only after this has succeeded. The claim is kept alive while " +
    "this session lives and given back when it ends. Its epoch is the fencing token: pass it to " +
    "whatever must not be changed by an earlier holder. End the work with towline_done, " +
    "towline_fail or towline_release. Fails with claim/held or claim/lost when somebody else has " +
    "it: take another one then.",
  input: z.strictObject({
    item: itemId.optional(),
    stages: z.array(stage).max(6).default([]).describe("Without an id: only from these stages"),
    labels: words.default([]).describe("Without an id: what you can do, for items with needs:x"),
    confirm: z
      .string()
      .regex(/^(hub|none|quorum:[1-9][0-9]{0,5})$/u, "confirm is hub, none or quorum:N")
      .default("hub")
      .describe("Who has to confirm it. With none, another node may work on the item, too"),
    force: z.boolean().default(false).describe("Although it is not ready; give a reason"),
    reason: reason.optional(),
  }),
  output: z.object({
    item: z.string(),
    epoch: z.number(),
    claim: z.string(),
    guarantee: z.string().describe("What confirmed it: hub, quorum or none"),
    leaseMs: z.number().describe("Others may take over when the holder is silent for longer"),
    work: wholeItem,
  }),
  run: async (context, { item, stages, labels, confirm, force, reason: why = "" }) => {
    const { call, actor, claims, signal } = context;
    claims.refuseMore();
    const how = {
      ...{ actor, confirm, waitMs: mcpConfirmMs, ttlMs: null, manual: false, reason: why },
    };
    const claimed =
      item === undefined
        ? await call(take, { ...how, stages, labels })
        : await call(claim, { ...how, item, force, steal: false });
    if (claimed === null) {
      const message = "Nothing is ready to be worked on. towline_next tells what is in the way.";
      throw new TowlineError("next/none", message);
    }
    const held = heldOf(claimed);
    // Nobody would hear of it, and so nobody would work on it.
    if (signal.aborted) await claims.giveBackUnused(held);
    else await claims.add(held);
    const work = claimedOf(claimed);
    const { epoch, guarantee, leaseMs } = claimed;
    const sure =
      guarantee === "none"
        ? "not confirmed by anybody: another node may work on it, too"
        : `confirmed by: ${guarantee}`;
    const text = `Claimed ${held.item} (epoch ${epoch}, ${sure}).\n\n${wholeText(work)}`;
    return {
      result: { item: held.item, epoch, claim: held.claim, guarantee, leaseMs, work },
      text,
    };
  },
});

function heldOf({ item, claim: name, epoch, stage: at, leaseMs }: ClaimResult): HeldClaim {
  if (name === null) throw new Error("bug in towline: a claim that was won has a name");
  return { item, claim: name, epoch, stage: typeof at === "string" ? at : null, leaseMs };
}

const ended = z.object({
  item: z.string(),
  title: z.string(),
  stage: z.string().nullable(),
  epoch: z.number(),
});

function endedOf(result: EndResult): z.infer<typeof ended> {
  const { item, title, stage: at, epoch } = result;
  return { item, title: textOf(title), stage: at === null ? null : textOf(at), epoch };
}

/** The claim that is to end: what is named, else what this session holds. */
function claimToEnd({ claims }: ToolContext, item: string, named: string | undefined): string {
  const claimed = named ?? claims.of(item)?.claim;
  if (claimed !== undefined) return claimed;
  throw new TowlineError(
    "claim/not-yours",
    `This session does not hold ${item}. Claim it with towline_claim first, or name the claim ` +
      "that towline_show tells of. To move an item that nobody works on, use towline_move.",
  );
}

/** Ends the work; when the claim is lost, the session has nothing to keep any more. */
async function end<Result>(
  { claims }: ToolContext,
  { item, claim: ending }: { readonly item: string; readonly claim: string },
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await write();
    claims.forget(item, ending);
    return result;
  } catch (error) {
    const isLost = error instanceof TowlineError && error.code === "claim/lost";
    if (isLost) claims.forget(item, ending);
    throw error;
  }
}

const doneTool = defineTool({
  ...adding,
  isIdempotent: true,
  name: "towline_done",
  title: "Finish the work on an item",
  description:
    "Ends the work on an item that this session claimed, with success: it goes to the next stage, " +
    "or to the one you name. Fails with claim/lost when the claim does not stand any more: what " +
    "you did does not count then, and somebody else may be at it.",
  input: z.strictObject({
    item: itemId,
    to: stage.optional().describe("The stage that it goes to. Default: the next one"),
    claim: claimId,
  }),
  output: ended,
  run: async (context, { item, to = null, claim: named }) => {
    const ending = claimToEnd(context, item, named);
    const { call, actor } = context;
    const params = { item, actor, claim: ending, to, reason: "", force: false };
    const result = endedOf(await end(context, params, async () => await call(done, params)));
    return { result, text: `Done: ${item} is in ${result.stage ?? "no stage"} now.` };
  },
});

const failTool = defineTool({
  ...adding,
  isIdempotent: true,
  name: "towline_fail",
  title: "Report that the work failed",
  description:
    "Ends the work on an item that this session claimed, without success. It may be tried again " +
    "by whoever comes; after the given number of further tries it is blocked. Say in the reason " +
    "what was tried and what went wrong. To give it back without using up a try, use " +
    "towline_release.",
  input: z.strictObject({
    item: itemId,
    reason: reason.describe("What went wrong, for whoever tries next"),
    retries: z.number().int().min(0).max(1_000).default(3).describe("Tries before it is blocked"),
    claim: claimId,
  }),
  output: ended.extend({ blocked: z.boolean() }),
  run: async (context, { item, reason: why, retries, claim: named }) => {
    const ending = claimToEnd(context, item, named);
    const { call, actor } = context;
    const params = { item, actor, claim: ending, reason: why, retries, force: false };
    const failed = await end(context, params, async () => await call(fail, params));
    const result = { ...endedOf(failed), blocked: failed.blocked };
    const text = `Failed: ${item}${failed.blocked ? ", which is blocked now" : ""}.`;
    return { result, text };
  },
});

const releaseTool = defineTool({
  ...adding,
  isIdempotent: true,
  name: "towline_release",
  title: "Give an item back",
  description:
    "Gives an item back that this session claimed, so that others can take it; no try is used up.",
  input: z.strictObject({ item: itemId, reason: reason.optional(), claim: claimId }),
  output: ended,
  run: async (context, { item, reason: why = "", claim: named }) => {
    const ending = claimToEnd(context, item, named);
    const { call, actor } = context;
    const params = { item, actor, claim: ending, reason: why, force: false };
    const result = endedOf(await end(context, params, async () => await call(release, params)));
    return { result, text: `Gave ${item} back.` };
  },
});

export const workTools: readonly AnyTool[] = [claimTool, doneTool, failTool, releaseTool];
