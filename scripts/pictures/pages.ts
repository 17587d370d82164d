/** Pictures of an item, of the mesh and of the history, over an invented pipeline of five nodes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { itemFolder, outputName } from "../../src/runner/folders.ts";
import type { BoardNode } from "../../test/board/support/nodes.ts";
import { foundBoard, joinBoard } from "../../test/board/support/nodes.ts";
import { storyOps, tellStory } from "../../test/board/support/story.ts";
import type { Cleanup } from "../../test/support/nodes.ts";
import { Relay } from "../../test/support/relay.ts";
import { until } from "../../test/support/until.ts";

const viewport = { width: 1240, height: 760 };
/** Signs of life come every half minute. */
const presenceMs = 60_000;

/** Returns the names of the files. */
export async function picturePages(browser: Browser, folder: string): Promise<readonly string[]> {
  await using stack = new AsyncDisposableStack();
  const cleanup: Cleanup = {
    after: (run) =>
      stack.defer(async () => {
        await run();
      }),
  };
  const hub = await foundBoard(cleanup, "studio");
  await furnish(cleanup, hub);
  const context = await browser.newContext({ viewport, colorScheme: "light" });
  stack.defer(() => context.close());
  const page = await context.newPage();
  await page.goto(hub.signInUrl("kim"));
  await page.locator("[data-card]").first().waitFor();
  const take = async (name: string): Promise<string> => {
    await page.screenshot({ path: join(folder, name) });
    return name;
  };
  // By then all nodes have told their names.
  return [
    await takeMesh(page, hub, () => take("mesh.png")),
    await takeItem(page, hub, () => take("item.png")),
    await takeHistory(page, hub, () => take("history.png")),
  ];
}

/** Other nodes: one in step, one reached through it, one that went away; and who is at work. */
async function furnish(cleanup: Cleanup, hub: BoardNode): Promise<void> {
  const laptop = await joinBoard(cleanup, hub, { name: "kims-laptop" });
  const relay = await Relay.to(hub.node.url ?? "");
  cleanup.after(() => relay.close());
  const builder = await joinBoard(cleanup, hub, { name: "build-box", url: relay.url });
  await tellStory(hub, laptop);
  await builder.node.whenSynced();
  const attic = await joinBoard(cleanup, laptop, { name: "attic" });
  await claim(builder, "tide-46", "agent-3");
  await claim(hub, "tide-41", "agent-1");
  await claim(laptop, "tide-42", "robin");
  await attic.node.whenSynced();
  await claim(attic, "tide-44", "agent-4");
  relay.cut();
  // Nothing listens there.
  hub.node.addRendezvous("ws://127.0.0.1:4799/crdt-sync");
  const output = itemFolder(hub.node.dir ?? "", "tide-41");
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, outputName), printed);
}

const printed = `$ npm test -- upload
✔ an upload goes on where it broke off (212 ms)
✔ parts that the server lost are sent again (87 ms)
… cutting the line at every 100 kB: 31 of 48
`;

async function claim(at: BoardNode, item: string, actor: string): Promise<void> {
  await at.node.work.desk.claim(item, {
    actor,
    confirm: { kind: "hub" },
    waitMs: 10_000,
    ttlMs: null,
    isManual: true,
    reason: "",
    force: true,
  });
}

type Take = () => Promise<string>;

async function takeItem(page: Page, hub: BoardNode, take: Take): Promise<string> {
  await page.goto(`${hub.origin}/item/tide-41`);
  await page.getByText("claimed (epoch 1)").waitFor();
  return await take();
}

async function takeMesh(page: Page, hub: BoardNode, take: Take): Promise<string> {
  const { node } = hub;
  const isThere = (): boolean => node.status().present.some(({ name }) => name === "attic");
  await until(isThere, () => "the node behind the other one gave a sign of life", presenceMs);
  await page.goto(`${hub.origin}/mesh`);
  await page.getByRole("row", { name: /attic/u }).waitFor();
  return await take();
}

async function takeHistory(page: Page, hub: BoardNode, take: Take): Promise<string> {
  await page.goto(`${hub.origin}/history?at=${storyOps - 8}`);
  await page.getByText("Keyboard for the light table").waitFor();
  return await take();
}
