/** Which hosts are near enough for plain ws://, where everyone on the way can read along. */

const privateHosts: readonly RegExp[] = [
  /^localhost$/u,
  /^127\.[\d.]+$/u,
  /^10\.[\d.]+$/u,
  /^192\.168\.[\d.]+$/u,
  /^172\.(?:1[6-9]|2\d|3[01])\.[\d.]+$/u,
  /^169\.254\.[\d.]+$/u,
  /^\[(?:::1|f[cd][0-9a-f]*:.*|fe80:.*)\]$/u,
  /^[^.[]+$/u,
  /\.(?:local|lan|internal|home\.arpa)$/u,
];

/** `host` as a URL has it: IPv6 in brackets. */
export function isPrivateHost(host: string): boolean {
  return privateHosts.some((pattern) => pattern.test(host));
}
