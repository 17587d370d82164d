/** What this node says of itself. */
import type { StatusDto } from "../../src/client/contract.ts";
import { bytesText } from "../ui/bytes-text.ts";
import { span } from "../ui/time-text.ts";
import { Card, Facts } from "./card.tsx";

export function ThisNode({ status }: { readonly status: StatusDto }) {
  const { name, node, mesh, version, upMs, ops, items, dbBytes, claims } = status;
  const held = Object.entries(claims).map(([state, count]) => `${count} ${state}`);
  return (
    <Card title="This node">
      <Facts
        facts={[
          ["Name", <bdi key="name">{name}</bdi>],
          ["Node", <code key="node">{node}</code>],
          ["Mesh", <code key="mesh">{mesh}</code>],
          ["Version", version],
          ["Running for", span(upMs)],
          ["Holds", `${count(ops, "op")}, ${count(items, "item")}`],
          ["On disk", dbBytes === null ? "not known" : bytesText(dbBytes)],
          ["Claims", held.length === 0 ? "none" : held.join(", ")],
        ]}
      />
    </Card>
  );
}

function count(many: number, what: string): string {
  return `${many.toLocaleString()} ${what}${many === 1 ? "" : "s"}`;
}
