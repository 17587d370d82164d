/**
 * `npm run race`, `npm run takeover`, `npm run partition`: real processes, a report that anyone can
 * read, and JSON in the last line.
 */
import { parseArgs } from "node:util";
import { race } from "./race.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    agents: { type: "string", default: "10" },
    nodes: { type: "string", default: "3" },
    items: { type: "string", default: "200" },
    confirm: { type: "string", default: "hub" },
    work: { type: "string", default: "20" },
    times: { type: "string", default: "1" },
  },
});

const say = (text: string): void => console.log(text);
const what = positionals[0] ?? "race";
if (what === "race") await runRace();
else throw new Error(`there is no run ${JSON.stringify(what)}`);

async function runRace(): Promise<void> {
  const total = { runs: 0, items: 0, completed: 0, duplicates: 0, winners_differ: 0 };
  for (let time = 0; time < Number(values.times); time += 1) {
    const result = await race({
      agents: Number(values.agents),
      nodes: Number(values.nodes),
      items: Number(values.items),
      confirm: values.confirm,
      workMs: Number(values.work),
      say,
    });
    say(JSON.stringify(result));
    total.runs += 1;
    total.items += result.items;
    total.completed += result.completed;
    total.duplicates += result.duplicates;
    total.winners_differ += result.winners_differ;
  }
  if (total.runs > 1) say(JSON.stringify(total));
  const isRight = total.completed === total.items && total.winners_differ === 0;
  const isOnce = values.confirm === "none" || total.duplicates === 0;
  if (!isRight || !isOnce) process.exitCode = 1;
}
