/** Each page in a browser: readable by everybody, with thousands of items, with hostile texts. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import type { AxeResults, RunOptions } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { buildBoard } from "../../scripts/board.ts";
import type { ChangeTuple } from "../../src/api/index.ts";
import { itemSegment } from "../../src/client/item-path.ts";
import { noBrowser, openBrowser, openUser } from "./support/browser.ts";
import { foundBoard, joinBoard } from "./support/nodes.ts";
import { storyOps, tellStory } from "./support/story.ts";

const skip = noBrowser() ?? false;
const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

describe("the pages in a browser", { skip }, () => {
  let browser: Browser;
  before(async () => {
    await buildBoard();
    browser = await openBrowser();
  });
  after(() => browser.close());

  test("no page has a serious fault of accessibility, light or dark", async (t) => {
    const hub = await foundBoard(t);
    const laptop = await joinBoard(t, hub, {});
    await tellStory(hub, laptop);
    await using user = await openUser(browser, { origin: hub.origin });
    const { page } = user;
    await page.goto(hub.signInUrl("kim"));
    await page.evaluate(axeSource);
    const shown = [
      ["/", page.getByText("Map view forgets its zoom")],
      ["/item/tide-41", page.getByText('created "Retry uploads that broke off"', { exact: false })],
      ["/mesh", page.getByRole("row", { name: /laptop/u })],
      ["/history?at=12", page.getByText(`12 of ${storyOps} changes`)],
      [`/history?at=${storyOps}&from=12`, page.getByText("9 created, 3 changed")],
      ["/history?log", page.getByText("waits for the price list", { exact: false })],
    ] as const;
    const faults: string[] = [];
    for (const [path, sign] of shown) {
      await goTo(page, path);
      await sign.first().waitFor();
      faults.push(...(await faultsOf(page, {})).map((fault) => `${path}: ${fault}`));
      // In the other light only colours are others.
      await page.emulateMedia({ colorScheme: "dark" });
      const dark = await faultsOf(page, { runOnly: ["color-contrast"] });
      faults.push(...dark.map((fault) => `${path}, dark: ${fault}`));
      await page.emulateMedia({ colorScheme: "light" });
    }
    assert.deepEqual(faults, []);
  });

  test("a board of 5,000 items holds as much of the page as one of fifty", async (t) => {
    const hub = await foundBoard(t);
    const made = Array.from({ length: 5_000 }, (_, at): ChangeTuple => {
      const stage = ["backlog", "backlog", "coding", "qa", "done"][at % 5] ?? "backlog";
      return ["new", `it-${at}`, { title: `Item number ${at}`, stage, priority: at }];
    });
    await hub.node.write(
      Array.from({ length: 25 }, (_, at) => made.slice(at * 200, at * 200 + 200)),
    );
    await using user = await openUser(browser, { origin: hub.origin });
    const { page } = user;
    const startedAt = performance.now();
    await page.goto(hub.signInUrl("kim"));
    await page.getByText("5,000 items").waitFor();
    const loadedMs = performance.now() - startedAt;
    const gaps = await page.evaluate<readonly number[]>(scrollThrough);
    await page.getByText("Item number 4996").waitFor();
    const { elements, cards } = await page.evaluate<Record<string, number>>(sizeOfPage);
    const late = gaps.filter((gap) => gap > 50).length;
    const worst = Math.max(...gaps).toFixed(0);
    t.diagnostic(`loaded in ${loadedMs.toFixed(0)} ms; ${gaps.length} frames, ${late} over 50 ms`);
    t.diagnostic(`the longest ${worst} ms; ${cards} cards and ${elements} elements in the page`);
    assert.ok((cards ?? 0) > 20 && (cards ?? 0) < 200, `${cards} cards`);
    assert.ok((elements ?? 0) < 4_000, `${elements} elements`);
  });

  test("texts of strangers stay texts, whatever they hold, on a phone as well", async (t) => {
    const evil = `"><img src=x onerror="pwned=1"><script>pwned=1</script>`;
    const hub = await foundBoard(t, evil.slice(0, 40));
    const title = `${evil}\u202e مرحبا 👩‍👩‍👧${"W".repeat(300)}`;
    const items = ["..", "a.png", "__proto__", "x:1"];
    for (const item of items) {
      await hub.node.write(
        [
          [
            [
              "new",
              item,
              {
                title,
                stage: "coding",
                description: evil,
                assignee: evil,
                x_u: "javascript:pwned=1",
                [`x_${evil}`]: { deep: [evil] },
              },
            ],
            ["add", item, "labels", evil],
            ["add", item, "labels", "🏳️‍🌈".repeat(40)],
            ["add", item, "depends_on", "javascript:pwned=1"],
            ["note", item, `${evil}\n${"v".repeat(4_000)}`],
          ],
        ],
        { actor: evil },
      );
    }
    await using user = await openUser(browser, {
      origin: hub.origin,
      viewport: { width: 390, height: 800 },
    });
    const { page } = user;
    page.on("dialog", () => assert.fail("a dialog opened"));
    await page.goto(hub.signInUrl("kim"));
    await page.locator("[data-card]").first().waitFor();
    const paths = items.map((item) => `/item/${itemSegment(item)}`);
    for (const path of [
      ...paths,
      "/",
      "/mesh",
      "/history",
      "/history?log",
      "/history?at=5&from=1",
    ]) {
      await page.goto(hub.origin + path);
      const shown = path.startsWith("/item/") ? page.getByRole("dialog") : page.locator("main");
      await shown.getByText("onerror=", { exact: false }).first().waitFor();
      const state = await page.evaluate<readonly unknown[]>(stateOfPage);
      assert.deepEqual(state, ["undefined", 0, 390], path);
    }
  });
});

// What runs in the page is a text: the types of this program do not know its names.

/** Within the page, as its links do. */
async function goTo(page: Page, path: string): Promise<void> {
  const address = JSON.stringify(path);
  await page.evaluate(
    `history.pushState(null, "", ${address}); dispatchEvent(new PopStateEvent("popstate"))`,
  );
}

/** Scrolls the fullest column to its end, and says how long each frame took. */
const scrollThrough = `(async () => {
  const column = document.querySelector(".column-cards");
  const gaps = [];
  const stepPx = column.scrollHeight / 60;
  for (let last = performance.now(), frames = 0; frames < 70; frames += 1) {
    column.scrollTop += stepPx;
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
    last = now;
  }
  // What was not seen yet has an estimated height: the end moves while one comes near.
  while (column.scrollTop + column.clientHeight < column.scrollHeight - 1) {
    column.scrollTop = column.scrollHeight;
    await new Promise(requestAnimationFrame);
  }
  return gaps;
})()`;

const sizeOfPage = `({
  elements: document.querySelectorAll("*").length,
  cards: document.querySelectorAll("[data-card]").length,
})`;

/** Whether a script of somebody's text ran, images that it made, and how wide it became. */
const stateOfPage = `(() => {
  const wide = [...document.querySelectorAll("html, main, .dialog-body")];
  return [
    typeof pwned,
    document.querySelectorAll("img, iframe, #root script").length,
    Math.max(...wide.map((each) => each.scrollWidth)),
  ];
})()`;

/** Looks when what has just changed is painted. */
const runAxe = `async (options) => {
  for (let frames = 0; frames < 2; frames += 1) await new Promise(requestAnimationFrame);
  return await axe.run({ resultTypes: ["violations"], preload: false, ...options });
}`;

async function faultsOf(page: Page, options: RunOptions): Promise<readonly string[]> {
  const { violations } = await page.evaluate<AxeResults>(`(${runAxe})(${JSON.stringify(options)})`);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}
