/** The process of one node under measurement: takes calls from the benchmark and answers them. */
import { assert } from "../src/base/assert.ts";
import type { Reply, Request } from "./calls.ts";
import { handlers } from "./measured-node.ts";

process.on("message", (request: Request) => void answer(request));
// The benchmark is over, or was stopped: then an open node must not stay behind.
process.on("disconnect", () => process.exit());

async function answer({ number, name, input }: Request): Promise<void> {
  const handler = handlers[name] as (input: unknown) => Promise<unknown>;
  let reply: Reply;
  try {
    reply = { number, output: await handler(input) };
  } catch (error) {
    reply = { number, error: error instanceof Error ? String(error.stack) : String(error) };
  }
  assert(process.send !== undefined, "the benchmark forks this process");
  process.send(reply);
}
