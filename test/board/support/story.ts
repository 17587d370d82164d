/** An invented pipeline that looks like a real one, for screenshots and for tests of pages. */
import type { ChangeTuple } from "../../../src/api/index.ts";
import type { BoardNode } from "./nodes.ts";

type Row = readonly [
  item: string,
  title: string,
  stage: string,
  priority: number,
  labels: string,
  assignee: string,
];

const rows: readonly Row[] = [
  ["tide-41", "Retry uploads that broke off", "coding", 1, "sync needs:net", "kim"],
  ["tide-42", "Show which photos are only on this phone", "coding", 2, "ui", "robin"],
  ["tide-43", "Undo for albums that were merged", "coding", 2, "ui data", ""],
  ["tide-44", "Read HEIC without the system codec", "qa", 1, "import", "ada"],
  ["tide-45", "Map view forgets its zoom", "qa", 3, "ui bug", "robin"],
  ["tide-46", "Faster first start with 100,000 photos", "merge", 1, "speed", "ada"],
  ["tide-47", "Spanish for the settings", "merge", 3, "i18n", "kim"],
  ["tide-48", "Share an album with a link", "backlog", 1, "sync ui", ""],
  ["tide-49", "Find photos by what is on them", "backlog", 2, "search", ""],
  ["tide-50", "Dark frames around slides", "backlog", 3, "ui", ""],
  ["tide-51", "Say how much room a backup takes", "backlog", 2, "backup", "kim"],
  ["tide-52", "Calendar groups by the wrong time zone", "backlog", 1, "bug data", "robin"],
  ["tide-53", "Keep edits when a photo is moved", "backlog", 2, "data", ""],
  ["tide-54", "Password for single albums", "backlog", 3, "ui", ""],
  ["tide-55", "Restore from a backup of last year", "backlog", 2, "backup", ""],
  ["tide-38", "Crash on photos without a date", "done", 1, "bug import", "ada"],
  ["tide-39", "Keyboard for the light table", "done", 2, "ui a11y", "robin"],
  ["tide-40", "Checksums for every original", "done", 1, "data backup", "kim"],
  ["tide-37", "New icon", "done", 3, "ui", "robin"],
  ["tide-36", "Import from the old format", "archived", 2, "import", "ada"],
];

/** Ops that the story takes, the founding of the mesh included. */
export const storyOps = rows.length + 9;

const description =
  "On slow networks an upload starts over from the first byte. Large videos never arrive.\n\n" +
  "Done when:\n- it goes on where it broke off, also after a restart\n- a test cuts the line at every 100 kB";

/** Writes the pipeline, with people and agents of several nodes at work on it. */
export async function tellStory(hub: BoardNode, laptop: BoardNode): Promise<void> {
  const write = async (at: BoardNode, actor: string, changes: ChangeTuple[]): Promise<void> => {
    await at.node.write([changes], { actor });
  };
  for (const [item, title, stage, priority, labels, assignee] of rows) {
    const people = assignee === "" ? {} : { assignee };
    await write(hub, assignee === "" ? "kim" : assignee, [
      ["new", item, { title, stage, priority, ...people }],
      ...labels.split(" ").map((label): ChangeTuple => ["add", item, "labels", label]),
    ]);
  }
  await write(hub, "kim", [["set", "tide-41", "description", description]]);
  await write(hub, "kim", [["add", "tide-48", "depends_on", "tide-41"]]);
  await write(hub, "ada", [["add", "tide-55", "depends_on", "tide-40"]]);
  await write(hub, "robin", [["set", "tide-54", "frozen", true]]);
  await write(hub, "ada", [["set", "tide-51", "blocked", true]]);
  await write(hub, "ada", [["set", "tide-51", "reason", "waits for the price list"]]);
  await write(hub, "robin", [["note", "tide-41", "Happens on trains, every time."]]);
  await write(hub, "kim", [
    ["note", "tide-41", "The server keeps parts for a day. That is enough."],
  ]);
  await laptop.node.whenSynced();
}
