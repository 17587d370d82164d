/** One headless Chromium for a test file, and users in it whose pages are watched for mishaps. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

const program = "/usr/bin/chromium";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a page may take to show something on a loaded machine of two cores. */
const patienceMs = 15_000;

/** Why browser tests cannot run here; null when they can. In CI it is no excuse. */
export function noBrowser(): string | null {
  if (existsSync(program) || process.env["CI"] === "true") return null;
  return `NOT TESTED IN A BROWSER: there is no ${program}. Install it: apt-get install chromium`;
}

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: program, args });
}

export interface User extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Says that lines on the console which match are meant to appear. */
  expects(pattern: RegExp): void;
}

/**
 * A user with a fresh profile, to be disposed of before the nodes stop. That throws if a page wrote
 * an error to its console, threw, broke the content security policy, or asked any other origin for
 * anything.
 */
export async function openUser(
  browser: Browser,
  options: BrowserContextOptions & { readonly origin: string },
): Promise<User> {
  const { origin, ...rest } = options;
  const context = await browser.newContext({ reducedMotion: "reduce", ...rest });
  context.setDefaultTimeout(patienceMs);
  const expected: RegExp[] = [];
  const problems: string[] = [];
  const report = (text: string): void => {
    if (!expected.some((pattern) => pattern.test(text))) problems.push(text);
  };
  // Chromium reports what the policy blocked as an error on the console.
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") report(message.text());
  });
  context.on("weberror", (mishap) => report(`uncaught: ${mishap.error().message}`));
  context.on("request", (request) => {
    const url = request.url();
    const isLocal = url.startsWith(`${origin}/`) || /^(data|blob|about):/u.test(url);
    if (!isLocal) report(`asked another origin: ${url}`);
  });
  const page = await context.newPage();
  return {
    page,
    context,
    expects: (pattern) => expected.push(pattern),
    [Symbol.asyncDispose]: async () => {
      await context.close();
      if (problems.length > 0) throw new Error(`in the browser:\n${problems.join("\n")}`);
    },
  };
}
