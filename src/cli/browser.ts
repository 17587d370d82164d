/** How a page is opened in the browser of whoever sits at this machine. */
import { spawn } from "node:child_process";

export interface Opener {
  readonly command: string;
  readonly args: readonly string[];
}

/** Null where there is no display, or nobody at it. */
export function openerFor(
  url: string,
  { platform, env }: { readonly platform: NodeJS.Platform; readonly env: NodeJS.ProcessEnv },
): Opener | null {
  switch (platform) {
    case "darwin":
      return isRemote(env) ? null : { command: "open", args: [url] };
    case "win32":
      // The empty text is the title of a window, which start takes from a first text in quotes.
      return { command: "cmd", args: ["/c", "start", '""', url.replaceAll("&", "^&")] };
    default: {
      const hasDisplay = (env["DISPLAY"] ?? "") !== "" || (env["WAYLAND_DISPLAY"] ?? "") !== "";
      return hasDisplay ? { command: "xdg-open", args: [url] } : null;
    }
  }
}

function isRemote(env: NodeJS.ProcessEnv): boolean {
  return (env["SSH_CONNECTION"] ?? "") !== "";
}

/** True once the program has started; what becomes of it, the user sees. */
export async function startOpener({ command, args }: Opener): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const child = spawn(command, args, { detached: true, stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
