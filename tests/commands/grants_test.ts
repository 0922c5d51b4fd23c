import { assertEquals } from "@std/assert";
import { grantedOf, grantLines } from "../../lib/commands/grants.ts";
import { OPERATIONS } from "../../lib/docker/operations.ts";
import { compile } from "../../lib/policy/compile.ts";
import { grants } from "../support/grants.ts";

function lines(
  switches: Record<string, 0 | 1>,
  allow: string[] = [],
): string[] {
  const rules = { ...grants(switches, { allow }), defaultSwitches: false };
  return grantLines(grantedOf(compile(rules).rest));
}

Deno.test("grantLines() groups operations by the setting that grants them", () => {
  assertEquals(lines({}), []);
  assertEquals(lines({ ALLOW_RESTARTS: 1, PING: 1 }), [
    "PING=1: system.ping",
    "ALLOW_RESTARTS=1: container.kill, container.restart, container.stop",
  ]);
});

Deno.test("grantLines() does not repeat the name of a rule for one operation", () => {
  assertEquals(lines({}, ["system.info", "exec.*"]), [
    "--allow system.info",
    "--allow exec.*: exec.start, exec.resize, exec.inspect",
  ]);
});

Deno.test("grantLines() counts instead of listing all operations, and adds path rules", () => {
  assertEquals(lines({}, ["*", "GET /new"]), [
    `--allow *: all ${OPERATIONS.length} operations`,
    "--allow 'GET /new': this path",
  ]);
});
