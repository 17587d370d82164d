/** A systemd unit that runs a node: as little may go wrong in it as systemd can see to. */

export interface UnitRequest {
  readonly scope: "user" | "system";
  /** What runs: Node and the program, absolute. */
  readonly program: readonly string[];
  /** The data folder, absolute. */
  readonly dir: string;
  /** Whose folder it is; only the system's manager can run it as somebody. */
  readonly uid: number | undefined;
  /** Where the socket for other commands lies when the folder's own path is too long for one. */
  readonly socketFolder: string | null;
}

/**
 * What systemd grants without namespaces: those a user's own manager may not make everywhere, and
 * then the node would not start at all.
 */
const everywhere = [
  "NoNewPrivileges=yes",
  "LockPersonality=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "SystemCallArchitectures=native",
  "UMask=0077",
];

/** Memory stays executable and writable: V8 compiles as it runs. */
const ofSystem = [
  "CapabilityBoundingSet=",
  "PrivateDevices=yes",
  "ProtectClock=yes",
  "ProtectControlGroups=yes",
  "ProtectHome=read-only",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectSystem=strict",
  "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
  "RestrictNamespaces=yes",
];

export function unitText({ scope, program, dir, uid, socketFolder }: UnitRequest): string {
  const isSystem = scope === "system";
  const command = [...program, "up", "--dir", dir].map(quoted).join(" ");
  const lines = [
    "[Unit]",
    `Description=Towline node in ${escaped(dir)}`,
    // It dials again by itself; what it waits for is an address to listen on.
    ...(isSystem ? ["Wants=network-online.target", "After=network-online.target"] : []),
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=${command}`,
    ...(isSystem && uid !== undefined ? [`User=${uid}`] : []),
    "Restart=on-failure",
    "RestartSec=5",
    // The node ends within 5 s of SIGTERM.
    "TimeoutStopSec=20",
    "LimitNOFILE=16384",
    // Compiled code is kept nowhere: the folders for that are not its own.
    "Environment=NODE_DISABLE_COMPILE_CACHE=1 NODE_ENV=production",
    ...everywhere,
    ...(isSystem ? [...ofSystem, `ReadWritePaths=${quoted(dir)}`] : []),
    ...(isSystem ? temporary(socketFolder) : []),
    "",
    "[Install]",
    `WantedBy=${isSystem ? "multi-user.target" : "default.target"}`,
    "",
  ];
  return lines.join("\n");
}

/** In a folder for temporary files of its own, a socket would be out of reach for others. */
function temporary(socketFolder: string | null): readonly string[] {
  return [socketFolder === null ? "PrivateTmp=yes" : `ReadWritePaths=${quoted(socketFolder)}`];
}

/** A word of a command line, or a path, as systemd reads it. */
function quoted(text: string): string {
  const safe = escaped(text)
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("$", "$$$$");
  return /^[\w@%+=:,./-]+$/u.test(safe) ? safe : `"${safe}"`;
}

/** `%` begins a specifier in any setting. */
function escaped(text: string): string {
  return text.replaceAll("%", "%%").replaceAll("\n", " ");
}
