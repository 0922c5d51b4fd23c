/** A proposal as flags. */

import { assertEquals } from "@std/assert";
import { readFlags } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { flagsOf, quoted } from "../../lib/learn/flags_text.ts";
import { propose } from "../../lib/learn/propose.ts";
import type { Entry } from "../../lib/learn/recording.ts";
import { compile } from "../../lib/policy/compile.ts";
import { creation, onContainer, plain, tallyOf } from "./recordings.ts";

function flags(...calls: Partial<Entry>[]) {
  return flagsOf(
    propose(tallyOf(calls.map((call) => ({ ...call, client: "" }))), {
      by: { key: "name" },
      accepted: new Set(["GET /new route", "container.create"]),
    }).rest,
  );
}

Deno.test("the flags grant what is proposed, and no switch that is on by default", () => {
  const { flags: argv, says } = flags(
    plain("container.list", "GET", "/containers/json"),
    onContainer("container.restart", "web"),
    onContainer("container.logs", "db"),
  );
  assertEquals(says, []);
  const { config, problems } = readConfig(readFlags(argv), {});
  assertEquals(problems, null);
  const { rest } = compile(config!.grants, null);
  assertEquals(
    [...rest.verdicts.values()].filter(({ allowed }) => allowed)
      .map(({ operation }) => operation.name),
    ["container.list", "container.logs", "container.restart"],
  );
  const { containers } = rest.scope!;
  if (containers === null || containers === "any") throw new Error("no scope");
  assertEquals(containers.anyOf[0]!.name.map(({ text }) => text), [
    "db",
    "web",
  ]);
});

Deno.test("what flags cannot say is told", () => {
  const { flags: argv, says } = flags(
    creation("db", [
      "binds: [/srv/data]",
      "capabilities: [NET_ADMIN]",
      "oom: allow",
    ]),
  );
  assertEquals(argv.filter((flag) => /guard|containers-/.test(flag)), [
    "--guard=standard",
    "--guard-binds=/srv/data",
  ]);
  assertEquals(says.length, 3);
});

Deno.test("a text is one word for a shell", () => {
  assertEquals(quoted("web-1"), "web-1");
  assertEquals(quoted("it's $(rm)"), "'it'\\''s $(rm)'");
});
