/**
 * Clients by groups of operations: what is granted, used, unused and refused.
 *
 * @module
 */

import type { ClientsAnswer, OperationUse } from "../lib/admin/api.ts";

/** What an operation is to a client; an operation can be several of them. */
export type Standing = "used" | "unused" | "past" | "refused";

/** How each is called; the order is the one in which a cell shows them. */
export const STANDINGS: Readonly<Record<Standing, string>> = {
  used: "granted and used",
  unused: "granted, unused",
  refused: "refused",
  past: "used, not granted now",
};

/** One client and one group. */
export interface Cell {
  readonly group: string;
  readonly operations: readonly OperationUse[];
  /** How many operations stand so. */
  readonly counts: Readonly<Record<Standing, number>>;
}

/** The whole: a row a client, a column a group. */
export interface Matrix {
  readonly groups: readonly string[];
  readonly rows: readonly {
    readonly client: string;
    readonly cells: ReadonlyMap<string, Cell>;
  }[];
}

/** The groups that people ask about first. */
const FIRST = ["container", "exec", "image", "build", "network", "volume"];

/** The group of an operation: what stands before its verb, `libpod.` with the next word. */
export function groupOf(operation: string): string {
  if (!operation.includes(".")) return "unknown";
  const [first, second] = operation.split(".");
  return first === "libpod" ? `libpod.${second}` : first!;
}

/** Puts the answer of the API in rows and columns. */
export function matrixOf({ clients }: Pick<ClientsAnswer, "clients">): Matrix {
  const rows = clients.map(({ name, operations }) => {
    const byGroup = Map.groupBy(
      operations,
      ({ operation }) => groupOf(operation),
    );
    return {
      client: name,
      cells: new Map([...byGroup].map((
        [group, operations],
      ) => [group, cellOf(group, operations)])),
    };
  });
  const groups = new Set(rows.flatMap(({ cells }) => [...cells.keys()]));
  return { groups: [...groups].sort(byInterest), rows };
}

/** How an operation stands, in the order of {@link STANDINGS}. */
export function standingsOf(use: OperationUse): Standing[] {
  const standings: Standing[] = [];
  if (use.granted) standings.push(use.used > 0 ? "used" : "unused");
  if (use.refused > 0) standings.push("refused");
  if (!use.granted && use.used > 0) standings.push("past");
  return standings;
}

/** A cell in words, such as `2 granted and used, 1 refused`. */
export function cellText({ counts }: Cell): string {
  return (Object.keys(STANDINGS) as Standing[])
    .filter((standing) => counts[standing] > 0)
    .map((standing) => `${counts[standing]} ${STANDINGS[standing]}`)
    .join(", ");
}

/** The name of a client, for which the API has an empty text where there are no clients. */
export function clientName(name: string): string {
  return name === "" ? "everyone" : name;
}

function cellOf(group: string, operations: readonly OperationUse[]): Cell {
  const counts = { used: 0, unused: 0, refused: 0, past: 0 };
  for (const use of operations) {
    for (const standing of standingsOf(use)) counts[standing]++;
  }
  return { group, operations, counts };
}

function byInterest(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

function rank(group: string): number {
  const at = FIRST.indexOf(group);
  if (at >= 0) return at;
  return group.startsWith("libpod.") ? FIRST.length + 1 : FIRST.length;
}
