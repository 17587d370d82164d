/** The end of what agents printed about an item. It follows what is new, unless one scrolls up. */
import { useLayoutEffect, useRef } from "react";
import "./output.css";

/** So near to the end counts as the end. */
const nearPx = 24;

export function Output({ text }: { readonly text: string }) {
  const element = useRef<HTMLPreElement>(null);
  const isFollowing = useRef(true);
  useLayoutEffect(() => {
    const pre = element.current;
    if (pre !== null && isFollowing.current) pre.scrollTop = pre.scrollHeight;
  }, [text]);
  return (
    <pre
      ref={element}
      className="output"
      tabIndex={0}
      aria-label="Output"
      onScroll={({ currentTarget: pre }) => {
        isFollowing.current = pre.scrollHeight - pre.scrollTop - pre.clientHeight < nearPx;
      }}
    >
      {withoutColours(text)}
    </pre>
  );
}

/** Programs colour what they print for a terminal; a page shows the codes as rubbish. */
function withoutColours(text: string): string {
  return text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\r(?=\n)/gu, "");
}
