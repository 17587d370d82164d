/**
 * `npm run bench:events`: clients that follow one node's events while it writes. `--clients N`,
 * `--changes N` a second, `--seconds N`, `--items N`.
 */
import { parseArgs } from "node:util";
import { machine } from "../machine.ts";
import { measureEvents } from "./measure.ts";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "200" },
    changes: { type: "string", default: "1000" },
    seconds: { type: "string", default: "10" },
    items: { type: "string", default: "5000" },
  },
});

for (const [name, value] of Object.entries(machine())) console.log(`${name}: ${value}`);
const measured = await measureEvents({
  clients: Number(values.clients),
  changesPerSecond: Number(values.changes),
  seconds: Number(values.seconds),
  items: Number(values.items),
});
for (const [name, value] of Object.entries<number>({ ...measured })) {
  console.log(`${name}: ${value.toFixed(1)}`);
}
