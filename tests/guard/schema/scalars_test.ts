import { assertEquals, assertStringIncludes } from "@std/assert";
import { isZero, scalarProblem } from "../../../lib/guard/schema/scalars.ts";
import { parseType, type Scalar } from "../../../lib/guard/schema/table.ts";

const MOST = Number.MAX_SAFE_INTEGER;

Deno.test("scalarProblem() knows the range of each type of whole numbers, as far as it is exact", () => {
  for (
    const [scalar, least, most] of [
      ["int", -MOST, MOST],
      ["int64", -MOST, MOST],
      ["uint", 0, MOST],
      ["uint16", 0, 65535],
      ["uint32", 0, 4294967295],
      ["uint64", 0, MOST],
    ] as const
  ) {
    for (const value of [least, most, 0, 1]) {
      assertEquals(
        scalarProblem(scalar, value, null),
        null,
        `${scalar} ${value}`,
      );
    }
    for (const value of [least - 1, most + 1]) {
      assertEquals(
        scalarProblem(scalar, value, null),
        `is not a whole number from ${least} to ${most}`,
      );
    }
  }
});

Deno.test("scalarProblem() refuses a sign in a type without one, as Go does", () => {
  assertEquals(scalarProblem("int", -0, null), null);
  for (const scalar of ["uint", "uint16", "uint32", "uint64"] as const) {
    assertStringIncludes(
      scalarProblem(scalar, -0, null) ?? "",
      "is not a whole number",
    );
  }
});

Deno.test("scalarProblem() takes every number of 32 bits for a float, and no greater one", () => {
  for (const value of [0, -0, 0.1, 1e-300, 3.4028234663852886e38, -3e38]) {
    assertEquals(scalarProblem("float32", value, String(value)), null);
  }
  for (const value of [3.5e38, Infinity, "1", true]) {
    assertEquals(
      scalarProblem("float32", value, null),
      "is not a number of 32 bits",
    );
  }
});

Deno.test("scalarProblem() takes true and false alone for a bool", () => {
  for (const value of [true, false]) {
    assertEquals(scalarProblem("bool", value, null), null);
  }
  for (const value of ["true", 1, 0, "", [], {}]) {
    assertEquals(scalarProblem("bool", value, null), "is not true or false");
  }
});

Deno.test("scalarProblem() takes numbers alone for whole numbers, and says how one was written", () => {
  for (const value of ["1", true, [], {}]) {
    assertEquals(scalarProblem("int64", value, null), "is not a number");
  }
  assertEquals(
    scalarProblem("int64", 1000, "1e3"),
    "is 1e3; write a whole number without a fraction or an exponent",
  );
});

/** Texts that a type takes, and texts that it does not. */
const TEXTS:
  readonly (readonly [Scalar, readonly string[], readonly string[]])[] = [
    ["string", ["", "a", "\u0000"], []],
    ["addr", ["", "10.0.0.1", "::", "::ffff:1.2.3.4"], [
      "10.0.0",
      "10.0.0.01",
      "fe80::1%eth0",
      "localhost",
      " ",
      "10.0.0.1/8",
    ]],
    ["prefix", ["", "10.0.0.0/8", "10.0.0.1/8", "fd00::/64", "::/0"], [
      "10.0.0.0",
      "10.0.0.0/33",
      "10.0.0.0/08",
      "10.0.0.0/",
      "/8",
      "10.0.0.0/8/8",
    ]],
    ["mac", ["", "02:42:ac:11:00:02", "02-42-AC-11-00-02", "0242.ac11.0002"], [
      "02:42:ac:11:00",
      "02:42:ac-11-00-02",
      "0242:ac11:0002",
      "g2:42:ac:11:00:02",
      "02:42:ac:11:00:02:",
    ]],
    ["bytes", ["", "YQ==", "YWI=", "YWJj", "YWJjYQ=="], [
      "YQ",
      "YQ=",
      "YQ==YQ==",
      "YW-_",
      "YQ==\n",
      "=",
    ]],
  ];

for (const [scalar, good, bad] of TEXTS) {
  Deno.test(`scalarProblem() takes the texts that Go parses as ${scalar}, and nothing but texts`, () => {
    for (const text of good) {
      assertEquals(scalarProblem(scalar, text, null), null, text);
    }
    for (const text of bad) {
      assertStringIncludes(
        scalarProblem(scalar, text, null) ?? text,
        "is not ",
      );
    }
    for (const value of [0, true, [], {}, [97]]) {
      assertEquals(scalarProblem(scalar, value, null), "is not a string");
    }
  });
}

Deno.test("isZero() is true of Go's zero values alone", () => {
  for (
    const [type, value, filled, zero] of [
      ["bool", false, false, true],
      ["bool", true, false, false],
      ["string", "", false, true],
      ["string", "a", false, false],
      ["int", 0, false, true],
      ["float32", -0, false, true],
      ["addr", "", false, true],
      ["bytes", "", false, false],
      ["bytes", null, false, true],
      ["[]string", null, false, true],
      ["[]string", [], false, false],
      ["map[string]string", {}, false, false],
      ["[2]uint", [], false, true],
      ["[2]uint", [0, null], false, true],
      ["[2]uint", [0, 1], false, false],
      ["*bool", false, false, false],
      ["*bool", null, false, true],
      ["*Mount", {}, false, false],
      ["Mount", {}, false, true],
      ["Mount", {}, true, false],
    ] as const
  ) {
    assertEquals(
      isZero(parseType(type), value, filled),
      zero,
      `${type} ${JSON.stringify(value)} ${filled}`,
    );
  }
});
