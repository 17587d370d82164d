/** The pages of the board: files that the build has made, and one that says that there are none. */
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
import { TowlineError } from "../base/errors.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".txt": "text/plain; charset=utf-8",
};

/** Beside the compiled code, or in the build of a clone. */
const boardFolder =
  basename(dirname(import.meta.dirname)) === "src"
    ? join(import.meta.dirname, "../../dist/board")
    : join(import.meta.dirname, "../board");

/** The file that a path names, the one page for routes that the page itself knows; else null. */
export function boardPath(url: string): string | null {
  const path = url.split(/[?#]/u)[0] ?? "";
  if (/^\/(?:api|mcp|metrics|healthz|readyz|crdt-sync)(?:\/|$)/u.test(path)) return null;
  if (!/^\/[A-Za-z0-9_.~/:%-]*$/u.test(path) || path.split("/").includes("..")) return null;
  // The id of an item may end like the name of a file.
  return extname(path) === "" || path.startsWith("/item/") ? "/index.html" : path;
}

export async function sendPage(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const path = boardPath(request.url);
  // The listing says what there is: no path leads out of the folder.
  const files = path === null ? [] : filesIn(boardFolder);
  if (path === "/index.html" && !files.includes(path)) {
    sendMissing(reply);
    return;
  }
  const type = types[extname(path ?? "")];
  if (path === null || type === undefined || !files.includes(path)) {
    throw new TowlineError("http/not-found", "There is nothing at this path.");
  }
  const bytes = await readFile(join(boardFolder, path));
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  const isHashed = path.startsWith("/assets/");
  reply.headers({
    etag,
    "content-type": type,
    "cache-control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
  });
  if (request.headers["if-none-match"] === etag) void reply.code(304).send();
  else void reply.send(bytes);
}

/** Paths below the folder; made anew when the build has written its page. */
function filesIn(folder: string): readonly string[] {
  const changed = statSync(join(folder, "index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (listing.changed === changed) return listing.files;
  const entries = changed === 0 ? [] : readdirSync(folder, { recursive: true });
  const files = entries.map((entry) => `/${String(entry).replaceAll("\\", "/")}`);
  listing = { changed, files };
  return files;
}

let listing: { readonly changed: number; readonly files: readonly string[] } = {
  changed: -1,
  files: [],
};

const missing = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Towline</title>
<h1>The board has not been built</h1>
<p>This node runs from its sources. Build the board once, then load this page again:</p>
<pre>npm run build</pre>
<p>Everything else works meanwhile: the command line, the API, sync.</p>
</html>
`;

function sendMissing(reply: FastifyReply): void {
  void reply
    .code(503)
    .type("text/html; charset=utf-8")
    .header("cache-control", "no-store")
    .send(missing);
}
