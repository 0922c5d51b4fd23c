/**
 * The mutants that `deno task mutate` makes, and how it counts them.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import ts from "typescript";
import {
  page,
  percentOf,
  reasonsOf,
  type Row,
  rowOf,
  staleEntries,
  totalOf,
  updatedList,
} from "../../tools/mutate.ts";
import {
  applyMutant,
  type Mutant,
  mutantsOf,
  type Operator,
} from "../../tools/mutate/operators.ts";
import {
  entryOf,
  keyOf,
  readSurvivors,
  SURVIVORS_PATH,
} from "../../tools/mutate/survivors.ts";
import { filesBelow, testsOf } from "../../tools/mutate/targets.ts";
import { judge, openWorkshops, timeLimit } from "../../tools/mutate/workers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The source after each mutant of an operator. */
function results(text: string, operator: Operator): string[] {
  return mutantsOf("a.ts", text).filter((one) => one.operator === operator)
    .map((mutant) => applyMutant(text, mutant));
}

Deno.test("the test of an if, a loop and a ternary is negated", () => {
  assertEquals(
    results(
      "if (a) b = 1; while (!c) d = 1; for (; e;) f = 1; do g = 1; while (h); i = j ? 1 : 2;",
      "negate a condition",
    ),
    [
      "if (!(a)) b = 1; while (!c) d = 1; for (; e;) f = 1; do g = 1; while (h); i = j ? 1 : 2;",
      "if (a) b = 1; while ((c)) d = 1; for (; e;) f = 1; do g = 1; while (h); i = j ? 1 : 2;",
      "if (a) b = 1; while (!c) d = 1; for (; !(e);) f = 1; do g = 1; while (h); i = j ? 1 : 2;",
      "if (a) b = 1; while (!c) d = 1; for (; e;) f = 1; do g = 1; while (!(h)); i = j ? 1 : 2;",
      "if (a) b = 1; while (!c) d = 1; for (; e;) f = 1; do g = 1; while (h); i = !(j) ? 1 : 2;",
    ],
  );
});

Deno.test("a condition is dropped from && and ||, and from an if as a whole", () => {
  assertEquals(results("x = a && b || c;", "drop a condition"), [
    "x = (a && b);",
    "x = (c);",
    "x = (a) || c;",
    "x = (b) || c;",
  ]);
  assertEquals(results("if (a) b = 1;", "drop a condition"), [
    "if (true) b = 1;",
    "if (false) b = 1;",
  ]);
});

Deno.test("&& and || are swapped without a change of what binds to what", () => {
  assertEquals(results("x = a || b && c;", "swap && and ||"), [
    "x = ((a) && (b && c));",
    "x = a || ((b) || (c));",
  ]);
  assertEquals(results("x = a ?? b;", "swap && and ||"), []);
});

Deno.test("a comparison's operator and its number are shifted", () => {
  assertEquals(results("x = a < 4;", "shift a bound"), [
    "x = a <= 4;",
    "x = a < (4 + 1);",
    "x = a < (4 - 1);",
  ]);
  assertEquals(results("x = 1n >= a;", "shift a bound"), [
    "x = (1n + 1n) >= a;",
    "x = (1n - 1n) >= a;",
    "x = 1n > a;",
  ]);
  assertEquals(results("x = a === -1;", "shift a bound"), [
    "x = a === (-1 + 1);",
    "x = a === (-1 - 1);",
  ]);
});

Deno.test("a constant is shifted where its name says that it bounds or where it is compared", () => {
  assertEquals(results("const MAX_A_BYTES = 4 * 1024;", "shift a bound"), [
    "const MAX_A_BYTES = (4 * 1024 + 1);",
    "const MAX_A_BYTES = (4 * 1024 - 1);",
  ]);
  assertEquals(results("const LF = 10; x = a === LF;", "shift a bound"), [
    "const LF = (10 + 1); x = a === LF;",
    "const LF = (10 - 1); x = a === LF;",
  ]);
  assertEquals(results("const STEP = 10; x = a + STEP;", "shift a bound"), []);
});

