/** What happens to the lines while the edits are played, and what the nodes make of it. */
import type { DemoMesh, DemoNode } from "./mesh.ts";
import { heal } from "./mesh.ts";

export type Tone = "cut" | "heal" | "fork" | "good" | "bad" | "plain";

export interface Message {
  /** Milliseconds since the start. */
  readonly at: number;
  readonly tone: Tone;
  readonly text: string;
}

/** At which part of the edits which line is cut or healed. */
const plot: readonly (readonly [part: number, what: "cut" | "heal", name: string])[] = [
  [0.1, "cut", "north"],
  [0.3, "heal", "north"],
  [0.38, "cut", "south"],
  [0.48, "cut", "north"],
  [0.64, "heal", "south"],
  [0.72, "heal", "north"],
  [0.8, "cut", "south"],
  [1, "heal", "south"],
];

/** What happened while one node was apart from the hub. */
interface Absence {
  readonly since: number;
  readonly writtenBefore: number;
  /** Ops of others that it had. */
  readonly foreignBefore: number;
  /** Items that were touched on this side, and on the others. */
  readonly here: Set<string>;
  readonly elsewhere: Set<string>;
  /** From the moment when the line is healed; null before. */
  back: {
    readonly at: number;
    readonly own: number;
    /** So many ops of others it will have when it knows all that the hub knew then. */
    readonly foreignWanted: number;
  } | null;
}

export class Story {
  readonly messages: Message[] = [];
  readonly #mesh: DemoMesh;
  readonly #startedAt = performance.now();
  readonly #absences = new Map<DemoNode, Absence>();
  readonly #tell: (message: Message) => void;
  #chapter = 0;

  constructor(mesh: DemoMesh, tell: (message: Message) => void) {
    this.#mesh = mesh;
    this.#tell = tell;
    const seen = new Set<string>();
    for (const each of mesh.nodes) {
      const { name, node } = each;
      node.on("applied", () => this.#greet(each));
      node.on("fork", ({ author, seq }) => {
        const key = `${name} ${author} ${seq}`;
        if (seen.has(key)) return;
        seen.add(key);
        const who = mesh.nodes.find((each) => each.node.id === author)?.name ?? author.slice(0, 8);
        this.say("fork", `${name}: the log of ${who} forks at op ${seq}; both branches are kept`);
      });
    }
  }

  get ms(): number {
    return performance.now() - this.#startedAt;
  }

  say(tone: Tone, text: string): void {
    const message = { at: this.ms, tone, text };
    this.messages.push(message);
    this.#tell(message);
  }

  /** `item` was edited on `writer`. */
  edited(writer: DemoNode, item: string): void {
    for (const [node, absence] of this.#absences) {
      if (absence.back === null) (node === writer ? absence.here : absence.elsewhere).add(item);
    }
  }

  /** Cuts and heals what is due once `part` of the edits were played. */
  advance(part: number): void {
    for (let next = plot[this.#chapter]; next !== undefined; next = plot[this.#chapter]) {
      const [due, what, name] = next;
      if (part < due) break;
      this.#chapter += 1;
      const node = this.#mesh.nodes.find((each) => each.name === name);
      if (node === undefined) continue;
      if (what === "cut") this.#cut(node);
      else this.#heal(node);
    }
    for (const node of this.#absences.keys()) this.#greet(node);
  }

  #cut(node: DemoNode): void {
    const { hub, nodes } = this.#mesh;
    node.line?.cut();
    this.#absences.set(node, {
      since: this.ms,
      writtenBefore: node.written,
      foreignBefore: foreignOps(node),
      here: new Set(),
      elsewhere: new Set(),
      back: null,
    });
    const isAllCut = nodes.every(({ line }) => line === null || line.isCut);
    const others = isAllCut ? "now all three are alone, and go on" : "both sides go on working";
    this.say("cut", `the line between ${hub.name} and ${node.name} is cut; ${others}`);
  }

  #heal(node: DemoNode): void {
    const absence = this.#absences.get(node);
    if (absence === undefined) return;
    const own = node.written - absence.writtenBefore;
    const foreignWanted = this.#mesh.hub.node.status().ops - absence.writtenBefore;
    absence.back = { at: this.ms, own, foreignWanted };
    const seconds = ((this.ms - absence.since) / 1_000).toFixed(1);
    this.say("heal", `${node.name} is back after ${seconds} s, with ${own} edits of its own`);
    heal(node);
  }

  /** Tells when a node that came back has all that the hub had then. */
  #greet(node: DemoNode): void {
    const absence = this.#absences.get(node);
    const back = absence?.back ?? null;
    if (absence === undefined || back === null) return;
    const foreign = foreignOps(node);
    if (foreign < back.foreignWanted) return;
    this.#absences.delete(node);
    const took = Math.max(1, Math.round(this.ms - back.at));
    const got = foreign - absence.foreignBefore;
    const both = [...absence.here].filter((item) => absence.elsewhere.has(item)).length;
    const merged = both === 0 ? "" : `; ${both} items edited on both sides are merged`;
    this.say("good", `${node.name} caught up in ${took} ms: ${got} in, ${back.own} out${merged}`);
  }
}

function foreignOps({ node, written }: DemoNode): number {
  return node.status().ops - written;
}
