/**
 * Answers made from the rows of the table: something to hide stands at every
 * place that a row names.
 *
 * @module
 */

import type { HidePlace, HideRow } from "../../../lib/guard/hide/rows.ts";
import { type Hide, HIDE_NOTHING } from "../../../lib/guard/hide/words.ts";

/** What is hidden under every word. */
export const HIDE_ALL: Hide = {
  env: "all",
  envExcept: [],
  args: true,
  mounts: true,
  swarm: true,
  addresses: true,
  fields: null,
};

/** One word alone. */
export function only(word: string): Hide {
  return { ...HIDE_NOTHING, [word]: word === "env" ? "all" : true };
}

/** Values for each mark that hold a secret. */
export function planted(mark: HidePlace["mark"], secret: string): unknown[] {
  switch (mark) {
    case "=":
      return [
        [`A=${secret}`, `B=x=${secret}`, secret],
        [`VERY LONG NAME=\\"${secret}`],
      ];
    case "~":
      return [secret, [secret, "x"], [null, secret]];
    case "-":
      return [secret, [secret], { [secret]: secret }, [{ A: [secret] }]];
    case "%":
      return [
        `/bin/sh -c #(nop)  ENV A=${secret}`,
        `ENV A=b ${secret}`,
        `ARG T=${secret}`,
        `RUN |1 T=${secret} /bin/sh -c true # buildkit`,
        `|2 A=1 T=${secret} /bin/sh -c true`,
        `ADD https://user:${secret}@host/ / # buildkit`,
        `COPY a b && ENV A=${secret}`,
        secret,
        `nix env ${secret}`,
      ];
    case ":":
      return [
        `exec_create: /bin/sh -c ${secret}`,
        `exec_start: ${secret}: x`,
        `EXEC: ${secret}`,
        `health_status: ${secret}`,
      ];
  }
}

type Holder = { [key: string]: unknown };

/** Puts a value at a path of an object: `*` becomes a key, `[]` a list with the value twice. */
export function put(
  holder: Holder,
  [step, ...path]: readonly string[],
  value: unknown,
): void {
  const key = step === "*" ? 'any."{[ key' : step!;
  if (path.length === 0) holder[key] = structuredClone(value);
  else if (path[0] !== "[]") put((holder[key] ??= {}) as Holder, path, value);
  else {
    const list = (holder[key] ??= [{}, {}]) as Holder[];
    for (const entry of list) {
      if (path.length > 1) put(entry, path.slice(1), value);
    }
    if (path.length === 1) holder[key] = [value, value];
  }
}

/** An answer with the n-th value of each mark at each place. */
export function answerOf(row: HideRow, secret: string, n: number) {
  const answer: Record<string, unknown> = {};
  for (const { mark, path } of row.places) {
    const values = planted(mark, secret);
    put(answer, path, values[n % values.length]);
  }
  return answer;
}