Deno.test("a function returns early what its type as written allows", () => {
  const early = (text: string) => results(text, "return early");
  assertEquals(early("function f(): void { g = 1; }"), [
    "function f(): void { return; g = 1; }",
  ]);
  assertEquals(early("function f(): boolean { return g; }"), [
    "function f(): boolean { return true; return g; }",
    "function f(): boolean { return false; return g; }",
  ]);
  assertEquals(early("function f(): a is B { return g; }").length, 2);
  assertEquals(early("const f = (): string | null => { return g; };"), [
    "const f = (): string | null => { return null; return g; };",
  ]);
  assertEquals(
    early("async function f(): Promise<A | undefined> { return g; }"),
    ["async function f(): Promise<A | undefined> { return; return g; }"],
  );
  assertEquals(early("h(() => { g = 1; });"), ["h(() => { return; g = 1; });"]);
  assertEquals(early("h(() => { return g; });"), []);
  assertEquals(early("function f(): string { return g; }"), []);
  assertEquals(early("function f(): boolean { return true; }"), [
    "function f(): boolean { return false; return true; }",
  ]);
});

Deno.test("a call whose result is not used is dropped", () => {
  assertEquals(results("if (a) b(); await c(); d = e();", "drop a call"), [
    "if (a) ; await c(); d = e();",
    "if (a) b(); ; d = e();",
  ]);
});

Deno.test("types, imports, comments, strings and tables are not changed", () => {
  assertEquals(
    mutantsOf(
      "a.ts",
      `import { a } from "a && b";
export { c } from "./c.ts";
/** if (a && b) c(); */
type A<T> = T extends 1 ? true : false;
interface B { a: 1 | 2; }
const TABLE = [{ a: 1, b: "x && y" }];
const MAP = new Map([[1, 2]]);
const text = "if (a < 1) b();";
`,
    ),
    [],
  );
});

Deno.test("a mutant knows its line and its function, and its key outlives a shift of lines", () => {
  const text = "function f() {\n  const g = () => a < 1;\n}\n";
  const [first] = mutantsOf("a.ts", text);
  const [moved] = mutantsOf("a.ts", `// more\n\n${text}`);
  assertEquals(first?.line, 1);
  const shifted = mutantsOf("a.ts", text).at(-1)!;
  assertEquals([shifted.line, shifted.function], [2, "f.g"]);
  assertEquals(moved?.line, 3);
  assertEquals(keyOf("a.ts", first!), keyOf("a.ts", moved!));
});

Deno.test("mutants that look alike have different keys", () => {
  const keys = mutantsOf("a.ts", "a = b < 1; a = b < 1;")
    .map((mutant) => keyOf("a.ts", mutant));
  assertEquals(new Set(keys).size, keys.length);
  assertEquals(keys.length, 6);
});

Deno.test("every mutant of real files can be parsed", async () => {
  const below = (path: string) => filesBelow(ROOT, path);
  for (const file of ["lib/net/", "lib/docker/"].flatMap(below)) {
    const text = await Deno.readTextFile(ROOT + file);
    for (const mutant of mutantsOf(file, text)) {
      const { diagnostics } = ts.transpileModule(applyMutant(text, mutant), {
        fileName: file,
        reportDiagnostics: true,
        compilerOptions: { target: ts.ScriptTarget.Latest },
      });
      assertEquals(diagnostics, [], `${file}:${mutant.line}`);
    }
  }
});

Deno.test("a file is tested by its mirror, or by its room", () => {
  assertEquals(testsOf(ROOT, "lib/net/cidr.ts"), ["tests/net/cidr_test.ts"]);
  assertEquals(testsOf(ROOT, "lib/policy/none.ts"), ["tests/policy/"]);
});

const [mutant] = mutantsOf("a.ts", "if (a) b = 1;") as [Mutant];

Deno.test("the percentage counts accepted survivors as not killed", () => {
  const result = {
    file: "a.ts",
    mutants: mutantsOf("a.ts", "if (a) b = 1;"),
    verdicts: ["survived", "killed", "timeout"] as const,
  };
  const row = rowOf(result, new Set([keyOf("a.ts", mutant)]));
  assertEquals(row, {
    made: 3,
    killed: 1,
    timeout: 1,
    survived: 0,
    accepted: 1,
  });
  assertEquals(Math.round(percentOf(row)), 67);
  assertEquals(rowOf(result, new Set()).survived, 1);
});

