import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  createHideMemo,
  forgetAnswers,
  type HideMemo,
  MAX_ANSWERS,
  MAX_CHARACTERS,
  MAX_LENGTH,
  rewriteOnce,
} from "../../lib/proxy/hide_memo.ts";
import { decodeLatin1 } from "../../lib/host.ts";

/** A rewrite that writes its mark before a text, and counts its calls. */
function counting(mark: string) {
  const seen = { calls: 0 };
  const rewrite = (text: string) => {
    seen.calls++;
    return mark + text;
  };
  return { seen, rewrite };
}

/** An object's answer; its id makes its first 64 characters its own. */
function answer(id: number, more = ""): string {
  return `{"Id":"${`${id}g`.padEnd(64, "0")}","More":"${more}"}`;
}

/** What {@link rewriteOnce} gives, as text. */
function shown(
  memo: HideMemo,
  rewrite: (text: string) => string,
  text: string,
) {
  const given = rewriteOnce(memo, { rewrite, byMember: false }, text);
  if ("problem" in given) throw new Error(given.problem);
  return decodeLatin1(given);
}

function charactersOf(memo: HideMemo): number {
  return memo.entries.map(({ text, shown }) => text.length + shown.length)
    .reduce((sum, length) => sum + length, 0);
}

Deno.test("the same text is rewritten once", () => {
  const memo = createHideMemo();
  const { seen, rewrite } = counting("a");
  for (let i = 0; i < 3; i++) {
    // Another string of the same characters, as each answer is.
    const text = [...answer(1)].join("");
    assertEquals(shown(memo, rewrite, text), `a${text}`);
  }
  assertEquals(seen.calls, 1);
});

Deno.test("what one client or operation hides is never given for another", () => {
  const memo = createHideMemo();
  const [first, second] = [counting("a"), counting("b")];
  for (let i = 0; i < 2; i++) {
    assertEquals(shown(memo, first.rewrite, "{}"), "a{}");
    assertEquals(shown(memo, second.rewrite, "{}"), "b{}");
  }
  assertEquals([first.seen.calls, second.seen.calls], [1, 1]);
});

Deno.test("a text that differs in one character is rewritten", () => {
  const memo = createHideMemo();
  const { rewrite } = counting("a");
  for (const more of ["x", "y", "x", "xx", ""]) {
    assertEquals(
      shown(memo, rewrite, answer(1, more)),
      `a${answer(1, more)}`,
    );
    assertEquals(memo.entries.length, 1, "the newer answer takes its place");
  }
});

Deno.test("what is shown are the bytes of the text, one for each character", () => {
  const memo = createHideMemo();
  for (let i = 0; i < 2; i++) {
    const given = rewriteOnce(
      memo,
      { rewrite: (text) => text, byMember: false },
      "\u0000a\u0080\u00ff",
    );
    assertEquals(given, new Uint8Array([0, 0x61, 0x80, 0xff]));
  }
});

/** An answer of two members, and how often each text is rewritten. */
function inspected(state: string, more = "") {
  return `{"Id":"${"0".repeat(64)}","State":${state},"Rest":"${
    "x".repeat(2000)
  }"${more}}\n`;
}

Deno.test("of an answer that differs in one member that alone is rewritten", () => {
  for (const byMember of [true, false]) {
    const memo = createHideMemo();
    const texts: string[] = [];
    const rewrite = (text: string) => {
      texts.push(text);
      return text.replaceAll("secret", "hidden");
    };
    const states = ['"secret"', '{"a":"secret"}', '["secret","x"]', "1"];
    for (const state of states) {
      const given = rewriteOnce(memo, { rewrite, byMember }, inspected(state));
      if ("problem" in given) throw new Error(given.problem);
      assertEquals(
        decodeLatin1(given),
        inspected(state).replaceAll("secret", "hidden"),
      );
    }
    const [first, ...others] = states;
    assertEquals(texts, [
      inspected(first!),
      ...others.map((state) =>
        byMember ? `{"State":${state}}` : inspected(state)
      ),
    ]);
    assertEquals(memo.entries.length, 1);
  }
});

