/** The nodes of the mesh as a table: what the picture shows, and the figures. */
import type { PeerDto } from "../../src/client/contract.ts";
import { Link } from "../shell/router.tsx";
import { itemPath } from "../item/address.ts";
import { bytesText } from "../ui/bytes-text.ts";
import { Badge } from "../ui/badge.tsx";
import type { Tone } from "../ui/badge.tsx";
import { ago, span } from "../ui/time-text.ts";
import type { MeshNode, NodeTone } from "./nodes.ts";
import { durableWords, isConnected, stateWords } from "./nodes.ts";
import "./node-table.css";

const tones: Readonly<Record<NodeTone, Tone>> = {
  same: "good",
  differs: "warn",
  unknown: "plain",
  away: "plain",
};

const columns = ["Node", "State", "Has on disk", "Connection", "In / out", "Last sign"] as const;

export interface NodeTableProps {
  readonly nodes: readonly MeshNode[];
  /** Ops that are durable here. */
  readonly ops: number;
  readonly chosen: string | null;
  readonly rowId: (key: string) => string;
}

export function NodeTable({ nodes, ops, chosen, rowId }: NodeTableProps) {
  return (
    <div className="node-table" role="region" aria-label="Nodes" tabIndex={0}>
      <table>
        <caption className="hidden-text">Nodes of the mesh, as this node knows them</caption>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <tr
              key={node.key}
              id={rowId(node.key)}
              className={node.key === chosen ? "node-chosen" : undefined}
            >
              <th scope="row">
                <bdi>{node.name}</bdi>
                {node.node !== null && <code title={node.node}>{node.node.slice(0, 8)}</code>}
              </th>
              <td>
                <Badge tone={tones[node.tone]}>{node.words}</Badge>
                <WorksOn node={node} />
                <Trouble peer={node.peer} />
              </td>
              <td data-name={columns[2]}>
                {node.peer === null ? "not known" : durableWords(node.peer, ops)}
              </td>
              <td data-name={columns[3]}>
                {node.peer === null ? "none from here" : <Line peer={node.peer} />}
              </td>
              <td data-name={columns[4]}>{trafficOf(node.peer)}</td>
              <td data-name={columns[5]}>{lastSign(node)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ peer }: { readonly peer: PeerDto }) {
  const { direction, version, url, progress, sending, trusted } = peer;
  const way = direction === "out" ? "dialled" : direction === "in" ? "dialled in" : null;
  const facts = [
    stateWords(peer),
    way,
    version === null ? null : `version ${version}`,
    trusted ? null : "not trusted",
    progress === null ? null : `${progress.received} of ${progress.total} ops received`,
    sending === null ? null : `${sending.sent} of ${sending.total} ops sent`,
  ];
  return (
    <>
      {facts.filter((fact) => fact !== null).join(", ")}
      {url !== null && <code className="node-url">{url}</code>}
    </>
  );
}

function Trouble({ peer }: { readonly peer: PeerDto | null }) {
  if (peer === null || peer.lastError === null || isConnected(peer)) return null;
  const { failures, lastError, retryInMs } = peer;
  const again = retryInMs === null ? "" : `; again in ${span(retryInMs)}`;
  return <p className="node-trouble">{`${lastError} (${failures} in a row${again})`}</p>;
}

function WorksOn({ node: { present } }: { readonly node: MeshNode }) {
  if (present === null || present.worksOn.length === 0) return null;
  return (
    <p className="node-works">
      {"works on "}
      {present.worksOn.slice(0, worksOnMax).map((item, at) => (
        <span key={item}>
          {at > 0 && ", "}
          <Link href={itemPath(item)}>{item}</Link>
        </span>
      ))}
      {present.worksOn.length > worksOnMax && ` and ${present.worksOn.length - worksOnMax} more`}
    </p>
  );
}

/** Items named in a row of the table. */
const worksOnMax = 4;

function trafficOf(peer: PeerDto | null): string {
  if (peer === null || (peer.receivedBytes === null && peer.sentBytes === null)) return "–";
  const { receivedBytes, sentBytes, queuedBytes } = peer;
  const waits = queuedBytes > 0 ? `, ${bytesText(queuedBytes)} wait` : "";
  return `${bytesText(receivedBytes ?? 0)} / ${bytesText(sentBytes ?? 0)}${waits}`;
}

function lastSign({ peer, present }: MeshNode): string {
  const signs = [peer?.lastStatementMs, present?.lastSignMs].filter((ms) => typeof ms === "number");
  return signs.length === 0 ? "none yet" : ago(Math.min(...signs));
}
