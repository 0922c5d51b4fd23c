/**
 * Requests for our reserved paths are planned without asking who the client is:
 * one that goes to the engine all the same has no identity to look at again.
 */

import { assertEquals } from "@std/assert";
import { compile } from "../../lib/policy/compile.ts";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { eventually, get, withRig } from "../support/proxy.ts";

const TARGET = "/_sockwarden/other";

for (
  const [what, options] of [
    ["a dry run", { grants: grants({}), dryRun: true }],
    [
      "a path rule",
      { grants: grants({}, { allow: [`GET ${TARGET}`] }) },
    ],
  ] as const
) {
  Deno.test(`a reserved path that ${what} lets through to the engine outlives a change of policy`, async () => {
    const rejected: unknown[] = [];
    const listen = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      rejected.push(event.reason);
    };
    globalThis.addEventListener("unhandledrejection", listen);
    try {
      let answer = () => {};
      const held = new Promise<void>((resolve) => answer = resolve);
      await withRig(
        async (connection) => {
          await held;
          await connection.write(ok("done"));
        },
        options,
        async (rig) => {
          const client = await rig.connect();
          await client.send(get(TARGET));
          await eventually(
            "the request at the engine",
            () => rig.engine.received().includes(TARGET),
          );
          // Nothing is lost by it.
          rig.server.setPolicy(compile(options.grants, null));
          const other = await rig.connect();
          await other.send(get("/_ping"));
          answer();
          await other.until("HTTP/1.1 ");
          await client.until("done");
        },
      );
      assertEquals(rejected, []);
    } finally {
      globalThis.removeEventListener("unhandledrejection", listen);
    }
  });
}
