import { assertEquals } from "@std/assert";
import { scopeLines } from "../../lib/commands/scope_lines.ts";
import { compile } from "../../lib/policy/compile.ts";
import { policyFile } from "../support/policy.ts";
import { grants } from "../support/grants.ts";

Deno.test("scopeLines() says what is covered, closed and left out", () => {
  const { file } = policyFile(`
clients:
  a:
    listen: unix:///a.sock
    allow: ["system.*"]
    containers: { label: team=shop }
    networks: any
`);
  const policy = compile(grants({}), file);
  const closed = (kind: string) =>
    `no scope on ${kind}: calls that join them to what has one are refused, and their events are left out; its other operations stay as granted ('${kind}: any' opens it)`;
  assertEquals(scopeLines(policy.clients.get("a")!), [
    "scope on containers: label team=shop",
    "scope on networks: any",
    closed("volumes"),
    closed("images"),
    "policy.yaml:5:13 system.*: system.df is left out, since it cannot be held to the scope: grant container.list, image.list and volume.list, or grant it to another client, without a scope",
  ]);
  assertEquals(scopeLines(policy.rest), []);
});
