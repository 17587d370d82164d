// Three nodes: a hub, and two laptops that join it, write while nobody listens, and converge.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TowlineNode } from "towline";
import { foundMesh, joinMesh, openNode } from "towline";

const folder = mkdtempSync(join(tmpdir(), "towline-example-"));
const anyPort = { host: "127.0.0.1", port: 0 };

// The hub founds the pipeline. Nothing but its place in the middle makes it a hub.
const hubDir = join(folder, "hub");
foundMesh({ dir: hubDir, name: "hub" });
const hub = await openNode({ dir: hubDir, listen: anyPort });

// Each laptop joins with an invite, which also says which key the hub has to have.
async function laptop(name: string): Promise<TowlineNode> {
  const dir = join(folder, name);
  const { url, token } = await hub.invite();
  await joinMesh({ dir, name, url, token, key: hub.id });
  return await openNode({ dir, listen: anyPort, settings: { name } });
}
const laptops = [await laptop("ann"), await laptop("bob")] as const;
const [ann, bob] = laptops;

// They dial nobody yet: this is what work on a train looks like.
await ann.write([[["new", "login", { title: "Fix the login", stage: "backlog" }]]]);
await ann.write([[["set", "login", "priority", 1]]]);
await bob.write([[["new", "docs", { title: "Write the docs", stage: "coding" }]]]);
await bob.write([[["note", "docs", "The first page is done."]]]);
console.log(`apart:    ann has ${ann.digest().items} item, bob has ${bob.digest().items}`);

// From here on both keep a connection to the hub, and wait until all three have the same.
for (const node of laptops) node.addRendezvous(hub.url ?? "");
await Promise.all(laptops.map((node) => node.whenSynced({ peers: [hub.id] })));
await hub.whenSynced({ peers: [ann.id, bob.id] });
await Promise.all(laptops.map((node) => node.whenSynced({ peers: [hub.id] })));

for (const node of [hub, ...laptops]) {
  const { items, count, state } = node.digest();
  console.log(`together: ${node.name.padEnd(4)} ${items} items, ${count} ops, state ${state}`);
}
for (const { item, fields } of bob.items()) console.log(`          ${item}:`, fields["title"]);

for (const node of [...laptops, hub]) await node.close();
rmSync(folder, { recursive: true });
