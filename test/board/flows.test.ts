/** The board in a browser, as people use it: on two nodes, cut apart, by keys, as a viewer. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { buildBoard } from "../../scripts/board.ts";
import { itemFolder, outputName } from "../../src/runner/folders.ts";
import { Relay } from "../support/relay.ts";
import { until } from "../support/until.ts";
import type { User } from "./support/browser.ts";
import { noBrowser, openBrowser, openUser } from "./support/browser.ts";
import type { BoardNode } from "./support/nodes.ts";
import { foundBoard, joinBoard } from "./support/nodes.ts";

const skip = noBrowser() ?? false;

describe("the board in a browser", { skip }, () => {
  let browser: Browser;
  before(async () => {
    await buildBoard();
    browser = await openBrowser();
  });
  after(() => browser.close());

  async function signedIn(at: BoardNode, actor: string): Promise<User> {
    const user = await openUser(browser, { origin: at.origin });
    await user.page.goto(at.signInUrl(actor));
    await user.page.getByRole("heading", { name: "Board" }).waitFor({ state: "attached" });
    return user;
  }

  test("a card that is dragged on one node moves on the other", async (t) => {
    const hub = await foundBoard(t);
    const laptop = await joinBoard(t, hub, {});
    await hub.node.write([[["new", "a-1", { title: "Carry me", stage: "backlog" }]]]);
    await using kim = await signedIn(hub, "kim");
    await using robin = await signedIn(laptop, "robin");
    await cardIn(robin.page, "backlog", "Carry me").waitFor();
    await drag(kim.page, cardIn(kim.page, "backlog", "Carry me"), column(kim.page, "coding"));
    await cardIn(robin.page, "coding", "Carry me").waitFor();
    await cardIn(kim.page, "coding", "Carry me").waitFor();
    assert.equal(hub.node.item("a-1")?.fields["stage"], "coding");
  });

  test("nodes that were cut apart converge, and a conflict is shown and settled", async (t) => {
    const hub = await foundBoard(t);
    const relay = await Relay.to(hub.node.url ?? "");
    t.after(() => relay.close());
    const laptop = await joinBoard(t, hub, { url: relay.url });
    await hub.node.write([[["new", "a-1", { title: "Torn", stage: "coding" }]]]);
    await laptop.node.whenSynced();
    await using kim = await signedIn(hub, "kim");
    await using robin = await signedIn(laptop, "robin");
    await cardIn(robin.page, "coding", "Torn").waitFor();
    relay.cut();
    await robin.page.getByText("1 of 1 peer not heard of").waitFor();
    await moveInPanel(kim.page, "Torn", "QA");
    await moveInPanel(robin.page, "Torn", "Done");
    await robin.page.getByLabel("New note").fill("Written offline");
    await robin.page.getByRole("button", { name: "Add note" }).click();
    relay.heal();
    const conflict = kim.page.getByRole("region", { name: "Moved to different stages" });
    await conflict.waitFor();
    await kim.page.getByText("Written offline").first().waitFor();
    await robin.page.getByRole("region", { name: "Moved to different stages" }).waitFor();
    await conflict.getByRole("button", { name: "It is qa" }).click();
    await conflict.waitFor({ state: "detached" });
    await cardIn(robin.page, "qa", "Torn").waitFor();
    await until(
      () => hub.node.digest().ops === laptop.node.digest().ops,
      () => "both nodes have the same",
    );
    assert.equal(hub.node.digest().state, laptop.node.digest().state);
  });

  test("a code lets one browser in, once; a viewer looks and changes nothing", async (t) => {
    const hub = await foundBoard(t);
    await hub.node.write([[["new", "a-1", { title: "Look at me", stage: "coding" }]]]);
    const url = hub.signInUrl("kim");
    await using first = await openUser(browser, { origin: hub.origin });
    await first.page.goto(url);
    await cardIn(first.page, "coding", "Look at me").waitFor();
    assert.equal(first.page.url(), `${hub.origin}/`);
    await using second = await openUser(browser, { origin: hub.origin });
    second.expects(/status of 40[13]/u);
    await second.page.goto(url);
    await second.page.getByRole("alert").waitFor();
    await second.page.getByLabel(/with a token/u).fill(hub.token("viewer"));
    await second.page.getByRole("button", { name: "Sign in" }).click();
    await second.page.getByText("View only").waitFor();
    await cardIn(second.page, "coding", "Look at me").getByRole("link").click();
    const panel = second.page.getByRole("complementary");
    await panel.getByText("Look at me", { exact: true }).waitFor();
    for (const name of [/^Stage/u, /^Claim$/u, /^More/u, /^Edit|Edit$/u, /^Undo/u]) {
      assert.equal(await panel.getByRole("button", { name }).count(), 0, String(name));
    }
    assert.equal(await panel.locator("input, textarea, select").count(), 0);
    // What the page does not offer, the node refuses as well.
    const status = await second.page.evaluate(async () => {
      const session = (await (await fetch("/api/v1/session")).json()) as { csrf: string };
      const answer = await fetch("/api/v1/items/a-1", {
        method: "DELETE",
        headers: { "x-towline-csrf": session.csrf },
      });
      return answer.status;
    });
    assert.equal(status, 403);
    assert.equal(hub.node.itemState("a-1"), "live");
  });

  test("everything is done with keys alone: add, walk, move, open, edit", async (t) => {
    const hub = await foundBoard(t);
    await using user = await signedIn(hub, "kim");
    const { page } = user;
    // An edit right after another one comes with the tag of before, and is sent again.
    user.expects(/status of 412/u);
    const { keyboard } = page;
    await keyboard.press("n");
    await keyboard.type("Typed, not clicked");
    await keyboard.press("Enter");
    await keyboard.press("Escape");
    const card = cardIn(page, "backlog", "Typed, not clicked");
    await card.waitFor();
    await card.getByRole("link").focus();
    for (const key of ["Space", "ArrowRight", "Space"]) await keyboard.press(key);
    await cardIn(page, "coding", "Typed, not clicked").waitFor();
    await column(page, "coding").locator("a:focus").waitFor();
    await keyboard.press("Enter");
    const panel = page.getByRole("complementary");
    await panel.getByRole("button", { name: "Priority: nothing. Edit" }).press("Enter");
    await keyboard.type("2");
    await keyboard.press("Enter");
    await panel.locator(":focus").getByText("2", { exact: true }).waitFor();
    await panel.getByRole("combobox", { name: "Add to labels" }).focus();
    await keyboard.type("docs,");
    await panel.getByRole("button", { name: "Remove docs" }).press("Enter");
    await panel.getByRole("button", { name: "Remove docs" }).waitFor({ state: "detached" });
    await keyboard.type("docs,");
    await panel.getByRole("button", { name: "Remove docs" }).waitFor();
    await keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    await column(page, "coding").locator("a:focus").waitFor();
    const [item] = [...hub.node.items()];
    assert.equal(item?.fields["priority"], 2);
    assert.deepEqual(item.fields["labels"], ["docs"]);
    assert.equal(item.fields["stage"], "coding");
  });

  test("who saves a field that somebody else changed meanwhile sees both, and chooses", async (t) => {
    const hub = await foundBoard(t);
    await hub.node.write([[["new", "a-1", { title: "First", stage: "coding" }]]]);
    await using user = await signedIn(hub, "kim");
    const { page } = user;
    user.expects(/status of 412/u);
    await cardIn(page, "coding", "First").getByRole("link").click();
    const panel = page.getByRole("complementary");
    await panel.getByRole("button", { name: "Title: First. Edit" }).click();
    await panel.getByRole("textbox", { name: "Title" }).fill("Mine");
    await hub.node.write([[["set", "a-1", "title", "Theirs"]]], { actor: "robin" });
    await panel.getByText("title First → Theirs").waitFor();
    await page.keyboard.press("Enter");
    const choice = panel.getByRole("alert");
    await choice.getByText("Theirs", { exact: true }).waitFor();
    await choice.getByText("robin").waitFor();
    assert.equal(hub.node.item("a-1")?.fields["title"], "Theirs", "nothing is overwritten");
    await choice.getByRole("button", { name: "Save mine" }).click();
    await panel.getByRole("button", { name: "Title: Mine. Edit" }).waitFor();
    assert.equal(hub.node.item("a-1")?.fields["title"], "Mine");
  });

  test("an item is claimed, fails for a reason, is blocked, and what was done is undone", async (t) => {
    const hub = await foundBoard(t);
    await hub.node.write([[["new", "a-1", { title: "Work", stage: "coding" }]]]);
    await using user = await signedIn(hub, "kim");
    const { page } = user;
    await cardIn(page, "coding", "Work").getByRole("link").click();
    const panel = page.getByRole("complementary");
    const claim = panel.getByRole("region", { name: "Claim" });
    await claim.getByRole("button", { name: "Claim" }).click();
    await claim.getByText("confirmed").waitFor();
    printOutput(hub, "a-1", "\u001b[32mbuilding\u001b[0m\n");
    await panel.getByLabel("Output").getByText("building", { exact: true }).waitFor();
    await claim.getByRole("button", { name: "Fail…" }).click();
    await page.getByLabel("Why?").fill("no key");
    await page.getByRole("button", { name: "Fail", exact: true }).click();
    await claim.getByRole("button", { name: "Claim" }).waitFor();
    await panel.getByText('failed (epoch 1): "no key"').waitFor();
    await panel.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Block…" }).click();
    await page.getByRole("button", { name: "Block", exact: true }).click();
    const blocked = panel.getByRole("checkbox", { name: "Blocked" });
    await blocked.waitFor();
    await panel.getByRole("button", { name: /^Undo: blocked/u }).click();
    await blocked.waitFor({ state: "detached" });
    await panel.getByRole("button", { name: "Claims", exact: true }).click();
    await panel.getByText("blocked", { exact: true }).waitFor({ state: "detached" });
    await panel.getByText("claimed (epoch 1)").waitFor();
    assert.equal(hub.node.item("a-1")?.fields["blocked"], undefined);
  });

  test("a page whose line breaks says so, and catches up when it is back", async (t) => {
    const hub = await foundBoard(t);
    await hub.node.write([[["new", "a-1", { title: "Before", stage: "backlog" }]]]);
    const relay = await Relay.to(hub.node.url ?? "");
    t.after(() => relay.close());
    const origin = new URL(relay.url.replace(/^ws/u, "http")).origin;
    await using user = await openUser(browser, { origin });
    user.expects(/ERR_(?:EMPTY_RESPONSE|CONNECTION|INCOMPLETE|SOCKET)/u);
    await user.page.goto(hub.signInUrl("kim").replace(hub.origin, origin));
    await cardIn(user.page, "backlog", "Before").waitFor();
    let loads = 0;
    user.page.on("request", (request) => (loads += Number(/items\?/u.test(request.url()))));
    relay.cut();
    await user.page.getByText("Reconnecting").first().waitFor();
    await hub.node.write([[["new", "a-2", { title: "New one", stage: "backlog" }]]]);
    await hub.node.write([[["set", "a-1", "title", "Changed while away"]]]);
    relay.heal();
    await cardIn(user.page, "backlog", "New one").waitFor();
    await cardIn(user.page, "backlog", "Changed while away").waitFor();
    assert.equal(loads, 0, "it went on from the last event, without loading everything");
  });
});

/** As an agent of this node does. */
function printOutput({ node }: BoardNode, item: string, text: string): void {
  const folder = itemFolder(node.dir ?? "", item);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, outputName), text);
}

function column(page: Page, stage: string) {
  return page.locator(`.column[data-stage=${stage}]`);
}

function cardIn(page: Page, stage: string, title: string) {
  return column(page, stage).locator("[data-card]").filter({ hasText: title });
}

async function drag(
  page: Page,
  card: ReturnType<typeof cardIn>,
  target: ReturnType<typeof column>,
): Promise<void> {
  const [from, to] = [await card.boundingBox(), await target.boundingBox()];
  assert.ok(from !== null && to !== null);
  await page.mouse.move(from.x + 40, from.y + 12);
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y + 30, { steps: 3 });
  await page.mouse.move(to.x + to.width / 2, to.y + 120, { steps: 5 });
  await page.mouse.up();
}

/** Opens the item unless it is open, and moves it by the menu of its stage. */
async function moveInPanel(page: Page, title: string, stage: string): Promise<void> {
  await page.locator("[data-card]").filter({ hasText: title }).getByRole("link").click();
  const panel = page.getByRole("complementary");
  await panel.getByRole("button", { name: /^Stage/u }).click();
  await page.getByRole("menuitemradio", { name: stage }).click();
  await panel.getByRole("button", { name: new RegExp(`^Stage: ${stage}`, "iu") }).waitFor();
}
