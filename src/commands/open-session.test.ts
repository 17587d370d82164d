/** A session needs a process that serves pages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { foundedFolder, openFor } from "../api/testing/folders.ts";
import { TowlineError } from "../base/errors.ts";
import { resolveConfig } from "../node/config.ts";
import { openSession } from "./open-session.ts";

test("without a node that serves pages there is no session to open", async (t) => {
  const dir = foundedFolder(t);
  const node = await openFor(t, dir);
  const { config } = resolveConfig({ flags: {}, env: {}, dir });
  const { signal } = new AbortController();
  const context = {
    node,
    config,
    signal,
    rows: () => Promise.resolve(),
    progress: () => undefined,
  };
  const isNoNode = (error: unknown): boolean =>
    error instanceof TowlineError && error.code === "http/no-node";
  assert.throws(() => openSession.run(context, { actor: "ann" }), isNoNode);
});
