/** The line that always says how fresh the page is, and how many peers are behind. */
import type { SyncState } from "../../src/client/index.ts";
import { useSyncStatus } from "../../src/react/index.ts";
import type { Tone } from "../ui/badge.tsx";
import { Dot } from "../ui/badge.tsx";
import { Icon } from "../ui/icon.tsx";
import { clockTime } from "../ui/time-text.ts";
import { Link } from "./router.tsx";
import { syncWords } from "./sync-text.ts";
import "./sync-line.css";

export function SyncLine() {
  const state = useSyncStatus();
  const { tone, short, words } = syncWords(state);
  return (
    <Link href="/mesh" className="sync-line" title={detail(state)}>
      <Dot tone={tone satisfies Tone} isLive={state.phase === "live" && tone === "good"} />
      <span className="sync-words">{words}</span>
      <span className="sync-short">{short}</span>
      {state.asOf !== null && (
        <span className="sync-as-of">
          as of <time dateTime={new Date(state.asOf).toISOString()}>{clockTime(state.asOf)}</time>
        </span>
      )}
    </Link>
  );
}

/** What a person should look at; the mesh page says it in full. */
export function Attention() {
  const attention = useSyncStatus().status?.attention ?? [];
  if (attention.length === 0) return null;
  const texts = attention.map(({ text }) => text).join("; ");
  return (
    <Link href="/mesh" className="attention" title={texts} aria-label={`Needs attention: ${texts}`}>
      <Icon name="conflict" />
      {attention.length}
    </Link>
  );
}

function detail({ problem, status }: SyncState): string {
  return problem?.message ?? status?.sync.text ?? "";
}
