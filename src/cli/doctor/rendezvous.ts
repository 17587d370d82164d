/**
 * The way to a rendezvous, step by step as a dial goes it: name, connection, certificate,
 * WebSocket, handshake. The first step that fails is the one to mend: nobody sees beyond it.
 */
import { lookup } from "node:dns/promises";
import { connect, isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { randomBytes32 } from "../../adapters/node-crypto.ts";
import type { Link } from "../../adapters/link.ts";
import { dialUrl } from "../../adapters/ws-dialer.ts";
import { toHex } from "../../base/bytes.ts";
import { TowlineError } from "../../base/errors.ts";
import { proveTo } from "../../node/join.ts";
import { isPrivateHost } from "../../node/private-host.ts";
import type { Signer } from "../../op/crypto.ts";
import type { MeshId, NodeId } from "../../op/op.ts";
import { versionsSpoken } from "../../replica/options.ts";
import { closeMeaning } from "../../node/rendezvous-meaning.ts";
import { checkCertificate } from "./certificate.ts";
import { checkClock } from "./clock.ts";
import type { Finding } from "./finding.ts";
import { fail, failOf, ok, warn } from "./finding.ts";
import type { PlainAnswer } from "./http-probe.ts";
import { askForUpgrade, askPlainly, patienceMs, whySilent } from "./http-probe.ts";

export interface Visitor {
  /** Null when the key cannot be used: then nobody can be proved to. */
  readonly signer: Signer | null;
  readonly mesh: MeshId | null;
  /** The key that was seen there before. */
  readonly expected: NodeId | null;
  /** Redeemed when it is given. */
  readonly token: Signer | null;
  /** How long to hold a silent connection; null for not at all. */
  readonly idleMs: number | null;
  /** Unix milliseconds. */
  readonly now: number;
}

export async function checkRendezvous(text: string, visitor: Visitor): Promise<readonly Finding[]> {
  let url: URL;
  try {
    url = new URL(dialUrl(text));
  } catch (error) {
    return [failOf("reach", error, text)];
  }
  const reach = await checkReach(url);
  if (reach.state === "fail") return [reach];
  const isTls = url.protocol === "wss:";
  const certificate = isTls ? await checkCertificate(url, visitor.now) : plainWarning(url);
  const findings = [reach, ...(certificate === null ? [] : [certificate])];
  const plain = new URL(url.href.replace(/^ws/u, "http"));
  const answer = await askPlainly(plain).catch((error: unknown) => silent(url, error));
  if ("check" in answer) return [...findings, answer];
  const clock = checkClock(url.href, answer);
  if (clock !== null) findings.push(clock);
  const socket = await checkUpgrade(url, plain, answer);
  findings.push(socket);
  // The real dial refuses a bad certificate, and says no more than that.
  const isBarred = socket.state === "fail" || certificate?.state === "fail";
  return isBarred ? findings : [...findings, ...(await checkHandshake(url, visitor))];
}

function plainWarning(url: URL): Finding | null {
  if (isPrivateHost(url.hostname)) return null;
  const found = "ws:// is not encrypted: everybody on the way can read along";
  const fix = `put a proxy with a certificate in front of it, and write wss://${url.host}`;
  return warn("certificate", { found, fix, about: url.href });
}

function silent(url: URL, error: unknown): Finding {
  const found = `${url.host} takes connections, but does not answer HTTP: ${whySilent(error)}`;
  const fix = "check host and port; a Towline node, or a proxy in front of one, has to be there";
  return fail("websocket", { found, fix, about: url.href });
}

async function checkReach(url: URL): Promise<Finding> {
  const about = url.href;
  const host = url.hostname.replace(/^\[|\]$/gu, "");
  const port = Number(url.port === "" ? (url.protocol === "wss:" ? 443 : 80) : url.port);
  try {
    const address = isIP(host) === 0 ? (await named(host)).address : host;
    await connectTo(address, port);
    return ok("reach", address === host ? "it takes connections" : `it is ${address}`, about);
  } catch (error) {
    const why = whySilent(error);
    const isName = /resolve/u.test(why);
    const fix = isName
      ? `check the spelling of ${host}, and the network of this machine`
      : `see that the node runs there, that its port is ${port}, and that no firewall is between`;
    return fail("reach", { found: `${url.host}: ${why}`, fix, about });
  }
}

async function named(host: string): Promise<{ readonly address: string }> {
  const late = sleep(patienceMs, null, { ref: false }).then(() => {
    throw Object.assign(new Error("late"), { code: "EAI_AGAIN" });
  });
  return await Promise.race([lookup(host), late]);
}

async function connectTo(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port });
    const late = Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" });
    socket.setTimeout(patienceMs, () => socket.destroy(late));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}

