import { assertEquals } from "@std/assert";
import { readFlags } from "../../lib/config/flags.ts";
import {
  flagValue,
  isGiven,
  readList,
  readNumber,
  readOne,
  readOnOff,
  readSize,
  readTime,
  readWord,
  type SettingsReading,
  switchValue,
} from "../../lib/config/setting_values.ts";

function reading(
  argv: readonly string[],
  environment: Record<string, string> = {},
): SettingsReading {
  return {
    flags: readFlags(argv),
    environment,
    problems: [],
    warnings: [],
    tls: true,
    mounted: false,
    readPreset: null,
  };
}

Deno.test("readOne() prefers the flag, then the variable, and names where the value is from", () => {
  const environment = { SOCKWARDEN_ENGINE: "/b" };
  assertEquals(readOne(reading(["--engine=/a"], environment), "engine"), {
    value: "/a",
    setting: "--engine",
  });
  const found = readOne(reading([], environment), "engine");
  assertEquals(found, { value: "/b", setting: "SOCKWARDEN_ENGINE" });
  assertEquals(flagValue(reading([], environment), "engine"), null);
  assertEquals(readOne(reading([]), "engine"), null);
  assertEquals(isGiven(found), true);
  assertEquals(isGiven(null), false);
  assertEquals(isGiven({ value: "", setting: "X" }), false);
});

Deno.test("readOne() reads no variable for a flag without one", () => {
  assertEquals(readOne(reading([], { "": "1" }), "no-sandbox"), null);
});

Deno.test("readList() splits at commas, drops blanks and empty parts, and does not mix flag and variable", () => {
  const environment = { SOCKWARDEN_ALLOW: " a ,, b," };
  const values = (argv: string[]) =>
    readList(reading(argv, environment), "allow")
      .map(({ value, setting }) => `${setting} ${value}`);
  assertEquals(values([]), ["SOCKWARDEN_ALLOW a", "SOCKWARDEN_ALLOW b"]);
  assertEquals(values(["--allow=c,d", "--allow=e"]), [
    "--allow c",
    "--allow d",
    "--allow e",
  ]);
});

Deno.test("switchValue() reads what docker-socket-proxy reads", () => {
  for (const on of ["1", "2", "+1", "-1", "01"]) {
    assertEquals(switchValue(on), true, on);
  }
  for (const off of ["0", "00", "-0", "", "false", "No", "OFF"]) {
    assertEquals(switchValue(off), false, off);
  }
  for (const wrong of ["true", "yes", "on", "1.0", " 1", "x"]) {
    assertEquals(switchValue(wrong), null, wrong);
  }
});

Deno.test("readOnOff() takes words for on too, and is off where it is not given", () => {
  for (const value of ["1", "true", "YES", "on"]) {
    assertEquals(readOnOff(reading([`--watch=${value}`]), "watch"), true);
  }
  assertEquals(readOnOff(reading(["--watch"]), "watch"), true);
  assertEquals(readOnOff(reading(["--watch=0"]), "watch"), false);
  assertEquals(readOnOff(reading([]), "watch"), false);
  const wrong = reading([], { SOCKWARDEN_WATCH: "maybe" });
  assertEquals(readOnOff(wrong, "watch"), false);
  assertEquals(wrong.problems, ["SOCKWARDEN_WATCH=maybe: expected 1 or 0"]);
});

Deno.test("readWord() takes one of the words, exactly as it is written", () => {
  const words = ["text", "json", "logfmt"];
  const read = (...argv: string[]) => {
    const from = reading(argv);
    return [readWord(from, "log-format", words, "text"), ...from.problems];
  };
  assertEquals(read("--log-format=json"), ["json"]);
  assertEquals(read(), ["text"]);
  assertEquals(read("--log-format=JSON"), [
    "text",
    "--log-format=JSON: expected text, json or logfmt",
  ]);
});

Deno.test("readNumber() takes both bounds, and nothing beyond or between whole numbers", () => {
  const read = (value: string) => {
    const from = reading([`--max-headers=${value}`]);
    const number = readNumber(from, "max-headers", 8, 1000, 100);
    return from.problems.length === 0 ? number : from.problems[0];
  };
  assertEquals(read("8"), 8);
  assertEquals(read("1000"), 1000);
  assertEquals(read("008"), 8);
  for (
    const wrong of ["7", "1001", "8.5", "-8", "1e2", "0x10", " 8", "9999999999"]
  ) {
    assertEquals(
      read(wrong),
      `--max-headers=${wrong}: expected a whole number from 8 to 1000`,
    );
  }
  assertEquals(readNumber(reading([]), "max-headers", 8, 1000, 100), 100);
  const empty = reading([], { SOCKWARDEN_MAX_HEADERS: "" });
  assertEquals(readNumber(empty, "max-headers", 8, 1000, null), null);
});

Deno.test("readSize() reads Docker's notation of a size, and nothing below the least", () => {
  for (
    const [text, bytes] of [
      ["8388608", 8 << 20],
      ["8388608b", 8 << 20],
      ["8192k", 8 << 20],
      ["24m", 24 << 20],
      ["24M", 24 << 20],
      ["1g", 1 << 30],
      ["", null],
    ] as const
  ) {
    const from = reading([`--memory-limit=${text}`]);
    assertEquals(readSize(from, "memory-limit", 8 << 20), bytes, text);
    assertEquals(from.problems, []);
  }
  for (
    const text of ["8388607", "7m", "24mb", "1.5g", "-1", "24 m", "0x800000"]
  ) {
    const from = reading([`--memory-limit=${text}`]);
    assertEquals(readSize(from, "memory-limit", 8 << 20), null);
    assertEquals(from.problems, [
      `--memory-limit=${text}: expected a size of at least 8m, such as 24m (b, k, m or g)`,
    ]);
  }
});

Deno.test("readTime() reads every unit, seconds without one, up to what a timer holds", () => {
  const read = (value: string) => {
    const from = reading([`--stop-grace=${value}`]);
    const time = readTime(from, "stop-grace", 5000);
    return from.problems.length === 0 ? time : from.problems[0];
  };
  assertEquals(read("1ms"), 1);
  assertEquals(read("2s"), 2000);
  assertEquals(read("2"), 2000);
  assertEquals(read("3m"), 180_000);
  assertEquals(read("596h"), 596 * 3_600_000);
  for (
    const wrong of ["0", "0ms", "597h", "1d", "-1s", "1.5s", "1000000s", "s"]
  ) {
    assertEquals(
      read(wrong),
      `--stop-grace=${wrong}: expected a time such as 500ms, 10s, 5m or 1h`,
    );
  }
  assertEquals(readTime(reading([]), "stop-grace", 5000), 5000);
});
