/**
 * `docs/knobs.md`: the knobs of the guards, with what they are at each level.
 *
 * @module
 */

import {
  KNOB_ROWS,
  type KnobKind,
  type KnobRow,
} from "../../lib/guard/knobs.ts";
import { code, MADE_BY, table } from "./markup.ts";

const VALUES: Readonly<Record<KnobKind, string>> = {
  flag: "`deny`, `allow`, `warn`",
  list: "`deny`, `allow`, `warn`, or a list",
  limit: "a number, or `allow`",
  words: "a list",
};

/** The page's text. */
export function knobsPage(): string {
  return `${MADE_BY}
# The knobs of the guards

A knob is set under \`guard\` of a client ([guards](guards.md)). \`deny\` refuses
what it judges, \`allow\` lets it be, \`warn\` lets it be and logs it; a list
allows what is in it. A ceiling takes \`512m\`, \`2g\`, \`1.5\`. In texts, \`*\`
stands for any characters.

${
    table(
      ["knob", "value", "`standard`", "`strict`", "judges"],
      [...KNOB_ROWS.values()].map((row) => [
        code(row.name),
        VALUES[row.kind],
        setting(row, row.standard),
        setting(row, row.strict),
        row.help,
      ]),
    )
  }
`;
}

function setting({ kind }: KnobRow, text: string): string {
  if (text === "-") return kind === "words" ? "nothing" : "`deny`";
  return text.split(" ").map(code).join(" ");
}