/** How to let the most common proxies pass a WebSocket on. */
const passOn =
  "let the proxy pass it on; nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; " +
  'proxy_set_header Connection "upgrade";';

async function checkUpgrade(url: URL, plain: URL, answer: PlainAnswer): Promise<Finding> {
  const about = url.href;
  const through = answer.through === null ? "" : ` (${answer.through})`;
  let status: number;
  try {
    status = await askForUpgrade(plain);
  } catch (error) {
    return silent(url, error);
  }
  if (status === 101) return ok("websocket", `it becomes a WebSocket${through}`, about);
  if (status === 426) {
    const found = `something on the way${through} drops the Upgrade header: the node got a plain request`;
    return fail("websocket", { found, fix: passOn, about });
  }
  const found = `no WebSocket: ${url.host}${through} answered with HTTP ${status}`;
  return fail("websocket", { found, fix: fixOf(status, url), about });
}

function fixOf(status: number, url: URL): string {
  switch (status) {
    case 401:
    case 407:
      return "the proxy there wants a login, which nodes do not have: let /crdt-sync through";
    case 403:
      return "the proxy there forbids it: let /crdt-sync through";
    case 404:
      return `check the path: nodes sync at /crdt-sync, and this is ${url.pathname}`;
    case 502:
    case 503:
    case 504:
      return "the proxy there does not reach its node: start the node, and check the proxy's target";
    default:
      return status >= 300 && status < 400
        ? "it leads elsewhere, which nodes do not follow: dial that URL"
        : `no Towline node is at this URL, or its proxy serves something else: ${passOn}`;
  }
}

async function checkHandshake(url: URL, visitor: Visitor): Promise<readonly Finding[]> {
  const about = url.href;
  const { signer, mesh, expected, token, idleMs } = visitor;
  if (signer === null) return [];
  const dialling = {
    ...{ signer, mesh, expected, token, audience: url.href, versions: versionsSpoken },
    nonce: toHex(randomBytes32()),
  };
  const held: { line: Held | null } = { line: null };
  try {
    const hold = (link: Link, closed: Promise<number>): void => {
      held.line = { link, closed };
    };
    const answer = await proveTo(url.href, dialling, idleMs === null ? undefined : hold);
    const found = `it is node ${answer.listener.slice(0, 8)} of this mesh, and lets this node in`;
    const shaken = ok("handshake", found, about);
    if (idleMs === null || held.line === null) return [shaken];
    return [shaken, await checkIdle(url, held.line, idleMs)];
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    return [refused(url, error, visitor)];
  }
}

interface Held {
  readonly link: Link;
  readonly closed: Promise<number>;
}

/** Both sides ping every 30 s; a proxy that waits less than that cuts every line. */
async function checkIdle(url: URL, { link, closed }: Held, idleMs: number): Promise<Finding> {
  const about = url.href;
  const since = performance.now();
  const ended = new AbortController();
  const waited = sleep(idleMs, null, { signal: ended.signal }).catch(() => null);
  const code = await Promise.race([closed, waited]);
  ended.abort();
  const seconds = Math.round((performance.now() - since) / 1_000);
  link.close(1000, "");
  if (code === null) return ok("idle", `a silent connection stood for ${seconds} s`, about);
  const found = `a silent connection ended after ${seconds} s: ${closeMeaning(code)}`;
  const fix =
    "give the proxy a timeout of more than 60 s for WebSockets; nginx: proxy_read_timeout 1h; " +
    "proxy_send_timeout 1h;";
  return fail("idle", { found, fix, about });
}

function refused(url: URL, error: TowlineError, { expected, token }: Visitor): Finding {
  const about = url.href;
  const said = (found: string, fix: string): Finding => fail("handshake", { found, fix, about });
  switch (error.code) {
    case "join/pin-mismatch":
      return said(
        `the node there has another key than before (${(expected ?? "").slice(0, 8)}…)`,
        "ask whoever runs it; if it was set up anew, join it again with the key that they name: " +
          `towline join ${url.href} --token TOKEN --key KEY`,
      );
    case "join/other-mesh":
      return said(
        "the node there belongs to another mesh",
        `take ${url.href} out of rendezvous in towline.toml, or join its mesh in another --dir`,
      );
    case "join/no-mesh":
      return said("the node there has no mesh yet", 'run "towline init" or "towline join" there');
    case "join/not-admitted":
      return said(
        token === null ? "the node there does not let this one in" : "the token is refused there",
        `run "towline invite" there, then here: towline join ${url.href} --token TOKEN; and if its ` +
          "public_urls is set, it has to name this URL",
      );
    default:
      return failOf("handshake", error, about);
  }
}
