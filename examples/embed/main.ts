// A program with a node inside: a web form for bug reports, each of which becomes an item.
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { foundMesh, openNode, TowlineError } from "towline";

const [dir = "./bugs", port = "8080"] = process.argv.slice(2);
if (!existsSync(dir)) foundMesh({ dir, name: "bugs" });
const node = await openNode({ dir, listen: { host: "127.0.0.1", port: 0 } });
node.on("applied", ({ items }) => console.log("changed:", [...items].join(", ")));

const form = `<!doctype html><title>Bugs</title>
<form method="post"><input name="title" required> <button>Report</button></form>`;

const server = createServer((request, response) => {
  answer(request).then(
    ({ status, text }) => response.writeHead(status, { "content-type": "text/html" }).end(text),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});

async function answer(request: IncomingMessage): Promise<{ status: number; text: string }> {
  if (request.method !== "POST") return { status: 200, text: form + list() };
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > 10_000) return { status: 413, text: "That is too long." };
  }
  const title = new URLSearchParams(body).get("title") ?? "";
  const id = `bug-${crypto.randomUUID().slice(0, 8)}`;
  try {
    // Resolves once it is on disk: what was acknowledged is not lost.
    await node.write([[["new", id, { title, stage: "backlog", kind: "bug" }]]], { actor: "form" });
    return { status: 201, text: form + list() };
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    return { status: 422, text: escape(error.message) };
  }
}

function list(): string {
  const items = [...node.items()].map(({ item, fields: { title = "", stage = "" } }) => {
    const words = [item, title, stage].filter((word) => typeof word === "string");
    return `<li>${escape(words.join(" · "))}</li>`;
  });
  return `<ul>${items.join("")}</ul>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

server.listen(Number(port), "127.0.0.1", () => {
  const { port: actual } = server.address() as AddressInfo;
  console.log(`report bugs at http://127.0.0.1:${actual}/; other nodes join ${node.url}`);
});
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  void node.close();
});