Deno.test("where a member cannot be judged alone the whole answer is", () => {
  const memo = createHideMemo();
  const whole: string[] = [];
  const rewrite = (text: string) => {
    if (text.length > 1000) whole.push(text);
    return text.includes("odd") ? { problem: "is odd" } : text;
  };
  const rewriting = { rewrite, byMember: true };
  rewriteOnce(memo, rewriting, inspected("1"));
  const odd = inspected('"odd"');
  assertEquals(rewriteOnce(memo, rewriting, odd), { problem: "is odd" });
  const more = inspected('1,"More":2');
  rewriteOnce(memo, rewriting, more);
  assertEquals(whole, [inspected("1"), odd, more]);
});

Deno.test("a problem is not remembered", () => {
  const memo = createHideMemo();
  const problem = { problem: "is odd" };
  assertEquals(
    rewriteOnce(memo, { rewrite: () => problem, byMember: true }, "{}"),
    problem,
  );
  assertEquals(memo.entries.length, 0);
});

Deno.test("after it forgot all, texts are rewritten again", () => {
  const memo = createHideMemo();
  const { seen, rewrite } = counting("a");
  shown(memo, rewrite, answer(1));
  forgetAnswers(memo);
  assertEquals(memo.entries.length, 0);
  shown(memo, rewrite, answer(1));
  assertEquals(seen.calls, 2);
});

Deno.test("an answer, or what is shown of it, that is too long is not remembered", () => {
  const memo = createHideMemo();
  const long = "x".repeat(MAX_LENGTH + 1);
  assertEquals(shown(memo, () => "{}", long), "{}");
  assertEquals(shown(memo, () => long, "{}"), long);
  assertEquals(memo.entries.length, 0);
  shown(memo, () => long.slice(1), long.slice(1));
  assertEquals(memo.entries.length, 1);
});

Deno.test("more objects in turn than places still find those that stay", () => {
  const memo = createHideMemo();
  const { seen, rewrite } = counting("a");
  const rounds = 20;
  const objects = MAX_ANSWERS + 4;
  for (let round = 0; round < rounds; round++) {
    for (let id = 0; id < objects; id++) shown(memo, rewrite, answer(id));
  }
  assert(seen.calls < rounds * objects / 2, `${seen.calls} rewritten`);
});

Deno.test("other objects take the place of those that nobody reads any more", () => {
  const memo = createHideMemo();
  const { seen, rewrite } = counting("a");
  for (let id = 0; id < MAX_ANSWERS; id++) {
    shown(memo, rewrite, answer(id));
  }
  const before = seen.calls;
  for (let i = 0; i < 20; i++) shown(memo, rewrite, answer(99));
  assert(seen.calls - before <= 4, `${seen.calls - before} rewritten`);
});

Deno.test("whatever comes, it gives what the rewrite gives, within its bounds", () => {
  const texts = fc.record({
    id: fc.nat(12),
    more: fc.constantFrom(0, 1, 1000, 20_000, MAX_LENGTH - 90, MAX_LENGTH),
    mark: fc.constantFrom("a", "b"),
    forget: fc.nat(20).map((n) => n === 0),
  });
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 60 }), (steps) => {
      const memo = createHideMemo();
      const rewrites = { a: counting("a"), b: counting("b") };
      for (const { id, more, mark, forget } of steps) {
        if (forget) forgetAnswers(memo);
        const text = answer(id, "x".repeat(more));
        const { rewrite } = rewrites[mark as "a" | "b"];
        assert(shown(memo, rewrite, text) === mark + text);
        assert(memo.entries.length <= MAX_ANSWERS);
        assert(charactersOf(memo) <= MAX_CHARACTERS);
      }
    }),
    { numRuns: 50 },
  );
});
