import { assertEquals, assertMatch } from "@std/assert";
import { config, problem } from "../support/config.ts";

Deno.test("the audit is off unless a file is named", () => {
  assertEquals(config([]).audit, null);
  assertEquals(config([], { SOCKWARDEN_AUDIT: "" }).audit, null);
});

Deno.test("flags and variables name the file, the key, and what a full disk means", () => {
  assertEquals(config(["--audit=/a", "--audit-full=refuse"]).audit, {
    setting: "--audit",
    path: "/a",
    full: "refuse",
    key: null,
  });
  assertEquals(
    config([], { SOCKWARDEN_AUDIT: "-", SOCKWARDEN_AUDIT_KEY: "/k" }).audit,
    {
      setting: "SOCKWARDEN_AUDIT",
      path: "-",
      full: "drop",
      key: { setting: "SOCKWARDEN_AUDIT_KEY", path: "/k" },
    },
  );
});

Deno.test("a setting of an audit that is off, and a file that has another use, are refused", () => {
  assertMatch(problem(["--audit-key=/k"]), /there is no audit: name its file/);
  assertMatch(problem(["--audit-full=refuse"]), /there is no audit/);
  assertMatch(problem(["--audit=/a", "--audit-full=x"]), /refuse or drop/);
  assertMatch(
    problem(["--audit=/a", "--audit-key=/a"]),
    /this is the file of --audit-key/,
  );
  assertMatch(
    problem(["--audit=/a", "--config=/a"]),
    /this is the file of --config/,
  );
});
