export function guardWay(
  _: string,
): { reads: "path" | "query" | "body" | null } {
  return { reads: null };
}
