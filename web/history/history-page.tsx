/**
 * Time travel: the board as it was after any number of changes, what differs between two such
 * moments, and the log of all changes. The address names the moments, so that they can be shared.
 */
import { useCallback, useEffect, useState } from "react";
import type { MomentsDto } from "../../src/client/contract.ts";
import { useSyncStatus, useTowline } from "../../src/react/index.ts";
import { navigate, useAddress } from "../shell/router.tsx";
import { Button } from "../ui/button.tsx";
import { EmptyState, Spinner } from "../ui/empty.tsx";
import { Choice } from "../ui/choice.tsx";
import { ChangeLog } from "./change-log.tsx";
import { Comparison } from "./comparison.tsx";
import { useLatest } from "./latest.ts";
import type { Wanted } from "./moments.ts";
import { clampMoment, playedOn, readWanted, wantedSearch } from "./moments.ts";
import { PastBoard } from "./past-board.tsx";
import { TimeSlider } from "./time-slider.tsx";
import "./history-page.css";

type View = "board" | "log";

const views: readonly (readonly [View, string])[] = [
  ["board", "The board as it was"],
  ["log", "All changes"],
];

export function HistoryPage() {
  const search = new URL(useAddress(), location.origin).searchParams;
  const view: View = search.has("log") ? "log" : "board";
  return (
    <div className="history">
      <header className="history-head">
        <h1>History</h1>
        <Choice
          label="View"
          choices={views}
          chosen={view}
          onChoose={(next) => navigate(next === "log" ? "/history?log" : "/history")}
        />
      </header>
      {view === "log" ? <ChangeLog search={search} /> : <TimeTravel wanted={readWanted(search)} />}
    </div>
  );
}

function TimeTravel({ wanted }: { readonly wanted: Wanted }) {
  const { client } = useTowline();
  const { status } = useSyncStatus();
  const [looks, setLooks] = useState(0);
  const load = useCallback((_: number, signal: AbortSignal) => client.moments(signal), [client]);
  const { value: moments, error } = useLatest(looks, load);
  if (error !== null) return <Failed error={error} />;
  if (moments === null) return <Spinner />;
  if (moments.ops === 0) return <EmptyState icon="history" title="Nothing has happened yet" />;
  const newer = Math.max(0, (status?.ops ?? 0) - moments.ops);
  return (
    <>
      {newer > 0 && (
        <Button className="history-newer" onClick={() => setLooks(looks + 1)}>
          {newer === 1 ? "Show 1 newer change" : `Show ${newer.toLocaleString()} newer changes`}
        </Button>
      )}
      <Travel moments={moments} wanted={wanted} />
    </>
  );
}

interface TravelProps {
  readonly moments: MomentsDto;
  readonly wanted: Wanted;
}

function Travel({ moments, wanted }: TravelProps) {
  const at = clampMoment(moments, wanted.at ?? moments.ops);
  const from = wanted.from === null ? null : clampMoment(moments, wanted.from);
  const go = useCallback((next: Wanted) => {
    navigate(`/history${wantedSearch(next)}`, { isReplacing: true });
  }, []);
  const [isPlaying, setPlaying] = usePlaying({ moments, at, onMove: (to) => go({ at: to, from }) });
  return (
    <>
      <TimeSlider
        moments={moments}
        at={at}
        from={from}
        isPlaying={isPlaying}
        onMove={(to) => {
          setPlaying(false);
          go({ at: to, from });
        }}
        onMoveFrom={(to) => go({ at, from: to })}
        onPlay={() => {
          if (!isPlaying && at === moments.ops) go({ at: 0, from });
          setPlaying(!isPlaying);
        }}
      />
      {from === null ? <BoardAt at={at} /> : <Between from={from} to={at} />}
    </>
  );
}

/** Between two steps while playing: 200 marks take half a minute. */
const playMs = 150;

function usePlaying(given: {
  readonly moments: MomentsDto;
  readonly at: number;
  readonly onMove: (at: number) => void;
}): readonly [boolean, (isPlaying: boolean) => void] {
  const { moments, at, onMove } = given;
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return;
    const next = playedOn(moments, at);
    const timer = setTimeout(() => {
      if (next === null) setPlaying(false);
      else onMove(next);
    }, playMs);
    return () => clearTimeout(timer);
  });
  return [isPlaying, setPlaying];
}

function BoardAt({ at }: { readonly at: number }) {
  const { client } = useTowline();
  const load = useCallback(
    (wish: number, signal: AbortSignal) => client.pastBoard(wish, signal),
    [client],
  );
  const { value, error } = useLatest(at, load);
  if (error !== null) return <Failed error={error} />;
  return value === null ? <Spinner /> : <PastBoard board={value} />;
}

function Between({ from, to }: { readonly from: number; readonly to: number }) {
  const { client } = useTowline();
  const load = useCallback(
    async (wish: string, signal: AbortSignal) => {
      const [start = 0, end = 0] = wish.split(" ").map(Number);
      return await client.compare(start, end, signal);
    },
    [client],
  );
  // What comes first is the earlier one, whichever handle stands there.
  const wish = `${Math.min(from, to)} ${Math.max(from, to)}`;
  const { value, error } = useLatest(wish, load);
  if (error !== null) return <Failed error={error} />;
  return value === null ? <Spinner /> : <Comparison comparison={value} />;
}

function Failed({ error }: { readonly error: Error }) {
  return (
    <EmptyState icon="history" title="The history did not load">
      <p role="alert">{error.message}</p>
    </EmptyState>
  );
}
