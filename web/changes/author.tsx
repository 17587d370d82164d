/** Who wrote something, when, and on which node. */
import type { AuthorshipDto } from "../../src/client/contract.ts";
import { useNodeName } from "../shell/node-names.tsx";
import { RelativeTime } from "../ui/time.tsx";
import "./author.css";

export interface AuthorProps {
  readonly by: AuthorshipDto;
  /** What the node called itself, where that came along. */
  readonly node?: string | null;
}

export function Author({ by, node = null }: AuthorProps) {
  const nameOf = useNodeName();
  return (
    <span className="author" title={`node ${by.author}`}>
      <bdi className="author-actor">{by.actor === "" ? "somebody" : by.actor}</bdi>
      {" on "}
      <bdi>{node ?? nameOf(by.author)}</bdi>
      {", "}
      <RelativeTime time={by.time} />
    </span>
  );
}
