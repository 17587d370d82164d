/** Icons: 16 × 16 outlines of our own, drawn with the colour of the text beside them. */
import "./icon.css";

/** What goes into the path of each; a circle is written as two arcs. */
const shapes = {
  add: "M8 3.5v9M3.5 8h9",
  archive: "M2.5 3h11v3h-11zM3.5 6v7h9V6M6.5 8.75h3",
  arrowLeft: "M9.5 3.5 5 8l4.5 4.5",
  arrowRight: "M6.5 3.5 11 8l-4.5 4.5",
  arrowUp: "M3.5 9.5 8 5l4.5 4.5",
  arrowDown: "M3.5 6.5 8 11l4.5-4.5",
  blocked: "M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0ZM4.1 4.1l7.8 7.8",
  board: "M2.5 3h3v10h-3zM6.5 3h3v7h-3zM10.5 3h3v4.5h-3z",
  check: "m3.5 8.5 3 3 6-7",
  clock: "M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0ZM8 5v3.25l2 1.25",
  close: "m4 4 8 8M12 4l-8 8",
  conflict: "M8 2.5 14 13H2zM8 6.5v3M8 11.2v.1",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  edit: "M10.6 3.1 12.9 5.4 5.6 12.7 2.8 13.2l.5-2.8z",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  frozen: "M8 2v12M2.8 5l10.4 6M13.2 5 2.8 11M6.2 3 8 4.6 9.8 3M6.2 13 8 11.4 9.8 13",
  help: "M5.8 6a2.2 2.2 0 1 1 3.1 2c-.6.3-.9.7-.9 1.4M8 11.6v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z",
  history: "M2.7 6.4A5.5 5.5 0 1 1 2.5 8M2.5 3.5v3h3M8 5v3.2l2.1 1.3",
  label: "M2.5 2.5h5l6 6-5 5-6-6zM5.2 5.2v.1",
  link: "M6.7 9.3a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.7.7M9.3 6.7a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.7-.7",
  mesh: "M6 4a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM14 5.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM9 12.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM6 4.4l4 .8M4.6 5.9l1.8 4.7M10.9 7.2 8.3 11",
  moon: "M13 9.8A5.5 5.5 0 0 1 6.2 3a5.5 5.5 0 1 0 6.8 6.8Z",
  more: "M3.5 8v.1M8 8v.1M12.5 8v.1",
  move: "M2.5 8h11M10 4.5 13.5 8 10 11.5",
  note: "M3 2.5h10v8.5H8l-3 2.5V11H3z",
  pause: "M5 3.5v9M11 3.5v9",
  person: "M10.5 5.2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0ZM3 13.3c.5-2.6 2.4-4 5-4s4.5 1.4 5 4",
  play: "M5 3v10l8-5z",
  retry: "M13.3 6.4A5.5 5.5 0 1 0 13.5 8M13.5 3.5v3h-3",
  search: "M11 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM10 10l3.5 3.5",
  sun: "M10.7 8a2.7 2.7 0 1 1-5.4 0 2.7 2.7 0 0 1 5.4 0ZM8 1.8v1.3M8 12.9v1.3M1.8 8h1.3M12.9 8h1.3M3.6 3.6l.9.9M11.5 11.5l.9.9M12.4 3.6l-.9.9M4.5 11.5l-.9.9",
  system: "M2.5 3.5h11v7.5h-11zM6 13.5h4M8 11v2.5",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.2 4.5l.6 9h6.4l.6-9M6.7 7v4M9.3 7v4",
  undo: "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M5.5 4 3 6.5 5.5 9",
  waits: "M4 2.5h8M4 13.5h8M5 2.5c0 3.5 6 7.5 6 11M11 2.5c0 3.5-6 7.5-6 11",
} as const;

export type IconName = keyof typeof shapes;

/** Hidden from screen readers: what it means is said in words beside it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
