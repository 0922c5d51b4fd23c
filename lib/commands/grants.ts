/**
 * The rights of a client as data, and in readable lines.
 *
 * @module
 */

import type { AccessClass } from "../docker/operations.ts";
import type { Rights } from "../policy/compile.ts";
import { formatUntil } from "../policy/until.ts";

/** What is granted, and by which settings. */
export interface Granted {
  readonly operations: readonly {
    readonly name: string;
    readonly access: AccessClass;
    /** The settings that grant it, such as `CONTAINERS=1`. */
    readonly by: string;
    /** When the grant ends, as RFC 3339 has it; null if it never does. */
    readonly until: string | null;
  }[];
  /** Paths that are no known operation, such as `GET /new/route`. */
  readonly paths: readonly {
    readonly path: string;
    readonly by: string;
    readonly until: string | null;
  }[];
  /** How many operations are known. */
  readonly known: number;
}

/** What rights grant. */
export function grantedOf({ verdicts, allowPaths }: Rights): Granted {
  return {
    operations: [...verdicts.values()].filter(({ allowed }) => allowed).map((
      { operation: { name, access }, by, until },
    ) => ({ name, access, by, until: untilOrNull(until) })),
    paths: allowPaths.map(({ text, setting, until }) => ({
      path: text,
      by: setting,
      until: untilOrNull(until),
    })),
    known: verdicts.size,
  };
}

/** An end as RFC 3339 has it; null for none. */
export function untilOrNull(until: number | undefined): string | null {
  return until === undefined ? null : formatUntil(until);
}

/** The end beside the setting that grants; empty for none. */
export function endWord(until: string | null): string {
  return until === null ? "" : ` until ${until}`;
}

/**
 * The granted operations, grouped by the setting that grants them.
 *
 * @returns One line per setting, such as `CONTAINERS=1: container.list, …`; empty
 * if nothing is granted.
 */
export function grantLines({ operations, paths, known }: Granted): string[] {
  const bySetting = new Map<string, string[]>();
  const ends = new Map<string, string>();
  for (const { name, by, until } of operations) {
    bySetting.set(by, [...bySetting.get(by) ?? [], name]);
    ends.set(by, endWord(until));
  }
  const lines = [...bySetting].map(([by, names]) =>
    // A rule for one operation contains its name already.
    names.length === 1 && by.endsWith(` ${names[0]}`)
      ? `${by}${ends.get(by)}`
      : `${by}${ends.get(by)}: ${
        names.length === known ? `all ${known} operations` : names.join(", ")
      }`
  );
  for (const { path, by, until } of paths) {
    lines.push(`${by} '${path}'${endWord(until)}: this path`);
  }
  return lines;
}
