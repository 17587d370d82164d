/** The sign of a stage: a ring that fills as the work goes on, so that colour is not all. */
import type { StageName } from "../../src/client/item.ts";
import { stages } from "../../src/client/item.ts";
import "./stage-mark.css";

/** Hidden from screen readers: the name of the stage stands beside it. */
export function StageMark({ stage }: { readonly stage: StageName }) {
  const share = stages.indexOf(stage) / stages.indexOf("done");
  const around = 2 * Math.PI * 3;
  return (
    <svg className={`stage-mark stage-${stage}`} viewBox="0 0 14 14" aria-hidden="true">
      <circle cx="7" cy="7" r="5.5" />
      {stage === "archived" ? (
        <path d="M4.5 7h5" />
      ) : (
        <circle
          cx="7"
          cy="7"
          r="3"
          className="stage-mark-share"
          strokeDasharray={`${share * around} ${around}`}
        />
      )}
    </svg>
  );
}
