/** Work changes hands: claims, and how they end, by the commands of the command line. */
import type { TowlineNode } from "../../api/types.ts";
import { TowlineError } from "../../base/errors.ts";
import { claim, done, fail, release, retry, take } from "../../commands/claim.ts";
import { ready } from "../../commands/work.ts";
import type { ClaimDto, ItemDto, TakeDto, WorkDto } from "../../client/contract.ts";
import { actorOf } from "../actor.ts";
import { claimDto, itemDtoAt } from "../dto/item.ts";
import { writtenDto } from "../dto/written.ts";
import { refuseChanged } from "../if-match.ts";
import { claimSchema, itemSchema } from "../schemas/item.ts";
import { itemParams, limitParam, list, params, query } from "../schemas/parts.ts";
import { takeSchema, workSchemas, writtenSchema } from "../schemas/write.ts";
import type { AnyRoute, Call } from "../web.ts";
import { route, run } from "../web.ts";
import type { ItemParams } from "./items.ts";

type WorkCall = Call<ItemParams, object, WorkDto>;

/** Further tries of what failed, unless the item says otherwise; as on the command line. */
const retries = 3;

export const workRoutes = [
  route({
    method: "GET",
    url: "/api/v1/claims",
    access: "viewer",
    tag: "work",
    summary: "Claims that have not ended",
    answers: { 200: list(claimSchema) },
    handle: ({ web: { host } }) => claimsOf(host.node),
  }),
  route<object, WorkerQuery & { readonly limit?: number }>({
    method: "GET",
    url: "/api/v1/ready",
    access: "viewer",
    tag: "work",
    summary: "Items that may be worked on, what matters most first",
    query: query({ stage: params, label: params, limit: limitParam }),
    answers: { 200: list(itemSchema) },
    handle: async (call): Promise<readonly ItemDto[]> => {
      const { node } = call.web.host;
      const found: string[] = [];
      const wanted = { ...workerOf(call.query), limit: call.query.limit ?? readyMax };
      await run(call, ready, wanted, (rows) => {
        found.push(...rows.map(({ item }) => item));
        return Promise.resolve();
      });
      return found.flatMap((item) => itemDtoAt(node, item) ?? []);
    },
  }),
  route<object, object, TakeDto>({
    method: "POST",
    url: "/api/v1/take",
    access: "editor",
    tag: "work",
    summary: "Claim the item that matters most of those that are ready",
    body: takeSchema,
    answers: { 200: writtenSchema },
    handle: async (call) => {
      const { stages = [], labels = [] } = call.body;
      const claimed = await run(call, take, { ...howOf(call), stages, labels });
      if (claimed !== null) return writtenDto(call.web.host.node, claimed.item, claimed.claim);
      throw new TowlineError("next/none", "Nothing is ready to be worked on.");
    },
  }),
  action("claim", "Take an item, so that nobody else works on it", async (call) => {
    const { item } = call.params;
    const { force = false } = call.body;
    return (await run(call, claim, { ...howOf(call), item, force, steal: false })).claim;
  }),
  action("steal", "Take an item from whoever holds it; the reason is for them", async (call) => {
    const { item } = call.params;
    return (await run(call, claim, { ...howOf(call), item, force: true, steal: true })).claim;
  }),
  action(
    "release",
    "Give an item back",
    async (call) => (await run(call, release, endOf(call))).op,
  ),
  action("done", "End the work on an item: it goes to the next stage, or to `to`", async (call) => {
    const { to = null } = call.body;
    return (await run(call, done, { ...endOf(call), to })).op;
  }),
  action("fail", "End the work on an item without success: a try is used up", async (call) => {
    return (await run(call, fail, { ...endOf(call), retries })).op;
  }),
  action("retry", "Let an item that is blocked be tried again", async (call) => {
    const { item } = call.params;
    return (await run(call, retry, { item, actor: actorOf(call) })).op;
  }),
];

const readyMax = 200;

interface WorkerQuery {
  readonly stage?: readonly string[];
  readonly label?: readonly string[];
}

function workerOf({ stage = [], label = [] }: WorkerQuery): {
  readonly stages: readonly string[];
  readonly labels: readonly string[];
} {
  return { stages: stage, labels: label };
}

/** A route that ends in an op about one item. */
function action(
  name: keyof typeof workSchemas,
  summary: string,
  act: (call: WorkCall) => Promise<string | null>,
): AnyRoute {
  return route<ItemParams, object, WorkDto>({
    method: "POST",
    url: `/api/v1/items/:item/${name}`,
    access: "editor",
    tag: "work",
    summary,
    params: itemParams,
    body: workSchemas[name],
    answers: { 200: writtenSchema },
    handle: async (call) => {
      const { item } = call.params;
      refuseChanged(call, item);
      const op = await act(call);
      return writtenDto(call.web.host.node, item, op);
    },
  });
}

function claimsOf(node: TowlineNode): readonly ClaimDto[] {
  return [...node.work.board.index.held()].sort().flatMap((item) => claimDto(node, item) ?? []);
}

function howOf(call: Call<unknown, unknown, Pick<WorkDto, "reason" | "confirm">>): {
  readonly actor: string;
  readonly confirm: string | null;
  readonly waitMs: null;
  readonly ttlMs: null;
  readonly manual: boolean;
  readonly reason: string;
} {
  const { reason = "", confirm = null } = call.body;
  // The node keeps it for as long as it runs: who works on it sends no signs of life.
  return { actor: actorOf(call), confirm, waitMs: null, ttlMs: null, manual: true, reason };
}

function endOf(call: WorkCall): {
  readonly item: string;
  readonly actor: string;
  readonly claim: string | null;
  readonly reason: string;
  readonly force: boolean;
} {
  const { reason = "", force = false } = call.body;
  const { item } = call.params;
  return { item, actor: actorOf(call), claim: claimMeant(call), reason, force };
}

/** The claim with the fencing token that is meant. Throws `claim/lost` when another one stands. */
function claimMeant({ web, params: { item }, body: { epoch } }: WorkCall): string | null {
  if (epoch === undefined) return null;
  const standing = web.host.node.work.board.standing(item);
  if (standing?.epoch === epoch) return standing.claim;
  const message = `The claim of ${item} with the epoch ${epoch} is over: another one stands.`;
  throw new TowlineError("claim/lost", message);
}
