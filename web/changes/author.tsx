/** Who wrote something, when, and on which node. */
import type { AuthorshipDto } from "../../src/client/contract.ts";
import { RelativeTime } from "../ui/time.tsx";
import "./author.css";

export interface AuthorProps {
  readonly by: AuthorshipDto;
  /** What the node calls itself; null when it never told. */
  readonly node: string | null;
}

export function Author({ by, node }: AuthorProps) {
  return (
    <span className="author" title={`node ${by.author}`}>
      <bdi className="author-actor">{by.actor === "" ? "somebody" : by.actor}</bdi>
      {" on "}
      <bdi>{node ?? by.author.slice(0, 8)}</bdi>
      {", "}
      <RelativeTime time={by.time} />
    </span>
  );
}
