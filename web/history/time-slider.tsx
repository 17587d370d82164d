/** The slider over the history: where on it the board is shown, and what it is compared with. */
import type { KeyboardEvent } from "react";
import { useId } from "react";
import type { MomentsDto } from "../../src/client/contract.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { exactTime } from "../ui/time-text.ts";
import { momentByKey, timeOf } from "./moments.ts";
import "./time-slider.css";

export interface TimeSliderProps {
  readonly moments: MomentsDto;
  readonly at: number;
  /** What the moment is compared with; null for nothing. */
  readonly from: number | null;
  readonly isPlaying: boolean;
  readonly onMove: (at: number) => void;
  readonly onMoveFrom: (from: number | null) => void;
  readonly onPlay: () => void;
}

export function TimeSlider(props: TimeSliderProps) {
  const { moments, at, from, isPlaying, onMove, onMoveFrom, onPlay } = props;
  const step = (key: string): void => onMove(momentByKey(moments, at, key) ?? at);
  return (
    <section className="time" aria-label="Time">
      <div className="time-buttons">
        <IconButton
          icon="arrowLeft"
          label="One change back"
          disabled={at === 0}
          onClick={() => step("ArrowLeft")}
        />
        <Button icon={isPlaying ? "pause" : "play"} onClick={onPlay}>
          {isPlaying ? "Pause" : "Play"}
        </Button>
        <IconButton
          icon="arrowRight"
          label="One change on"
          disabled={at === moments.ops}
          onClick={() => step("ArrowRight")}
        />
        <Moment moments={moments} at={at} />
        <Button
          className="time-compare"
          aria-pressed={from !== null}
          onClick={() => onMoveFrom(from === null ? momentByKey(moments, at, "PageDown") : null)}
        >
          {from === null ? "Compare with…" : "Stop comparing"}
        </Button>
      </div>
      <Track label="Moment shown" moments={moments} at={at} onMove={onMove} />
      {from !== null && (
        <>
          <Track label="Moment compared with" moments={moments} at={from} onMove={onMoveFrom} />
          <p className="time-from">
            Compared with <Moment moments={moments} at={from} />
          </p>
        </>
      )}
    </section>
  );
}

interface TrackProps {
  readonly label: string;
  readonly moments: MomentsDto;
  readonly at: number;
  readonly onMove: (at: number) => void;
}

function Track({ label, moments, at, onMove }: TrackProps) {
  const marksId = useId();
  const time = timeOf(moments, at);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = momentByKey(moments, at, event.key);
    if (next === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onMove(next);
  };
  return (
    <>
      <input
        className="time-track"
        type="range"
        min={0}
        max={moments.ops}
        value={at}
        list={marksId}
        aria-label={label}
        aria-valuetext={`${at} of ${moments.ops} changes${time === null ? "" : `, ${exactTime(time)}`}`}
        onChange={(event) => onMove(event.target.valueAsNumber)}
        onKeyDown={onKeyDown}
      />
      <datalist id={marksId}>
        {moments.marks.map((mark) => (
          <option key={mark.at} value={mark.at} />
        ))}
      </datalist>
    </>
  );
}

function Moment({ moments, at }: { readonly moments: MomentsDto; readonly at: number }) {
  const time = timeOf(moments, at);
  return (
    <span className="time-moment">
      <strong>{time === null ? "before the first change" : exactTime(time)}</strong>
      <span>{`${at.toLocaleString()} of ${moments.ops.toLocaleString()} changes`}</span>
    </span>
  );
}
