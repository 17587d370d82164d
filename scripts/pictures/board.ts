/** The pictures of the README: the board of two nodes in step, light and dark. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import type { TowlineNode } from "../../src/api/index.ts";
import { joinMesh, openNode } from "../../src/api/index.ts";
import { serveMade } from "../../bench/board/served.ts";

const items = 320;
const viewport = { width: 1240, height: 580 };

export async function pictureBoard(browser: Browser, folder: string): Promise<void> {
  await using served = await serveMade(items);
  const dir = mkdtempSync(join(tmpdir(), "towline-picture-"));
  const url = served.node.url ?? "";
  await joinMesh({ dir, name: "laptop", url, token: null, key: null });
  const listen = { host: "127.0.0.1", port: 0 };
  const peer = await openNode({ dir, listen, settings: { rendezvous: [url] } });
  try {
    await inStep(served.node);
    for (const colorScheme of ["light", "dark"] as const) {
      const context = await browser.newContext({ viewport, colorScheme });
      const page = await context.newPage();
      await page.goto(served.sessionUrl());
      await page.getByText("In sync with 1 peer").waitFor();
      await page.getByText(`${items} items`).waitFor();
      await page.screenshot({ path: join(folder, `board-${colorScheme}.png`) });
      await context.close();
    }
  } finally {
    await peer.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function inStep(node: TowlineNode): Promise<void> {
  while (node.status().sync.inSync !== 1) await sleep(50);
}
