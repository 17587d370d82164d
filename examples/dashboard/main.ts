// What a running node has, live in the terminal: items by stage, who works on what, the peers.
import { holderOf, LiveItems, stages, titleOf, TowlineClient } from "towline/client";

const [url = "http://127.0.0.1:4747"] = process.argv.slice(2);
const client = new TowlineClient({ url, token: process.env["TOKEN"] ?? "" });

// Loads all items, then follows the events; after a break it goes on where it was.
const live = new LiveItems(client);
const all = live.view({});
all.subscribe(draw);
live.subscribe(draw);
const stop = live.start();

let shown = "";

function draw(): void {
  const { phase, status, problem } = live.state();
  const items = all.snapshot();
  const counts = stages.map((stage) => `${stage} ${live.view({ stage }).snapshot().length}`);
  const working = items.flatMap((item) => {
    const holder = holderOf(item);
    const since = item.claim?.lastSignMs ?? 0;
    const sign = `heard of ${Math.round(since / 60_000)} min ago`;
    return holder === null ? [] : [`  ${titleOf(item)}  ${holder.actor ?? "somebody"}, ${sign}`];
  });
  const lines = [
    `${url}  ${phase}${problem === null ? "" : `: ${problem.message}`}`,
    counts.join("   "),
    ...(working.length === 0 ? ["nobody works on anything"] : ["at work:", ...working]),
    status === null ? "" : status.sync.text,
    ...(status?.attention ?? []).map(({ text }) => `! ${text}`),
  ];
  const text = lines.join("\n");
  if (text === shown) return;
  shown = text;
  // On a terminal each picture replaces the one before.
  console.log(process.stdout.isTTY ? `\u001b[2J\u001b[H${text}` : `${text}\n`);
  if (phase === "signed-out") process.exitCode = 1;
}

process.once("SIGTERM", stop);
process.once("SIGINT", stop);
