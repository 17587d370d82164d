/** The process of a hub or of replicas of one peer: loads its driver, then takes calls. */
import { pathToFileURL } from "node:url";
import { answerCalls } from "../call-process.ts";
import type { PeerCalls } from "./calls.ts";
import type { DriverModule } from "./driver.ts";
import { handlersOf } from "./handlers.ts";

const path = process.argv[2] ?? "";
// Many replicas live in one process for the fan-out, and some listen for its end, each of them.
process.setMaxListeners(0);
// Before the first call, so that no measurement counts the loading of modules.
const { driver } = (await import(pathToFileURL(path).href)) as DriverModule;
answerCalls<PeerCalls>(handlersOf(driver));
