import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { readQuery } from "../../lib/guard/query.ts";

function values(query: string) {
  const read = readQuery(query, ["name", "platform"]);
  if ("problem" in read) throw new Error(`${query}: ${read.problem}`);
  return read.values;
}

function problem(query: string): string {
  const read = readQuery(query, ["name", "platform"]);
  if (!("problem" in read)) throw new Error(`accepted: ${query}`);
  return read.problem;
}

Deno.test("readQuery() decodes keys and values as Go does", () => {
  for (
    const [query, name] of [
      ["", ""],
      ["name", ""],
      ["name=", ""],
      ["name=web", "web"],
      ["&&name=web&", "web"],
      ["%6Eame=w%65b", "web"],
      ["n%61me=a+b%2Bc", "a b+c"],
      ["name=a=b", "a=b"],
      ["name=%C3%A9", "\u00e9"],
      ["other=1&name=web&na%6De2=x", "web"],
      ["+name=web", ""],
      ["name[]=web", ""],
      // What Go passes over in parameters that are not read.
      ["other=%FF&name=web", "web"],
    ] as const
  ) assertEquals(values(query), { name, platform: "" }, query);
});

Deno.test("readQuery() gives what URLSearchParams gives, where it accepts", () => {
  const piece = fc.string({
    unit: fc.constantFrom(..."name&=+%6Ex1", "%61", "%26", "%3D", "%C3%A9"),
    maxLength: 12,
  });
  fc.assert(
    fc.property(piece, piece, (before, after) => {
      const query = `${before}&name=${after}`;
      const read = readQuery(query, ["name"]);
      if ("problem" in read) return;
      assertEquals(
        read.values.name,
        new URLSearchParams(query).get("name") ?? "",
      );
    }),
    { numRuns: 2000 },
  );
});

Deno.test("readQuery() refuses a parameter given twice, in any spelling", () => {
  for (
    const query of [
      "name=a&name=a",
      "name=a&name",
      "name=a&n%61me=b",
      "%6eame=a&other=1&name=b",
    ]
  ) assertStringIncludes(problem(query), "'name' twice");
  values("other=1&other=2&name=a&platform=b");
});

Deno.test("readQuery() refuses what podman takes for a parameter and Docker does not", () => {
  for (
    const query of ["Name=a", "NAME=a", "n%41me=a", "name=a&nAme=b"]
  ) assertStringIncludes(problem(query), "write 'name'");
  const kelvin = readQuery("networ%E2%84%AAmode=host", ["networkmode"]);
  assertEquals("problem" in kelvin, true);
  const long = readQuery("n%C5%BFoptions=x", ["nsoptions"]);
  assertEquals("problem" in long, true);
});

Deno.test("readQuery() refuses bad escapes where they matter", () => {
  for (
    const query of ["name=%", "name=%zz", "name=%FF", "name=%C0%AF", "%FF=1"]
  ) assertStringIncludes(problem(query), "percent-escape");
});

Deno.test("readQuery() reads a thousand parameters, and no more", () => {
  const query = (count: number) => `name=a${"&x=1".repeat(count - 1)}`;
  assertEquals(values(query(1000)).name, "a");
  assertStringIncludes(problem(query(1001)), "more than 1000 parameters");
});