Deno.test("an entry without a reason accepts nothing", () => {
  const entry = entryOf("a.ts", mutant);
  assertEquals(reasonsOf([entry]).size, 0);
  assertEquals(reasonsOf([{ ...entry, reason: " " }]).size, 0);
  assertEquals(reasonsOf([{ ...entry, reason: "Because." }]).size, 1);
});

Deno.test("the list keeps its reasons, takes new survivors and loses what fits no mutant", () => {
  const known = { ...entryOf("a.ts", mutant), reason: "Because." };
  const stale = { ...known, before: "gone" };
  const elsewhere = { ...known, file: "b.ts" };
  const mutants = mutantsOf("a.ts", "if (a) b = 1;");
  const results = [{
    file: "a.ts",
    mutants,
    verdicts: ["survived", "survived", "killed"] as const,
  }];
  const list = [known, stale, elsewhere];
  assertEquals(staleEntries(list, results), [stale]);
  assertEquals(updatedList(list, results), [
    elsewhere,
    known,
    entryOf("a.ts", mutants[1]!),
  ]);
});

Deno.test("the page has a row for each file and one for all", async () => {
  const row: Row = {
    made: 4,
    killed: 2,
    timeout: 1,
    survived: 0,
    accepted: 1,
  };
  const text = await page([["lib/a.ts", row], ["lib/b.ts", row]]);
  const rows = text.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").map((cell) => cell.trim()).slice(1, -1));
  assertEquals(rows[2], ["`lib/a.ts`", "4", "2", "1", "0", "1", "75.0 %"]);
  assertEquals(rows.at(-1), ["Total", "8", "4", "2", "0", "2", "75.0 %"]);
  assertEquals(totalOf([]).made, 0);
});

Deno.test("the list of survivors is well formed, and each of its entries has a reason", () => {
  const list = readSurvivors(ROOT);
  for (const entry of list) {
    assert(entry.reason.trim() !== "", `${entry.file}: ${entry.before}`);
  }
  assertEquals(
    new Set(list.map((entry) => keyOf(entry.file, entry))).size,
    list.length,
  );
  const folder = Deno.makeTempDirSync();
  Deno.mkdirSync(`${folder}/tests/mutate`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/${SURVIVORS_PATH}`, '[{"file":"a"}]');
  assertThrows(() => readSurvivors(`${folder}/`), Error, "no 'function'");
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("mutants are killed, run out of time or survive, and the file is restored", async () => {
  const folder = await Deno.makeTempDir();
  const project = `${folder}/project/`;
  await Deno.mkdir(`${project}tools/mutate`, { recursive: true });
  await Deno.mkdir(`${project}web`);
  const source =
    "export function f(n: number): number {\n  let i = 0;\n  while (i !== n) i++;\n  return i;\n}\n";
  const files: Readonly<Record<string, string>> = {
    "deno.json": await Deno.readTextFile(`${ROOT}deno.json`),
    "deno.lock": await Deno.readTextFile(`${ROOT}deno.lock`),
    "web/deno.json": await Deno.readTextFile(`${ROOT}web/deno.json`),
    "tools/mutate/preload.ts": await Deno.readTextFile(
      `${ROOT}tools/mutate/preload.ts`,
    ),
    "tools/lint_runtime.ts": "export default {};",
    "f.ts": source,
    "f_test.ts":
      `import { f } from "./f.ts";\nDeno.test("f", () => { if (f(3) !== 3) throw new Error("f"); });\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(project + name, text);
  }
  await new Deno.Command("git", { args: ["init", "--quiet"], cwd: project })
    .output();
  const workshops = await openWorkshops(project, folder, 1);
  const limit = await timeLimit(workshops[0]!, ["f_test.ts"]);
  const change = (replacement: string): Mutant => ({
    ...mutant,
    start: source.indexOf("i++"),
    end: source.indexOf("i++") + 3,
    replacement,
  });
  assertEquals(
    await judge(
      workshops,
      "f.ts",
      [change("i += 1"), change("break"), change("i += 0")],
      ["f_test.ts"],
      limit,
    ),
    ["survived", "killed", "timeout"],
  );
  assertEquals(await Deno.readTextFile(`${workshops[0]!.root}f.ts`), source);
  await Deno.remove(folder, { recursive: true });
});
