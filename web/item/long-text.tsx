/** A text with its line breaks, as it was written. A long one is cut until somebody asks for it. */
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import "./long-text.css";

const charsMax = 1_200;
const linesMax = 16;

export function LongText({ text }: { readonly text: string }) {
  const [isWhole, setWhole] = useState(false);
  const short = shortText(text);
  return (
    <div className="long-text">
      <p dir="auto">{isWhole ? text : short}</p>
      {short !== text && (
        <Button look="quiet" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show less" : "Show all"}
        </Button>
      )}
    </div>
  );
}

function shortText(text: string): string {
  const lines = text.split("\n", linesMax + 1);
  const cut = lines.length > linesMax ? lines.slice(0, linesMax).join("\n") : text;
  if (cut.length > charsMax) return `${Array.from(cut.slice(0, charsMax)).slice(0, -1).join("")}…`;
  return cut === text ? text : `${cut}\n…`;
}
