// Takes what is ready in the stage coding, works on it, and says how that ended.
import { openNode } from "towline";

await using node = await openNode({
  dir: process.argv[2] ?? ".towline",
  listen: { host: "127.0.0.1", port: 0 },
});
const { desk, endings } = node.work;
const actor = "robot";
const how = { actor, confirm: { kind: "hub" }, waitMs: 10_000, ttlMs: null, reason: "" } as const;

for (;;) {
  const claimed = await desk.take({ stages: ["coding"], labels: [] }, { ...how, isManual: true });
  if (claimed === null) break;
  const { item, claim, epoch, view } = claimed;
  try {
    console.log(`working on ${item}, epoch ${epoch}:`, view.fields["title"]);
    if (view.fields["description"] === undefined) throw new Error("nobody said what to do");
    await endings.complete(item, { actor, claim, to: null, force: null });
  } catch (error) {
    await endings.fail(item, { actor, claim, reason: String(error), retries: 0 });
  }
}
