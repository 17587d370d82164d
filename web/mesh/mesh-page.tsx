/**
 * The mesh: this node, those it exchanges changes with, and what is wrong. What asks for somebody
 * comes first. All of it is what the node says of itself, a few seconds old at most.
 */
import { useId, useState } from "react";
import type { StatusDto } from "../../src/client/contract.ts";
import { useSyncStatus } from "../../src/react/index.ts";
import { EmptyState, Spinner } from "../ui/empty.tsx";
import { Icon } from "../ui/icon.tsx";
import { clockTime } from "../ui/time-text.ts";
import { MeshGraph } from "./graph.tsx";
import type { MeshNode } from "./nodes.ts";
import { nodesOf } from "./nodes.ts";
import { NodeTable } from "./node-table.tsx";
import { ThisNode } from "./this-node.tsx";
import { Forks, Pending, Rejections } from "./troubles.tsx";
import "./mesh-page.css";

export function MeshPage() {
  const { status, asOf, phase } = useSyncStatus();
  if (status === null) return <Spinner label="Asking the node" />;
  const nodes = nodesOf(status);
  const fresh = asOf === null ? "" : `as of ${clockTime(asOf)}`;
  return (
    <div className="mesh">
      <header className="mesh-head">
        <h1>Mesh</h1>
        <p className="mesh-sync">{status.sync.text}</p>
        <p className="mesh-as-of">
          {phase === "live" ? fresh : `${fresh}; the node does not answer`}
        </p>
      </header>
      <Attention status={status} />
      <Nodes status={status} nodes={nodes} />
      <div className="mesh-cards">
        <ThisNode status={status} />
        <Pending status={status} />
        <Rejections status={status} />
        <Forks status={status} />
      </div>
    </div>
  );
}

function Attention({ status: { attention } }: { readonly status: StatusDto }) {
  if (attention.length === 0) return null;
  return (
    <section className="mesh-attention" aria-label="Needs attention">
      <ul>
        {attention.map(({ code, text }, at) => (
          <li key={`${code} ${at}`}>
            <Icon name="conflict" />
            <span>
              {text} <code>{code}</code>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Nodes(props: { readonly status: StatusDto; readonly nodes: readonly MeshNode[] }) {
  const { status, nodes } = props;
  const [chosen, setChosen] = useState<string | null>(null);
  const tableId = useId();
  const choose = (key: string): void => {
    setChosen(key === chosen ? null : key);
    document.getElementById(rowId(tableId, key))?.scrollIntoView({ block: "nearest" });
  };
  if (nodes.length === 0) {
    return (
      <EmptyState icon="mesh" title="This node is alone">
        <p>
          Ask another one in with <code>towline invite</code>.
        </p>
      </EmptyState>
    );
  }
  return (
    <>
      <MeshGraph self={status.name} nodes={nodes} chosen={chosen} onChoose={choose} />
      <NodeTable
        nodes={nodes}
        ops={status.ops}
        chosen={chosen}
        rowId={(key) => rowId(tableId, key)}
      />
    </>
  );
}

function rowId(tableId: string, key: string): string {
  return `${tableId}-${key}`;
}
