// `npm run lint`: the static checks alone.
import { runChecks } from "./checks.ts";

const failed = await runChecks();
process.exitCode = failed.length === 0 ? 0 : 1;
