/** No file says where packages come from: that is the machine's own setting. */
import type { Findings, Tree } from "./tree.ts";

// Spelled in pieces, for this file is searched as well.
const hosts = ["registry.npm" + "js", "registry.npm" + "mirror", "registry.yarn" + "pkg"].concat([
  "npm.pkg." + "github",
  "registry.bower" + ".io",
  "jsr" + ".io",
]);

export function noRegistryIsNamed(tree: Tree): Findings {
  const problems: string[] = [];
  for (const { path, text } of tree.files(/./u)) {
    for (const host of hosts) if (text.includes(host)) problems.push(`${path}: names ${host}`);
  }
  return { problems };
}

/** Each of them: the product's, and that of the peers that benchmarks compare it with. */
export function lockFileNamesNoHost(tree: Tree): Findings {
  const locks = tree.files(/(^|\/)package-lock\.json$/u);
  if (!locks.some(({ path }) => path === "package-lock.json")) {
    return { problems: ["package-lock.json is missing"] };
  }
  const problems = locks.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, at) => (line.includes('"resolved"') ? [`${path}:${at + 1}`] : [])),
  );
  return { problems };
}
