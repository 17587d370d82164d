/** Patterns of paths: `/mesh`, or `/item/:id` with one part that varies. */

export interface PathMatch {
  /** What stands where `:name` stands in the pattern; null when it has none. */
  readonly param: string | null;
}

export function matchPath(pattern: string, path: string): PathMatch | null {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  if (wanted.length !== parts.length) return null;
  let param: string | null = null;
  for (const [at, part] of parts.entries()) {
    if (wanted[at]?.startsWith(":") === true && part !== "") param = decoded(part);
    else if (wanted[at] !== part) return null;
  }
  return { param };
}

/** A broken percent code stands for itself: no address makes the page fail. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
