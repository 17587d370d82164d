/**
 * `npm run bench:board`: what the board does with thousands of items in Chromium, idle and while a
 * thousand changes a second come in. `--items N`, `--changes N` a second, `--chromium PATH`.
 */
import { parseArgs } from "node:util";
import type { CDPSession, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { buildBoard } from "../../scripts/board.ts";
import { machine } from "../machine.ts";
import type { ServedNode } from "./served.ts";
import { churn, serveMade } from "./served.ts";

const { values } = parseArgs({
  options: {
    items: { type: "string", default: "5000" },
    changes: { type: "string", default: "1000" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});

/** Runs in the page, whose names the types of this program do not know. */
const gapsOfFrames = `async (isScrolling) => {
  const column = document.querySelector(".column-cards");
  const gaps = [];
  const startedAt = performance.now();
  for (let last = startedAt; last - startedAt < 5000; ) {
    const now = await new Promise((resolve) => requestAnimationFrame(resolve));
    gaps.push(now - last);
    last = now;
    if (isScrolling) column.scrollTop += 40;
  }
  return gaps.slice(1);
}`;

await buildBoard();
const browser = await chromium.launch({
  executablePath: values.chromium,
  args: ["--no-sandbox"],
});
try {
  await measureAll();
} finally {
  await browser.close();
}

async function measureAll(): Promise<void> {
  for (const [name, value] of Object.entries(machine())) console.log(`${name}: ${value}`);
  await using served = await serveMade(Number(values.items));
  await measure(await browser.newPage({ viewport: { width: 1440, height: 860 } }), served);
}

async function measure(page: Page, node: ServedNode): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  // CPU time of the page's thread, which other work of the machine does not stretch.
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const startedAt = performance.now();
  await page.goto(node.sessionUrl());
  await page.waitForSelector(".card");
  say("first cards", `${(performance.now() - startedAt).toFixed(0)} ms`);
  const all = Number(values.items).toLocaleString("en");
  await page.getByText(`${all} items`).waitFor();
  say(`all ${all} items loaded`, `${(performance.now() - startedAt).toFixed(0)} ms`);
  say("idle, nothing moves", await framesOf(page, cdp, false));
  say("scrolling", await framesOf(page, cdp, true));
  say("heap of the page", await heapOf(cdp));
  const stop = churn(node, Number(values.changes));
  const began = performance.now();
  say(`at ${values.changes} changes/s`, await framesOf(page, cdp, false));
  say(`scrolling at ${values.changes} changes/s`, await framesOf(page, cdp, true));
  const latencies = await latenciesOf(page, node);
  const rate = (await stop()) / ((performance.now() - began) / 1_000);
  say("changes that were written", `${rate.toFixed(0)} a second`);
  say("from a write to the screen meanwhile", spread(latencies, "ms"));
  say("heap of the page", await heapOf(cdp));
}

function say(name: string, figure: string): void {
  console.log(`${name.padEnd(38)} ${figure}`);
}

/** Five seconds of frames; `isScrolling` moves the first column all the time. */
async function framesOf(page: Page, cdp: CDPSession, isScrolling: boolean): Promise<string> {
  const before = await busySeconds(cdp);
  const gaps = await page.evaluate<number[]>(`(${gapsOfFrames})(${isScrolling})`);
  const busy = ((await busySeconds(cdp)) - before) / 5;
  const late = gaps.filter((gap) => gap > 50).length;
  return `${spread(gaps, "ms")}; ${late} over 50 ms; CPU ${(busy * 100).toFixed(0)} %`;
}

async function busySeconds(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
}

async function heapOf(cdp: CDPSession): Promise<string> {
  await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  const bytes = metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? 0;
  return `${(bytes / 1_000_000).toFixed(0)} MB`;
}

/** Changes the title of the first card twenty times, and waits until each is to be read. */
async function latenciesOf(page: Page, { node }: ServedNode): Promise<readonly number[]> {
  await page.evaluate(`document.querySelector(".column-cards").scrollTo(0, 0)`);
  const id = await page.locator(".card").first().getAttribute("data-card");
  const latencies: number[] = [];
  for (let at = 0; at < 20; at += 1) {
    const title = `Seen for the ${at + 1}th time`;
    const startedAt = performance.now();
    await node.write([[["set", id ?? "", "title", title]]]);
    await page.getByText(title, { exact: true }).waitFor();
    latencies.push(performance.now() - startedAt);
  }
  return latencies;
}

function spread(given: readonly number[], unit: string): string {
  const sorted = given.toSorted((left, right) => left - right);
  const at = (share: number): string =>
    (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} p95 ${at(0.95)} p99 ${at(0.99)} max ${at(1)} ${unit}`;
}
