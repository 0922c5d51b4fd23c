export function guardWay(
  name: string,
): { reads: "path" | "query" | "body" | null } {
  return {
    reads: name === "container.create" || name === "container.update"
      ? "body"
      : null,
  };
}
