/** The work of one node: what is ready, who holds what, and the desk that hands it out. */
import type { Board } from "./board.ts";
import { Desk } from "./desk.ts";
import { Endings } from "./ending.ts";
import type { WorkHost } from "./host.ts";
import { Keeper } from "./keeper.ts";

export class WorkService {
  readonly host: WorkHost;
  readonly desk: Desk;
  readonly endings: Endings;
  readonly keeper: Keeper;

  constructor(host: WorkHost) {
    this.host = host;
    this.desk = new Desk(host);
    this.endings = new Endings(host, this.desk);
    this.keeper = new Keeper(host, this.desk);
  }

  get board(): Board {
    return this.desk.board;
  }

  close(): void {
    this.keeper.close();
  }
}
