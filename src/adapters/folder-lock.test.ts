/** The lock on the data folder, fought over by real processes. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { TowlineError } from "../base/errors.ts";
import { createDataFolder } from "./folder-lock-files.ts";
import { lockFolder } from "./folder-lock.ts";
import { withCode } from "./testing/store-contract.ts";

function newFolder(context: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), "towline-lock-"));
  context.after(() => {
    rmSync(parent, { recursive: true });
  });
  const folder = join(parent, "data");
  createDataFolder(folder);
  return folder;
}

const lockModule = JSON.stringify(new URL("folder-lock.ts", import.meta.url));

/** Takes the folder, or lets it go, whenever it is told to; answers what came of it. */
const contender = `
  const { lockFolder } = await import(${lockModule});
  let lock = null;
  process.on("message", (folder) => {
    try {
      if (folder === null) lock.release();
      else lock = lockFolder(folder);
      process.send("done");
    } catch (error) {
      process.send(error.code + " " + error.message);
    }
  });
  process.send("ready");
`;

async function startContender(context: TestContext): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", contender], {
    stdio: ["ignore", "inherit", "ignore", "ipc"],
  });
  context.after(() => child.kill("SIGKILL"));
  assert.deepEqual((await once(child, "message"))[0], "ready");
  return child;
}

async function ask(child: ChildProcess, folder: string | null): Promise<string> {
  const answer = once(child, "message");
  child.send(folder as string);
  return String((await answer)[0]);
}

test("of processes that race one wins, and the rest learn its pid", async (context) => {
  const folder = newFolder(context);
  const children = await Promise.all([1, 2, 3].map(() => startContender(context)));
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(children.map((child) => ask(child, folder)));
    const winners = children.filter((_, at) => answers[at] === "done");
    const winner = winners[0];
    assert(winners.length === 1 && winner !== undefined, `round ${round}: ${answers.join("\n")}`);
    for (const answer of answers) assert.match(answer, /^(?:done$|folder\/in-use )/u);
    const loser = children.find((child) => child !== winner);
    assert(loser !== undefined);
    assert.match(await ask(loser, folder), new RegExp(`by process ${String(winner.pid)}\\b`, "u"));
    assert.equal(await ask(winner, null), "done");
  }
});

test("the kernel frees the folder of a process that was killed", async (context) => {
  const folder = newFolder(context);
  for (let round = 0; round < 3; round += 1) {
    const holder = await startContender(context);
    assert.equal(await ask(holder, folder), "done");
    assert.throws(() => lockFolder(folder), withCode("folder/in-use"));
    const exit = once(holder, "exit");
    holder.kill("SIGKILL");
    await exit;
    assert(existsSync(join(folder, "lock.pid")), "it had no time to clean up");
    lockFolder(folder).release();
  }
});

test("a folder is locked within one process too, until it is released", (context) => {
  const folder = newFolder(context);
  const lock = lockFolder(folder);
  assert.equal(readFileSync(join(folder, "lock.pid"), "latin1"), `${process.pid}\n`);
  assert.throws(() => lockFolder(folder), withCode("folder/in-use"));
  assert.throws(() => lockFolder(folder), withCode("folder/in-use"), "a refused one frees nothing");
  lock.release();
  const next = lockFolder(folder);
  lock.release();
  assert.throws(() => lockFolder(folder), withCode("folder/in-use"), "the old lock frees nothing");
  next.release();
  assert(!existsSync(join(folder, "lock.pid")));
});

test("a lock that nobody refers to is not freed with the garbage", async (context) => {
  const folder = newFolder(context);
  const script = `
    const { lockFolder } = await import(${lockModule});
    lockFolder(process.argv[1]);
    for (let round = 0; round < 5; round += 1) {
      globalThis.gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
    try {
      lockFolder(process.argv[1]);
      console.log("taken twice");
    } catch (error) {
      console.log(error.code);
    }
  `;
  const child = spawn(
    process.execPath,
    ["--expose-gc", "--input-type=module", "-e", script, folder],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  assert.equal(String((await once(child.stdout, "data"))[0]), "folder/in-use\n");
});

test("the pid of a process that died is not blamed", (context) => {
  const folder = newFolder(context);
  const lock = lockFolder(folder);
  for (const pid of ["4194304999", "nonsense", "-1", "0", ""]) {
    writeFileSync(join(folder, "lock.pid"), pid);
    assert.throws(
      () => lockFolder(folder),
      (error) => error instanceof TowlineError && error.message.includes("by another process."),
    );
  }
  lock.release();
});

test("a lock file that is none, and a folder that is missing, are refused", (context) => {
  const folder = newFolder(context);
  assert.throws(() => lockFolder(join(folder, "missing")), withCode("folder/not-initialized"));
  writeFileSync(join(folder, "lock.db"), "x".repeat(5_000));
  assert.throws(() => lockFolder(folder), withCode("folder/unwritable"));
});

test("a data folder and what the lock puts there are for their owner alone", (context) => {
  const folder = newFolder(context);
  const lock = lockFolder(folder);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, "lock.db")).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, "lock.pid")).mode & 0o777, 0o600);
  lock.release();
});

test("a data folder that is there stays, and a file in its place is refused", (context) => {
  const folder = newFolder(context);
  chmodSync(folder, 0o750);
  writeFileSync(join(folder, "file"), "");
  createDataFolder(folder);
  assert.equal(statSync(folder).mode & 0o777, 0o750);
  createDataFolder(join(folder, "deep", "er"));
  assert.throws(() => {
    createDataFolder(join(folder, "file"));
  }, withCode("folder/exists"));
  assert.throws(() => {
    createDataFolder(join(folder, "file", "below"));
  }, TowlineError);
});
