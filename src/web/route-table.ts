/** The routes as a table: which methods a path takes, and how a query becomes values. */
import type { AnyRoute, Schema } from "./web.ts";

/** The methods of the routes that match a URL. */
export function methodsAt(routes: readonly AnyRoute[], url: string): readonly string[] {
  const parts = partsOf(url);
  const methods = routes.filter((route) => isMatch(partsOf(route.url), parts));
  return [...new Set(methods.map(({ method }) => method))].sort();
}

function partsOf(url: string): readonly string[] {
  return (url.split("?")[0] ?? "").split("/");
}

function isMatch(pattern: readonly string[], parts: readonly string[]): boolean {
  if (pattern.length !== parts.length) return false;
  return pattern.every((part, at) => part.startsWith(":") || part === parts[at]);
}

/**
 * A query as its schema has it: text that is a number where one is wanted, a list where several may
 * come. What does not fit stays as it is, and the schema refuses it.
 */
export function queryOf(schema: Schema, query: unknown): unknown {
  const given = (query ?? {}) as Readonly<Record<string, string | readonly string[]>>;
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
  const read = Object.entries(given).map(([name, value]) => [
    name,
    valueOf(Object.hasOwn(properties, name) ? properties[name]?.["type"] : undefined, value),
  ]);
  return Object.fromEntries(read);
}

function valueOf(type: unknown, value: string | readonly string[]): unknown {
  if (type === "array") return typeof value === "string" ? [value] : value;
  if (type === "integer" && typeof value === "string" && /^\d{1,15}$/u.test(value)) {
    return Number(value);
  }
  if (type === "boolean" && (value === "1" || value === "true")) return true;
  if (type === "boolean" && (value === "0" || value === "false")) return false;
  return value;
}
