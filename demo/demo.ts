/** The run of the demo: plays the edits, lets the story happen, waits until all agree. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Player } from "./edits.ts";
import { generatedEdits } from "./edits.ts";
import type { DemoMesh } from "./mesh.ts";
import type { DemoOptions } from "./options.ts";
import type { Screen } from "./screen.ts";
import { Story } from "./story.ts";
import { traceEdits } from "./trace.ts";
import type { Look } from "./view.ts";
import { digestLines } from "./view.ts";

const tickMs = 40;
const drawEveryMs = 100;
/** A machine that is busy plays for longer, instead of in leaps. */
const editsPerTickMax = 45;
/** The nodes must agree so soon after the last edit. */
const settleMs = 20_000;
const seed = 4_747;

export class Demo {
  readonly #mesh: DemoMesh;
  readonly #screen: Screen;
  readonly #options: DemoOptions;
  readonly #story: Story;
  readonly #player: Player;
  #played = 0;
  #total: number;
  #drawnAt = -Infinity;

  constructor(mesh: DemoMesh, screen: Screen, options: DemoOptions) {
    this.#mesh = mesh;
    this.#screen = screen;
    this.#options = options;
    this.#player =
      options.trace === null
        ? generatedEdits(options.edits ?? 0, seed)
        : traceEdits(options.trace, options.edits, mesh.nodes);
    this.#total = this.#player.total;
    this.#story = new Story(mesh, (message) => screen.message(message));
  }

  /** The exit code. Rejects when `signal` says stop. */
  async run(signal: AbortSignal): Promise<number> {
    const what = this.#options.trace === null ? "edits" : "edits of a trace";
    const about = "three nodes, each with a log of its own";
    this.#story.say("plain", `${about}; ${this.#player.total} ${what}`);
    while (await this.#playDue()) {
      this.#story.advance(Math.min(0.999, this.#played / this.#player.total));
      await sleep(tickMs, undefined, { signal });
      // What the nodes could exchange in between shows; what comes next does not yet.
      this.#draw();
    }
    // A trace holds lines that change nothing.
    this.#total = this.#played;
    const endedAt = this.#story.ms;
    this.#story.say("plain", "the last edit is made; now all lines are up again");
    let isAgreed = false;
    while (!isAgreed && this.#story.ms - endedAt < settleMs) {
      this.#story.advance(1);
      this.#draw();
      await sleep(tickMs / 2, undefined, { signal });
      isAgreed = this.#agrees();
    }
    this.#story.advance(1);
    this.#drawnAt = -Infinity;
    this.#draw();
    this.#conclude(isAgreed);
    return isAgreed ? 0 : 1;
  }

  /** Plays the edits that are due by now, on all nodes by turn; false when there are no more. */
  async #playDue(): Promise<boolean> {
    const { nodes } = this.#mesh;
    const { playMs } = this.#options;
    const onTime = Math.ceil((this.#player.total * this.#story.ms) / playMs);
    const due = Math.min(onTime, this.#played + editsPerTickMax);
    const writes: Promise<unknown>[] = [];
    let idle = 0;
    for (let turn = this.#played; this.#played < due && idle < nodes.length; turn += 1) {
      const node = nodes[turn % nodes.length] ?? this.#mesh.hub;
      const edit = this.#player.next(node);
      if (edit === null) {
        idle += 1;
        continue;
      }
      idle = 0;
      writes.push(node.node.write([edit.changes], { actor: edit.actor }));
      node.written += 1;
      this.#played += 1;
      this.#story.edited(node, edit.item);
    }
    await Promise.all(writes);
    return idle < nodes.length;
  }

  #agrees(): boolean {
    const union = this.#mesh.union();
    if (this.#mesh.nodes.some(({ node }) => node.status().ops !== union)) return false;
    const digests = this.#mesh.nodes.map(({ node }) => node.digest());
    return new Set(digests.map(({ ops, state }) => ops + state)).size === 1;
  }

  #draw(): void {
    const { ms } = this.#story;
    if (ms - this.#drawnAt < drawEveryMs) return;
    this.#drawnAt = ms;
    this.#screen.draw(this.#look(ms));
  }

  #look(ms: number): Look {
    const { columns, rows } = this.#screen;
    return {
      mesh: this.#mesh,
      title: "three nodes, one pipeline, no scheduler",
      ms,
      played: this.#played,
      total: this.#total,
      messages: this.#story.messages,
      columns,
      rows,
    };
  }

  #conclude(isAgreed: boolean): void {
    const results = this.#mesh.nodes.map(({ name, node }) => ({ name, ...node.digest() }));
    const seconds = Number((this.#story.ms / 1_000).toFixed(1));
    if (this.#options.isJson) {
      console.log(
        JSON.stringify({ agreed: isAgreed, seconds, edits: this.#played, nodes: results }),
      );
      return;
    }
    const { colors } = this.#screen;
    const verdict = isAgreed
      ? colors.green(`✔ all three agree, ${this.#played} edits in ${seconds} s, none lost`)
      : colors.red(`✘ they do not agree ${settleMs / 1_000} s after the last edit`);
    const table = digestLines(results, colors);
    for (const line of ["", ...table, "", `  ${verdict}`]) this.#screen.line(line);
  }
}
