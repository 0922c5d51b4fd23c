import { assertEquals } from "@std/assert";
import { opened } from "../../lib/learn/open_policy.ts";
import { compile, type Policy } from "../../lib/policy/compile.ts";
import { decide } from "../../lib/policy/decide.ts";
import { parseRequestHead } from "../../lib/http1/request.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { LIMITS } from "../support/proxy.ts";

const { file: FILE } = policyFile(`
clients:
  ci:
    from: { cidr: 10.0.0.1 }
    allow: [system.ping]
    deny: [container.list]
    containers: { label: x }
    guard: strict
    allow-self: [container.restart]
`);
const POLICY = compile(
  ...opened(grants({}, { deny: ["image.list"] }), FILE),
);

function outcome(policy: Policy, client: string | null, line: string): string {
  const head = parseRequestHead(
    `${line} HTTP/1.1\r\nHost: docker\r\n\r\n`,
    LIMITS,
  );
  if ("reason" in head) throw new Error(head.reason);
  return decide(policy, { name: client }, head).outcome;
}

Deno.test("opened: each client may do all that has a name, whatever was denied, scoped or guarded", () => {
  for (const client of ["ci", null]) {
    for (
      const line of [
        "GET /images/json",
        "GET /containers/json",
        "POST /swarm/init",
        "POST /containers/x/exec",
      ]
    ) {
      assertEquals(
        outcome(POLICY, client, line),
        "allowed",
        `${client} ${line}`,
      );
    }
  }
});

Deno.test("opened: a route without a name is refused all the same", () => {
  assertEquals(outcome(POLICY, "ci", "GET /no/such"), "refused");
});

Deno.test("opened: who a client is stays, and what it may do to sockwarden's own container", () => {
  assertEquals(POLICY.identities, FILE.clients.map(({ identity }) => identity));
  assertEquals(
    [...POLICY.clients.get("ci")!.allowSelf],
    ["container.restart"],
  );
  assertEquals([...POLICY.rest.allowSelf], []);
});
