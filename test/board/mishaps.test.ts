/** The board by finger, and what becomes of changes without an answer, or without a session. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, CDPSession, Page } from "playwright-core";
import { buildBoard } from "../../scripts/board.ts";
import { until } from "../support/until.ts";
import type { User } from "./support/browser.ts";
import { noBrowser, openBrowser, openUser } from "./support/browser.ts";
import type { BoardNode } from "./support/nodes.ts";
import { foundBoard } from "./support/nodes.ts";

const skip = noBrowser() ?? false;

interface Point {
  readonly x: number;
  readonly y: number;
}

describe("the board when things go another way", { skip }, () => {
  let browser: Browser;
  before(async () => {
    await buildBoard();
    browser = await openBrowser();
  });
  after(() => browser.close());

  async function signedIn(at: BoardNode, options = {}): Promise<User> {
    const user = await openUser(browser, { origin: at.origin, ...options });
    await user.page.goto(at.signInUrl("kim"));
    await user.page.locator("[data-card]").first().waitFor();
    return user;
  }

  test("a finger scrolls, swipes to the next column, and carries what it rests on", async (t) => {
    const hub = await foundBoard(t);
    await hub.node.write([
      Array.from({ length: 60 }, (_, n) => [
        "new",
        `a-${n}`,
        { title: `Item ${n}`, stage: "coding" },
      ]),
    ]);
    const viewport = { width: 390, height: 844 };
    await using user = await openUser(browser, {
      ...{ origin: hub.origin, viewport, hasTouch: true, isMobile: true },
    });
    const { page, context } = user;
    await page.goto(hub.signInUrl("kim"));
    const finger = await context.newCDPSession(page);
    const current = page.locator(".stage-tab[aria-current]");
    await page.getByRole("button", { name: "Coding 60" }).waitFor();
    await slide(finger, { x: 350, y: 600 }, { x: 60, y: 600 });
    await current.filter({ hasText: "Coding" }).waitFor();
    for (let times = 0; times < 3; times += 1) {
      await slide(finger, { x: 200, y: 750 }, { x: 200, y: 250 });
    }
    // Cards far above the window are not there any more.
    await page
      .locator(".column[data-stage=coding] [data-index='0']")
      .waitFor({ state: "detached" });
    await atRest(page);
    const card = page.locator(".column[data-stage=coding] [data-card]").nth(8);
    const id = (await card.getAttribute("data-card")) ?? "";
    const tab = page.getByRole("button", { name: /^QA/u });
    await carry(finger, page, await middleOf(card), await middleOf(tab));
    await until(() => hub.node.item(id)?.fields["stage"] === "qa", "the card is in qa");
    assert.match(await current.innerText(), /^Coding/u);
  });

  test("what is filtered stays so when a card is opened, and the keys go on from a fold", async (t) => {
    const hub = await foundBoard(t);
    await hub.node.write([
      [
        ["new", "a-1", { title: "Find me", stage: "backlog" }],
        ["new", "a-2", { title: "Find me too", stage: "backlog" }],
        ["new", "a-3", { title: "Other", stage: "backlog" }],
      ],
    ]);
    await using user = await signedIn(hub);
    const { page } = user;
    await page.keyboard.press("/");
    await page.keyboard.type("find");
    await page.getByText("2 of 3 items").waitFor();
    await page.keyboard.press("Enter");
    await page.locator("[data-focus=a-1]:focus").waitFor();
    await page.keyboard.press("m");
    await page.getByRole("menuitemradio", { name: "Archived" }).click();
    await page.locator("[data-focus=a-2]:focus").waitFor();
    await page.locator("[data-focus=a-2]").click();
    await page.waitForURL("**/item/a-2?q=find");
  });

  test("a change without an answer is taken back, kept, and sent when told", async (t) => {
    const hub = await foundBoard(t);
    await hub.node.write([[["new", "a-1", { title: "Lost", stage: "backlog" }]]]);
    await using user = await signedIn(hub);
    const { page } = user;
    user.expects(/ERR_FAILED/u);
    await page.route("**/move", (route) => route.abort());
    await page.locator("[data-focus=a-1]").focus();
    for (const key of ["Space", "ArrowRight", "Space"]) await page.keyboard.press(key);
    await page.getByText("1 change was not sent: Move Lost to coding").waitFor();
    await page.locator("[data-stage=backlog] [data-card=a-1]").waitFor();
    assert.equal(hub.node.item("a-1")?.fields["stage"], "backlog");
    await page.unroute("**/move");
    await page.getByRole("button", { name: "Send again" }).click();
    await page.locator("[data-stage=coding] [data-card=a-1]").waitFor();
    await page.getByText("1 change was not sent").waitFor({ state: "detached" });
    assert.equal(hub.node.item("a-1")?.fields["stage"], "coding");
  });

  test("when the session is over, the page stays, and what was not sent is sent after", async (t) => {
    const hub = await foundBoard(t);
    await hub.node.write([[["new", "a-1", { title: "Kept", stage: "backlog" }]]]);
    await using user = await signedIn(hub);
    const { page, context } = user;
    user.expects(/401/u);
    await context.clearCookies();
    await page.locator("[data-focus=a-1]").focus();
    for (const key of ["Space", "ArrowRight", "Space"]) await page.keyboard.press(key);
    const dialog = page.getByRole("dialog", { name: "Sign in again" });
    await dialog.getByLabel("with a token").fill(hub.token("editor"));
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Send again" }).click();
    await page.locator("[data-stage=coding] [data-card=a-1]").waitFor();
    await until(() => hub.node.item("a-1")?.fields["stage"] === "coding", "it is on the node");
  });
});

async function middleOf(element: ReturnType<Page["locator"]>): Promise<Point> {
  const box = await element.boundingBox();
  assert.ok(box !== null);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

type TouchType = "touchStart" | "touchMove" | "touchEnd";

async function touch(finger: CDPSession, type: TouchType, at: readonly Point[]): Promise<void> {
  await finger.send("Input.dispatchTouchEvent", { type, touchPoints: [...at] });
}

/** A finger that lands on a column which still glides stops it, and lifts nothing. */
async function atRest(page: Page): Promise<void> {
  const place = `document.querySelector(".column[data-stage=coding] .column-cards").scrollTop`;
  for (let before = -1; ;) {
    const now = await page.evaluate<number>(place);
    if (now === before) return;
    before = now;
    await page.waitForTimeout(150);
  }
}

/** Moves on at once, as who scrolls does. */
async function slide(finger: CDPSession, from: Point, to: Point): Promise<void> {
  await touch(finger, "touchStart", [from]);
  await move(finger, from, to);
  await touch(finger, "touchEnd", []);
}

/** Rests until the card is lifted, then moves. */
async function carry(finger: CDPSession, page: Page, from: Point, to: Point): Promise<void> {
  await touch(finger, "touchStart", [from]);
  await page.locator(".card-ghost").waitFor();
  await move(finger, from, to);
  await page.locator(".stage-tab[data-over]").waitFor();
  await touch(finger, "touchEnd", []);
}

async function move(finger: CDPSession, from: Point, to: Point): Promise<void> {
  for (let step = 1; step <= 8; step += 1) {
    const share = step / 8;
    const at = { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
    await touch(finger, "touchMove", [at]);
  }
}
