/** Says in the log what an operator should know, with the way out; no news twice in a row. */
import type { Notice } from "../replica/events.ts";
import type { Logger } from "./logger.ts";
import type { Runtime } from "./runtime.ts";

/** Refused ops are logged at most so often; the line says how many there were. */
const quietMs = 10_000;

/** Logs the notices of `runtime` for as long as it lives. */
export function logNotices(runtime: Runtime, logger: Logger, now: () => number): void {
  const log = new NoticeLog(logger, runtime.replica.node, now);
  runtime.observe((notice) => log.take(notice));
}

const slowConsumer = 4499;

class NoticeLog {
  readonly #logger: Logger;
  readonly #own: string;
  readonly #now: () => number;
  readonly #peers = new Map<number, string>();
  #refused = 0;
  #refusedAt = -Infinity;
  readonly #divergedAt = new Map<number, number>();

  constructor(logger: Logger, own: string, now: () => number) {
    this.#logger = logger;
    this.#own = own;
    this.#now = now;
  }

  take(notice: Notice): void {
    switch (notice.kind) {
      case "twin":
        return this.#logger.error({}, twinWarning);
      case "authenticated":
        this.#peers.set(notice.conn, notice.peer);
        return this.#logger.info({ peer: notice.peer }, "a peer was let in, or let us in");
      case "gone":
        this.#peers.delete(notice.conn);
        this.#divergedAt.delete(notice.conn);
        return;
      case "closing":
        return this.#closing(notice);
      case "rejected":
        return this.#rejected(notice);
      case "recovered":
        return this.#logger.warn(
          { ops: notice.count },
          "peers gave back ops of this node that its disk did not hold: it was restored from a " +
            "backup, or another process works with a copy of its key. Nothing is lost. " +
            "If there is a copy, stop it: each node needs a folder of its own.",
        );
      case "fork":
        return this.#forked(notice);
      case "diverged":
        return this.#diverged(notice.conn);
      default:
        return;
    }
  }

  #closing({ conn, code, reason }: Extract<Notice, { kind: "closing" }>): void {
    const peer = this.#peers.get(conn) ?? null;
    if (code !== slowConsumer) {
      return this.#logger.info({ peer, code }, `closed a connection: ${reason}`);
    }
    this.#logger.warn(
      { peer, code },
      "dropped a peer that does not take what it is sent; it will catch up when it returns",
    );
  }

  #rejected({ rejections }: Extract<Notice, { kind: "rejected" }>): void {
    this.#refused += rejections.length;
    if (this.#now() - this.#refusedAt < quietMs) return;
    const [first] = rejections;
    const fields = {
      count: this.#refused,
      code: first?.code,
      author: first?.author,
      from: first?.from,
    };
    this.#logger.warn(fields, 'refused ops; "towline status" shows the latest');
    this.#refused = 0;
    this.#refusedAt = this.#now();
  }

  /** A peer that contradicts itself with every frame is news once in a while. */
  #diverged(conn: number): void {
    if (this.#now() - (this.#divergedAt.get(conn) ?? -Infinity) < quietMs) return;
    this.#divergedAt.set(conn, this.#now());
    this.#logger.warn(
      { peer: this.#peers.get(conn) ?? null },
      "this node and a peer do not come together, or the peer contradicts itself: both state " +
        'anew what they have. If it goes on, compare "towline digest" and run "towline verify" ' +
        'on both; "towline export" there and "towline import" here close the gap. Report it.',
    );
  }

  #forked({ fork }: Extract<Notice, { kind: "fork" }>): void {
    const { author, seq, entries } = fork;
    const fields = { author, seq, ops: entries.map((entry) => entry.id) };
    if (author !== this.#own) {
      return this.#logger.error(
        fields,
        "a node wrote two ops with one number: its disk was restored or cloned, or it lies. Both " +
          "are kept everywhere. Tell its operator; the two ops are the proof.",
      );
    }
    this.#logger.error(
      fields,
      "this node's own log is forked: its disk was restored from a backup, or another process works " +
        "with a copy of its key. Both branches are kept. Stop the copy; to keep both machines, " +
        'give one a fresh folder ("towline join" with a new --dir).',
    );
  }
}

const twinWarning =
  "another process runs with the key of this node: its folder was copied, or the key is known to " +
  'others. Stop one of the two; to keep both machines, give one a fresh folder ("towline join").';
