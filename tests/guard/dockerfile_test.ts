/** Dockerfiles, as the classic builder reads them. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  readDockerfile,
  readPairs,
  splitWords,
} from "../../lib/guard/dockerfile.ts";

/** The instructions, as `line NAME flags args`; of each version where they differ. */
function read(text: string): string[] {
  const found = readDockerfile(new TextEncoder().encode(text));
  if ("problem" in found) return [`!${found.line} ${found.problem}`];
  return found.flatMap(({ instructions }, i) => [
    ...(i > 0 ? ["--"] : []),
    ...instructions.map(({ line, name, flags, args }) =>
      [line, name, ...flags, args].join(" ")
    ),
  ]);
}

function problem(text: string): string {
  const [first = ""] = read(text);
  return first.startsWith("!") ? first : "";
}

Deno.test("instructions are told by their line, in any case", () => {
  assertEquals(
    read(
      "# a\n\n from  x  as y\r\nRUN a\t b \r\n\tcopy --from=y --chown=1 a b",
    ),
    ["3 FROM x  as y", "4 RUN a\t b", "5 COPY --from=y --chown=1 a b"],
  );
  assertEquals(read("\ufeffFROM x"), ["1 FROM x"]);
  assertEquals(read(""), []);
});

Deno.test("a line that ends with the escape goes on, over comments and empty lines", () => {
  assertEquals(
    read("FROM \\  \n# no\n\n x\\\nyz\nRUN b \\"),
    ["1 FROM xyz", "6 RUN b"],
  );
  assertEquals(read("\\\n  FROM x"), ["1 FROM x"]);
  assertEquals(read("FROM x\\y\nRUN a"), ["1 FROM x\\y", "2 RUN a"]);
});

Deno.test("the escape is what the first line says", () => {
  assertEquals(
    read("# escape=`\nFROM x `\n y\\\nRUN a"),
    ["2 FROM x  y\\", "4 RUN a"],
  );
  assertEquals(read("#  ESCAPE = \\ \nFROM \\\nx"), ["2 FROM x"]);
  for (
    const text of [
      "# a\n# escape=`\nFROM x",
      "# check=skip=all\n# escape=`\nFROM x",
      "# escape=x\nFROM x",
      "# escape=`\n# escape=\\\nFROM x",
    ]
  ) assertStringIncludes(problem(text), "escape directive", text);
  // Space that is not ASCII makes a comment of it, and is no value.
  for (const space of ["\u00a0", "\u2003", "\u3000", "\ufeff"]) {
    for (const line of [`# escape${space}=\``, `#${space}escape=\``]) {
      assertEquals(
        read(`${line}\nFROM x\nRUN a \`\nFROM evil`),
        ["2 FROM x", "3 RUN a `", "4 FROM evil"],
        JSON.stringify(line),
      );
    }
    for (const value of [`${space}\``, `\`${space}`, "`\u2028"]) {
      assertStringIncludes(
        problem(`# escape=${value}\nFROM x`),
        "escape directive",
        JSON.stringify(value),
      );
    }
  }
  // After an instruction it is a comment.
  assertEquals(read("FROM x\n# escape=`\nRUN a`\nRUN b").length, 3);
});

Deno.test("a frontend is refused, wherever it may be read", () => {
  for (
    const text of [
      "# syntax=docker/dockerfile:1\nFROM x",
      "#SYNTAX = x\nFROM x",
      "# a\n# syntax=x\nFROM x",
      "\ufeff# syntax=x",
      "  # syntax=x",
    ]
  ) assertStringIncludes(problem(text), "frontend", text);
  assertEquals(read("FROM x\n# syntax=y"), ["1 FROM x"]);
});

Deno.test("a comment that is indented inside of an instruction is read both ways", () => {
  assertEquals(
    read("RUN a \\\n  # b\nFROM evil\nRUN c"),
    [
      "1 RUN a FROM evil",
      "4 RUN c",
      "--",
      "1 RUN a   # b",
      "3 FROM evil",
      "4 RUN c",
    ],
  );
  // The older version ends with an error there.
  assertEquals(
    read("FROM x\nRUN a \\\n  # b\n  && c"),
    ["1 FROM x", "2 RUN a   && c", "--", "1 FROM x", "2 RUN a   # b"],
  );
});

Deno.test("what versions read in different ways is refused", () => {
  for (
    const [text, word] of [
      ["RUN a \\\\\nFROM x", "an escape that is escaped"],
      ["RUN <<EOF\nFROM x\nEOF", "'<<'"],
      ["COPY <<-EOF /a\nEOF", "'<<'"],
      ["ONBUILD RUN cat << 'E'\nE", "'<<'"],
      ["RUN a\\\r\r\nFROM x", "carriage return"],
      ["RUN a\0b", "control character"],
      ["FROM x\n\u00a0# RUN a", "not ASCII"],
      ["FROM\u2003x", "has no instruction"],
      ["FROM x\u0085", "not ASCII"],
      ["FROM x\ufeff", "not ASCII"],
      ["ENV a=b\u2028 \\\n", "not ASCII"],
      ["FRO\u0131M x", "has no instruction"],
      ["FROM x\nNEW y", "has no instruction, but 'NEW'"],
      ["FROM x\nRUN " + "a".repeat(20_000), "too long"],
      ['FROM --platform="a" x', "flag that is not plain"],
      ["COPY --from=\\x a b", "flag that is not plain"],
    ] as const
  ) assertStringIncludes(problem(text), word, text);
  assertStringIncludes(
    (readDockerfile(Uint8Array.of(70, 0xff)) as { problem: string }).problem,
    "UTF-8",
  );
  assertEquals(read("RUN cat <<< x"), ["1 RUN cat <<< x"]);
});

Deno.test("words keep their quotes, and tell their text where it is plain", () => {
  const words = (args: string) =>
    splitWords(args, "\\")?.map(({ raw, text }) => [raw, text]) ?? null;
  assertEquals(words(`a "b c"d 'e "f' `), [
    ["a", "a"],
    ['"b c"d', "b cd"],
    [`'e "f'`, 'e "f'],
  ]);
  assertEquals(words(`a\\ b "$c"`), [["a\\ b", null], ['"$c"', null]]);
  assertEquals(words('"a'), null);
  assertEquals(words("a\\"), null);
  assertEquals(words('"a\\"b" c')?.length, 2);
});

Deno.test("pairs are read in both forms", () => {
  const pairs = (args: string) => readPairs(args, "\\");
  assertEquals(pairs(`a=b "c d"="e f" g=$h`), [
    ["a", "b"],
    ["c d", "e f"],
    ["g", null],
  ]);
  assertEquals(pairs("a b=c d"), [["a", "b=c d"]]);
  for (const args of ["$a=b", "a\\b=c", '"a=b"=c', "=a", "a", "a=b c", '"a']) {
    assertEquals(pairs(args), null, args);
  }
});
