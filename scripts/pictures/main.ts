// `npm run screenshots`: takes the pictures of the documents anew, into docs/images.
import { statSync } from "node:fs";
import { join } from "node:path";
import { openBrowser } from "../../test/board/support/browser.ts";
import { buildBoard } from "../board.ts";
import { pictureBoard } from "./board.ts";
import { picturePages } from "./pages.ts";

const folder = join(import.meta.dirname, "../../docs/images");
/** Whoever clones takes them all along. */
const bytesMax = 200_000;

await buildBoard();
await using cleanup = new AsyncDisposableStack();
const browser = await openBrowser();
cleanup.defer(() => browser.close());
await pictureBoard(browser, folder);
const names = await picturePages(browser, folder);
for (const name of ["board-light.png", "board-dark.png", ...names]) {
  const { size } = statSync(join(folder, name));
  console.log(`${name}: ${(size / 1_000).toFixed(0)} kB`);
  if (size <= bytesMax) continue;
  console.error(`${name} is larger than ${bytesMax / 1_000} kB`);
  process.exitCode = 1;
}
