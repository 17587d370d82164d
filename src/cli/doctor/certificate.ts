/** The certificate of a rendezvous: whether it is accepted here, and for how long. */
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { PeerCertificate } from "node:tls";
import { errnoOf } from "../../adapters/folder-lock-files.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, warn } from "./finding.ts";
import { patienceMs, whySilent } from "./http-probe.ts";

interface Presented {
  readonly certificate: PeerCertificate;
  /** Why it is not accepted; null when it is. */
  readonly problem: string | null;
}

const dayMs = 86_400_000;
/** Most certificates are renewed a month before they end: with this much left, that has failed. */
const shortDays = 14;

export async function checkCertificate(url: URL, now: number): Promise<Finding> {
  const about = url.href;
  try {
    const { certificate, problem } = await presented(url);
    return judged(url, { certificate, problem, now });
  } catch (error) {
    const found = `no TLS with ${url.host}: ${whySilent(error)}`;
    const isPlain = /TLS/u.test(whySilent(error));
    const fix = isPlain
      ? `write ws:// instead of wss://, or let the proxy in front of it speak TLS`
      : `look at the proxy in front of ${url.host}: it has to end TLS there`;
    return fail("certificate", { found, fix, about });
  }
}

function judged(
  url: URL,
  { certificate, problem, now }: Presented & { readonly now: number },
): Finding {
  const about = url.href;
  const until = Date.parse(certificate.valid_to);
  const day = Number.isNaN(until) ? "?" : new Date(until).toISOString().slice(0, 10);
  if (until < now) {
    const found = `the certificate of ${url.hostname} expired on ${day}`;
    const fix = "renew it on the other side (certbot renew), and let the proxy there load it";
    return fail("certificate", { found, fix, about });
  }
  if (Date.parse(certificate.valid_from) > now) {
    const found = `the certificate of ${url.hostname} is valid only from ${certificate.valid_from} on`;
    return fail("certificate", { found, fix: "set the clock of this machine right", about });
  }
  if (problem !== null) {
    const found = `the certificate of ${url.hostname} is not accepted: ${problem}`;
    return fail("certificate", { found, fix: fixOf(problem, url), about });
  }
  const days = Math.floor((until - now) / dayMs);
  const found = `valid until ${day}, ${days} days from now`;
  if (days >= shortDays) return ok("certificate", found, about);
  return warn("certificate", { found, fix: "see why it is not renewed by itself there", about });
}

function fixOf(problem: string, url: URL): string {
  if (problem === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `dial the name that it is for, or get one for ${url.hostname}`;
  }
  return "if it is your own authority's: NODE_EXTRA_CA_CERTS=/path/to/ca.pem, for the node as well";
}

async function presented(url: URL): Promise<Presented> {
  const { hostname, port } = url;
  const host = hostname.replace(/^\[|\]$/gu, "");
  return await new Promise<Presented>((resolve, reject) => {
    const socket = connect({
      ...{ host, port: port === "" ? 443 : Number(port), rejectUnauthorized: false },
      // An address is no name that a server could go by.
      ...(isIP(host) === 0 && { servername: host }),
    });
    socket.setTimeout(patienceMs, () => socket.destroy(new Error("no answer in time")));
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerCertificate();
      const error: unknown = socket.authorizationError;
      const problem = socket.authorized ? null : (errnoOf(error) ?? String(error));
      socket.destroy();
      resolve({ certificate, problem });
    });
  });
}
