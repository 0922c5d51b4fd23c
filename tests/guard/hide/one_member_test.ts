import { assert, assertEquals } from "@std/assert";
import {
  differenceOf,
  outlineOf,
  rewriteMember,
} from "../../../lib/guard/hide/one_member.ts";
import { answerGuard } from "../../../lib/guard/hide/rewrite.ts";
import { MAX_KEYS } from "../../../lib/guard/json.ts";
import { HIDE_ALL } from "./synthetic.ts";

const { rewrite } = answerGuard(HIDE_ALL, "container.inspect")!;

/** What is shown of a text by one that was before; null where the whole must be rewritten. */
function inPart(before: string, text: string): string | null {
  const shown = rewrite!(before);
  if (typeof shown !== "string") throw new Error(shown.problem);
  const pair = { text: before, shown };
  const difference = differenceOf(before, text);
  const outline = outlineOf(pair);
  if (difference === null || outline === null) return null;
  const splice = rewriteMember(before, outline, difference, text, rewrite!);
  if (splice === null) return null;
  const { from, to, part } = splice;
  const given = shown.slice(0, from) + part + shown.slice(to);
  assertEquals(outline, outlineOf({ text, shown: given }), "it goes on");
  return given;
}

const LONG = `"Name":"${"n".repeat(200)}"`;
const whole = (member: string) =>
  `{${LONG},"Config":{"Env":["A=s"]},${member},"Image":"i"}\n`;

Deno.test("of an answer that differs in one member that member is rewritten", () => {
  const before = whole('"State":{"Health":{"Log":[{"Output":"s"}]}}');
  for (
    const member of [
      '"State":{"Health":{"Log":[{"Output":"t"},{"Output":"s"}]}}',
      '"State":{"Health":{"Log":[]}}',
      '"State":null',
      '"State":{}',
    ]
  ) {
    const text = whole(member);
    assertEquals(inPart(before, text), rewrite!(text), member);
  }
  // It may be the first one, or hold what is hidden.
  const first = before.replace('nnn"', 'nnnn"');
  assertEquals(inPart(before, first), rewrite!(first));
  const env = before.replace("A=s", "A=s2");
  assertEquals(inPart(before, env), rewrite!(env));
});

Deno.test("what is not one value of one member is rewritten whole", () => {
  const before = whole('"State":{"Pid":1}');
  for (
    const text of [
      whole('"State":{"Pid":1},"More":1'),
      whole('"State":{"Pid":1},"State":1'),
      whole('"State":{"Pid":1},"Name":1'),
      whole('"State":{"Pid":1}}'),
      whole('"State":{"Pid":1'),
      whole('"State":{"Pid":1}}{"x":{}'),
      whole('"State":{"Pid":1,"Pid":1}'),
      whole('"State":{"Pid":"\\ud800"}'),
      whole(`"State":${"[".repeat(64)}${"]".repeat(64)}`),
      whole('"State":1}\n{"a":1'),
      whole('"State":'),
      whole('"Status":{"Pid":1}'),
      whole('"State" :{"Pid":1}'),
      before.replace('"Image":"i"', '"Image":"i","x":1'),
      before.replace("\n", "}\n"),
      before.replace("\n", "\n{}"),
      before.replace("{", "{{"),
      before.replace('{"', ' {"'),
      before.replace("Image", "Imago"),
      `x${before}`,
      "",
    ]
  ) assertEquals(inPart(before, text), null, text);
  // Several members, and most of the text.
  assertEquals(
    inPart(before, before.replaceAll("n", "m").replace('"i"', '"j"')),
    null,
  );
});

Deno.test("no more keys than may be in the whole are let in by a member", () => {
  const keys = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => `"${prefix}${i}":1`).join();
  const of = (count: number) =>
    `{"A":{${keys("a", 1500)}},"B":{${keys("b", count)}}}`;
  const fits = MAX_KEYS - 1502;
  assert(typeof inPart(of(fits - 2), of(fits)) === "string");
  assertEquals(inPart(of(fits - 2), of(fits + 1)), null);
});
