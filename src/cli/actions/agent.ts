/** towline agent: takes items that are ready and runs a command on each. */
import { resolve } from "node:path";
import { TowlineError } from "../../base/errors.ts";
import { agentJobsMax, killAfterMs } from "../../base/limits.ts";
import { refusedMove } from "../../claims/transitions.ts";
import { resolveConfig } from "../../node/config.ts";
import type { Tracing } from "../../node/tracing.ts";
import { startTracing } from "../../node/start-tracing.ts";
import type { AgentEvent, AgentOptions, AgentResult } from "../../runner/agent.ts";
import { Agent } from "../../runner/agent.ts";
import type { JobTrace, Taken } from "../../runner/port.ts";
import { Guardian } from "../../runner/guardian-client.ts";
import { parseConfirmation } from "../../work/confirm.ts";
import { workPort } from "../../commands/work-port.ts";
import type { AgentTerms } from "../../commands/work-port.ts";
import { readStage } from "../../commands/work.ts";
import { reportFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { createLogger, levelOf } from "../logger.ts";
import { escapeLine } from "../ui/escape.ts";
import { NodeDoor } from "./node-door.ts";
import { StopSignal } from "./stop-signal.ts";
import { duration, leaseOf, parseCount } from "./values.ts";

export interface AgentFlags {
  readonly run: string;
  readonly stage?: readonly string[];
  readonly to?: string;
  readonly label?: readonly string[];
  readonly jobs: string;
  readonly timeout?: string;
  readonly retries: string;
  readonly once?: boolean;
  readonly confirm: string;
  readonly waitTimeout: string;
  readonly lease?: string;
  readonly cwd?: string;
  readonly killAfter?: string;
  readonly rendezvous?: readonly string[];
  readonly token?: string;
  readonly host?: string;
  readonly port?: string;
  readonly name?: string;
}

/** How often an agent looks up when nothing happens. */
const pollMs = 1_000;

export async function agent(invocation: Invocation, flags: AgentFlags): Promise<void> {
  const { terminal, env } = invocation;
  const dir = invocation.folder ?? invocation.newFolder;
  const stop = new StopSignal();
  const level = invocation.options.debug === true ? "debug" : "warn";
  const logger = createLogger(terminal, levelOf(env, level));
  // Agents share a machine: only one of them could have the usual port.
  const { config } = resolveConfig({ flags: { ...flags, port: flags.port ?? "0" }, env, dir });
  const token = flags.token ?? env["TOWLINE_TOKEN"] ?? null;
  const tracing = await startTracing(logger);
  const options = optionsOf(invocation, flags, { dir, tracing });
  const terms = termsOf(invocation, flags);
  const door = new NodeDoor({
    ...{ dir, config, token, logger, tracing, stop, graceMs: 0 },
    onFatal: (error) => {
      const isDebug = invocation.options.debug === true;
      process.exit(reportFailure(error, { terminal, isDebug }));
    },
  });
  let guardian: Guardian | null = null;
  try {
    await door.open();
    guardian = await Guardian.start();
    const port = workPort((command, params) => door.call(command, params), terms);
    const tell = (event: AgentEvent): void => print(invocation, event);
    if (terminal.isJson) printJson({ event: "ready", dir, pid: process.pid, host: door.isHost });
    const result = await new Agent({ port, guardian, options, tell }).run(stop.signal);
    conclude(options, result);
  } finally {
    guardian?.close();
    await door.close();
    await tracing.close();
  }
}

function conclude({ once }: AgentOptions, { taken, failed }: AgentResult): void {
  if (!once) return;
  if (taken === 0) throw new TowlineError("next/none", "Nothing is ready to be worked on.");
  if (failed === 0) return;
  throw new TowlineError("run/failed", "The command failed. `towline show` tells how it ended.");
}

function optionsOf(
  invocation: Invocation,
  flags: AgentFlags,
  { dir, tracing }: { readonly dir: string; readonly tracing: Tracing },
): AgentOptions {
  const { cwd, env, actor } = invocation;
  const jobs = parseCount(flags.jobs, "--jobs");
  if (jobs > agentJobsMax) {
    throw new TowlineError("usage/invalid", `--jobs takes at most ${agentJobsMax}.`);
  }
  return {
    dir: resolve(cwd, dir),
    command: flags.run,
    cwd: flags.cwd === undefined ? null : resolve(cwd, flags.cwd),
    actor,
    env,
    jobs,
    timeoutMs: flags.timeout === undefined ? null : duration(flags.timeout, "--timeout"),
    killAfterMs:
      flags.killAfter === undefined ? killAfterMs : duration(flags.killAfter, "--kill-after"),
    once: flags.once === true,
    pollMs,
    trace: (taken) => jobTrace(tracing, taken),
  };
}

/** A part of the trace of the claim; without tracing here, the command goes on with that itself. */
function jobTrace(tracing: Tracing, { item, epoch, traceparent }: Taken): JobTrace {
  const attributes = { "towline.item": item, "towline.epoch": epoch };
  const span = tracing.start("agent.job", { attributes, parent: traceparent });
  return {
    traceparent: span.traceparent ?? traceparent,
    end: (failure) => span.end(failure),
  };
}

function termsOf(invocation: Invocation, flags: AgentFlags): AgentTerms {
  const stages = (flags.stage ?? []).map(readStage);
  const to = flags.to === undefined ? null : readStage(flags.to);
  for (const stage of stages) {
    const fault = to === null ? null : refusedMove(stage, to);
    if (fault !== null) throw new TowlineError("stage/refused", fault);
  }
  // Said here, before anything is claimed.
  parseConfirmation(flags.confirm);
  return {
    worker: { stages, labels: flags.label ?? [] },
    to,
    retries: parseCount(flags.retries, "--retries", 0),
    how: {
      actor: invocation.actor,
      confirm: flags.confirm,
      waitMs: duration(flags.waitTimeout, "--wait-timeout"),
      ttlMs: flags.lease === undefined ? null : leaseOf(flags.lease),
      manual: false,
      reason: "",
    },
  };
}

function print(invocation: Invocation, event: AgentEvent): void {
  const { terminal } = invocation;
  if (!terminal.isJson) {
    terminal.say(escapeLine(textOf(event)));
    return;
  }
  if (event.event !== "taken") {
    printJson(event);
    return;
  }
  const { item, claim, epoch, guarantee, title } = event.taken;
  printJson({ event: "taken", item, claim, epoch, guarantee, title });
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function textOf(event: AgentEvent): string {
  switch (event.event) {
    case "taken": {
      const { item, title, epoch, guarantee } = event.taken;
      return `took ${item}  ${title}  (epoch ${epoch}, confirmed by: ${guarantee})`;
    }
    case "done":
      return `done ${event.item}`;
    case "failed":
      return `failed ${event.item}${event.blocked ? ", which is now blocked" : ""}: ${event.reason}`;
    case "stopped":
      return `stopped ${event.item}: ${event.reason}`;
    case "recovered":
      return `gave back ${event.item}, which an agent that died had been working on`;
    case "waiting":
      return `waiting: ${event.reason}`;
  }
}
