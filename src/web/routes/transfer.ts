/** What comes in from elsewhere and goes out as a whole: import and export. */
import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { Readable } from "node:stream";
import { TowlineError } from "../../base/errors.ts";
import { apiImportBytesMax } from "../../base/limits.ts";
import { importSource } from "../../commands/import.ts";
import { exportOps } from "../../commands/ops.ts";
import { actorOf } from "../actor.ts";
import { importReportSchema } from "../schemas/transfer.ts";
import { text } from "../schemas/parts.ts";
import type { Call } from "../web.ts";
import { route, run } from "../web.ts";

/** Nodes that are taking in an import: one each, for it is held in memory. */
const importing = new WeakSet();

export const transferRoutes = [
  route<object, object, Readable>({
    method: "POST",
    url: "/api/v1/import",
    access: "editor",
    tag: "transfer",
    summary: "Take in what `towline import` takes as a file: items, an edit trace, an export",
    takes: "application/x-ndjson",
    answers: { 200: importReportSchema },
    handle: async (call) => {
      const { node } = call.web.host;
      if (importing.has(node)) {
        throw new TowlineError("http/busy", "Another import is under way. Try again later.");
      }
      importing.add(node);
      try {
        return await importFrom(call);
      } finally {
        importing.delete(node);
      }
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/export",
    access: "viewer",
    tag: "transfer",
    summary: "Every op, signed, a line each: what `towline import` takes back",
    gives: "application/x-ndjson",
    answers: { 200: text },
    handle: (call) => {
      const lines = new PassThrough();
      run(call, exportOps, {}, async (rows) => {
        const chunk = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
        if (!lines.write(chunk)) await once(lines, "drain", { signal: call.signal });
      }).then(
        () => lines.end(),
        (error: unknown) => lines.destroy(error as Error),
      );
      call.reply.type("application/x-ndjson");
      return lines;
    },
  }),
];

async function importFrom(call: Call<object, object, Readable>): Promise<unknown> {
  const { web, signal, request, body } = call;
  const actor = actorOf(call);
  const declared = Number(request.headers["content-length"] ?? "0");
  if (declared > apiImportBytesMax) throw tooLarge();
  const bytes = await bytesOf(body);
  const context = {
    ...web.host,
    signal,
    rows: () => Promise.resolve(),
    progress: () => undefined,
  };
  return await importSource(context, { kind: "file", source: "the body", bytes }, actor);
}

async function bytesOf(body: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > apiImportBytesMax) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): TowlineError {
  const message = `An import has at most ${apiImportBytesMax} bytes. Split it.`;
  return new TowlineError("http/too-large", message);
}
