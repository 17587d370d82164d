/** The mesh as a picture. Its text alternative is the table below it, which says the same. */
import { useId, useMemo } from "react";
import type { Point } from "./layout.ts";
import { layoutOf } from "./layout.ts";
import type { MeshNode } from "./nodes.ts";
import { shortened } from "./nodes.ts";
import "./graph.css";

/** Names longer than this run into their neighbours. */
const nameCharsMax = 16;
const wordCharsMax = 24;
/** Smaller than so nobody can read it: then it scrolls. */
const leastScale = 0.75;

export function MeshGraph(props: {
  readonly self: string;
  readonly nodes: readonly MeshNode[];
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}) {
  const { self, nodes, chosen, onChoose } = props;
  const id = useId();
  const { width, height, centre, places } = useMemo(() => layoutOf(nodes.length), [nodes.length]);
  return (
    <div className="mesh-picture">
      <svg
        className="mesh-graph"
        viewBox={`0 0 ${width} ${height}`}
        style={{ maxWidth: `${width}px`, minWidth: `${Math.round(width * leastScale)}px` }}
        role="group"
        aria-label={`This node, ${self}, and ${nodes.length} others`}
      >
        {nodes.map((node, at) => (
          <Edge key={node.key} node={node} from={centre} to={places[at] ?? centre} />
        ))}
        <g className="mesh-node mesh-self" transform={`translate(${centre.x} ${centre.y})`}>
          <circle r="15" />
          <g transform="translate(0 7)">
            <Caption id={`${id}-self`} name={self} words="this node" />
          </g>
        </g>
        {nodes.map((node, at) => (
          <Spot
            key={node.key}
            node={node}
            place={places[at] ?? centre}
            isChosen={node.key === chosen}
            onChoose={() => onChoose(node.key)}
          />
        ))}
      </svg>
    </div>
  );
}

function Edge({ node, from, to }: { node: MeshNode; from: Point; to: Point }) {
  if (node.peer === null) return null;
  return <line className={`mesh-edge ${node.tone}`} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />;
}

function Spot(props: {
  readonly node: MeshNode;
  readonly place: Point;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const { node, place, isChosen, onChoose } = props;
  const id = useId();
  return (
    <g
      className={`mesh-node ${node.tone}`}
      transform={`translate(${place.x} ${place.y})`}
      role="button"
      tabIndex={0}
      aria-pressed={isChosen}
      aria-labelledby={`${id}-name ${id}-words`}
      onClick={onChoose}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onChoose();
      }}
    >
      <rect className="mesh-reach" x="-62" y="-22" width="124" height="62" rx="8" />
      <circle r="11" />
      <Caption id={id} name={node.name} words={node.words} />
    </g>
  );
}

interface CaptionProps {
  readonly id: string;
  readonly name: string;
  readonly words: string;
}

function Caption({ id, name, words }: CaptionProps) {
  return (
    <>
      <text id={`${id}-name`} className="mesh-name" y="25">
        {shortened(name, nameCharsMax)}
      </text>{" "}
      <text id={`${id}-words`} className="mesh-words" y="37">
        {shortened(words.split(";", 1)[0] ?? words, wordCharsMax)}
      </text>
    </>
  );
}
