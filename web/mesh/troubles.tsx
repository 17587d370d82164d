/** What did not go in: ops that wait, ops that were refused, and chains that were forked. */
import type { StatusDto } from "../../src/client/contract.ts";
import { useNodeName } from "../shell/node-names.tsx";
import { bytesText } from "../ui/bytes-text.ts";
import { RelativeTime } from "../ui/time.tsx";
import { span } from "../ui/time-text.ts";
import { Card } from "./card.tsx";
import { shortId } from "./nodes.ts";
import "./troubles.css";

/** Refused ops that the card lists. */
const rejectionsShown = 20;

export function Pending({ status: { pending } }: { readonly status: StatusDto }) {
  return (
    <Card title="Waiting ops">
      {pending.ops === 0 ? (
        <p className="quiet">None: every op that came has all that it builds on.</p>
      ) : (
        <p>
          {`${ops(pending.ops)} (${bytesText(pending.bytes)}) wait for earlier ones that have not come`}
          {pending.oldestMs !== null && `, the oldest for ${span(pending.oldestMs)}`}
          {". They take effect as soon as those are here."}
        </p>
      )}
    </Card>
  );
}

export function Rejections({ status }: { readonly status: StatusDto }) {
  const nameOf = useNodeName();
  const { rejected, rejections } = status;
  const latest = rejections.toReversed().slice(0, rejectionsShown);
  return (
    <Card title="Refused ops">
      {rejected === 0 ? (
        <p className="quiet">None.</p>
      ) : (
        <>
          <p>{`${ops(rejected)} broke a rule and changed nothing. The latest:`}</p>
          <ul className="troubles">
            {latest.map((one, at) => (
              <li key={`${one.id ?? ""} ${one.at} ${at}`}>
                <p>{one.text}</p>
                <p className="trouble-facts">
                  <code>{one.code}</code>
                  {one.author !== null && ` by ${nameOf(one.author)}`}
                  {one.from !== null && ` from ${nameOf(one.from)}`}
                  {one.id !== null && <code title={one.id}>{`op ${shortId(one.id)}`}</code>}
                  <RelativeTime time={one.at} />
                </p>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

export function Forks({ status }: { readonly status: StatusDto }) {
  const nameOf = useNodeName();
  const { forks } = status;
  return (
    <Card title="Forks">
      {forks.length === 0 ? (
        <p className="quiet">None: nobody signed two histories.</p>
      ) : (
        <ul className="troubles">
          {forks.map(({ author, seq, ops: proof, isOwn }) => (
            <li key={`${author} ${seq}`}>
              <p>
                <strong>{nameOf(author)}</strong>
                {` signed ${proof.length} different ops with the number ${seq}. Both are kept and applied.`}
              </p>
              <p>
                {isOwn
                  ? "This node's folder was copied, or restored from a backup, while the other one wrote: run only one of them, and let the other join anew."
                  : "Its folder was copied or restored from a backup, or its key is in other hands: ask whoever runs it."}
              </p>
              <ul className="trouble-proof" aria-label="The proof: the ids of these ops">
                {proof.map((op) => (
                  <li key={op}>
                    <code>{op}</code>
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function ops(count: number): string {
  return `${count.toLocaleString()} ${count === 1 ? "op" : "ops"}`;
}
