import { assertEquals } from "@std/assert";
import { hideValue } from "../../../lib/guard/hide/marks.ts";
import type { HideMark } from "../../../lib/guard/hide/rows.ts";
import { HIDE_NOTHING } from "../../../lib/guard/hide/words.ts";
import { HIDE_ALL } from "./synthetic.ts";

const WRONG = { problem: "has a value of another type at P" };

/** What becomes of a value, as JSON; itself where it stays. */
function hidden(raw: string, mark: HideMark, hide = HIDE_ALL) {
  const edited = hideValue(JSON.parse(raw), mark, hide, "P");
  if (edited === null) return raw;
  return "problem" in edited ? edited : JSON.stringify(edited.value);
}

Deno.test("null stays null under every mark, and other types are problems", () => {
  for (const mark of ["=", "~", "-", "%", ":"] as const) {
    assertEquals(hidden("null", mark), "null");
    for (const raw of ["1", "true", "false", "-1.5"]) {
      assertEquals(hidden(raw, mark), WRONG, `${mark} ${raw}`);
    }
  }
  for (const mark of ["=", "~", "%", ":"] as const) {
    assertEquals(hidden("{}", mark), WRONG);
    assertEquals(hidden('[{"A":"x"}]', mark), WRONG);
    assertEquals(hidden("[1]", mark), WRONG);
  }
  assertEquals(hidden('"A=1"', "="), WRONG);
  assertEquals(hidden("[null]", "="), WRONG);
  assertEquals(hidden('["x"]', "%"), WRONG);
});

Deno.test("variables keep their names, and those that stay are not written anew", () => {
  assertEquals(
    hidden('["A=1","B=x=y","C=","D",""]', "="),
    '["A=<hidden>","B=<hidden>","C=<hidden>","<hidden>","<hidden>"]',
  );
  assertEquals(hidden("[]", "="), "[]");
  assertEquals(hidden('["=x"]', "="), '["=<hidden>"]');
  const except = { ...HIDE_ALL, envExcept: ["D"] };
  assertEquals(
    hidden('["D","DD","D=1"]', "=", except),
    '["D","<hidden>","D=1"]',
  );
  const some = { ...HIDE_NOTHING, env: ["*TOKEN*"], envExcept: ["TOKEN_URL"] };
  assertEquals(
    hidden('["PATH=/bin","TOKEN_URL=x","MY_TOKEN=x"]', "=", some),
    '["PATH=/bin","TOKEN_URL=x","MY_TOKEN=<hidden>"]',
  );
  assertEquals(hidden('[ "PATH=1" ]', "=", some), '[ "PATH=1" ]');
  assertEquals(hidden('["A\\u003dsecret=x"]', "="), '["A=<hidden>"]');
  assertEquals(
    hidden('["\\u00e4=x","A\\u0000=x"]', "="),
    '["<hidden>","<hidden>"]',
  );
});

Deno.test("texts become one text, nothing stays nothing", () => {
  assertEquals(hidden('"sh -c x"', "~"), '"<hidden>"');
  assertEquals(hidden('["sh","-c",null]', "~"), '["<hidden>"]');
  for (const raw of ['""', "[]"]) assertEquals(hidden(raw, "~"), raw);
});

Deno.test("what is emptied keeps its type", () => {
  assertEquals(hidden('"10.0.0.1"', "-"), '""');
  for (const raw of ["[ ]", "{ }", '""']) assertEquals(hidden(raw, "-"), raw);
  assertEquals(hidden('[{"a":1}]', "-"), "[]");
  assertEquals(hidden('{"a":1}', "-"), "{}");
});

Deno.test("a line of history loses values of variables, and lines of unknown form", () => {
  const lines: [string, string][] = [
    ["/bin/sh -c #(nop)  ENV A=s", "/bin/sh -c #(nop)  ENV <hidden>"],
    ["ENV A=s B=t", "ENV <hidden>"],
    ["ARG A=s", "ARG <hidden>"],
    ["|1 A=s /bin/sh -c x", "|1 <hidden>"],
    ["RUN |1 A=s /bin/sh -c x # buildkit", "RUN |1 <hidden>"],
    ["/bin/sh -c #(nop)  ONBUILD ENV A=s", "<hidden>"],
    ["env A=s", "env <hidden>"],
    ["ADD https://u:s@host/ /", "<hidden>"],
    ["buildpacksio s", "<hidden>"],
    ["RUNs", "<hidden>"],
  ];
  for (const [line, shown] of lines) {
    assertEquals(hidden(JSON.stringify(line), "%"), JSON.stringify(shown));
  }
  for (
    const line of [
      "",
      '/bin/sh -c #(nop)  CMD ["sh"]',
      "/bin/sh -c #(nop) ADD file:ab12 in / ",
      "/bin/sh -c apt-get update",
      "RUN /bin/sh -c apt-get update # buildkit",
      "COPY a b # buildkit",
      "CMD",
    ]
  ) {
    const raw = JSON.stringify(line);
    assertEquals(hidden(raw, "%"), raw);
  }
});

Deno.test("an action keeps its verb and its states", () => {
  const actions: [string, string][] = [
    ["exec_create: sh -c s", "exec_create: <hidden>"],
    ["exec_start: s: t", "exec_start: <hidden>"],
    ["health_status: s", "health_status: <hidden>"],
    ["health_status: healthy\n", "health_status: <hidden>"],
    ["s t: u", "<hidden>"],
    [": s", "<hidden>"],
  ];
  for (const [action, shown] of actions) {
    assertEquals(hidden(JSON.stringify(action), ":"), JSON.stringify(shown));
  }
  for (
    const action of ["start", "die", "health_status: unhealthy", "exec_die", ""]
  ) {
    const raw = JSON.stringify(action);
    assertEquals(hidden(raw, ":"), raw);
  }
});
