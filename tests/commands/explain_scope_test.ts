/** What `explain` says of an object under a scope. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { ok, startEngine } from "../support/engine.ts";
import { withFiles } from "./support.ts";

const ID = "a".repeat(64);
const EXEC = "e".repeat(64);
const POLICY = `clients:
  ci:
    listen: unix:///run/ci.sock
    allow: ["container.*", "exec.*", "network.*"]
    containers: { label: ci.job=42, not: { name: "db-*" } }
`;

/** Runs `explain` for that client, with an engine that has `web-1` and `db-1`, or none. */
async function explained(
  call: readonly string[],
  reached = true,
): Promise<{ code: number; scope: string[] }> {
  const engine = await startEngine((connection, head) => {
    const [, , name = ""] = head.split(" ")[1]!.split("/");
    if (name === EXEC) {
      return connection.write(ok(`{"ID":"${EXEC}","ContainerID":"${ID}"}`));
    }
    const known = { "web-1": "web-1", "db-1": "db-1", [ID]: "web-1" }[name];
    return connection.write(
      known === undefined
        ? "HTTP/1.1 404 x\r\nContent-Length: 2\r\n\r\n{}"
        : ok(JSON.stringify({
          Id: ID,
          Name: `/${known}`,
          Config: { Labels: { "ci.job": "42" } },
        })),
    );
  });
  if (!reached) engine.stopListening();
  await Deno.chmod(engine.path.replace(/\/[^/]+$/, ""), 0o777);
  await Deno.chmod(engine.path, 0o777).catch(() => {});
  try {
    let result = { code: -1, scope: [] as string[] };
    await withFiles({ "policy.yaml": POLICY }, async (path) => {
      const { code, stdout } = await runSockwarden([
        "explain",
        "--client=ci",
        ...call,
        `--config=${path("policy.yaml")}`,
        `--engine=unix://${engine.path}`,
      ]);
      const scope = [...stdout.matchAll(/^scope: +(.*)$/gm)]
        .map(([, line]) => line!);
      result = { code, scope };
    });
    return result;
  } finally {
    await engine.stop();
  }
}

Deno.test("explain says by which key an object is in or out, as the engine has it", async () => {
  assertEquals(await explained(["POST", "/containers/web-1/restart"]), {
    code: 0,
    scope: [
      `'web-1' is inside by label ci.job=42, and is sent under its id ${ID}`,
    ],
  });
  assertEquals(await explained(["GET", `/containers/${ID}/json`]), {
    code: 0,
    scope: [`'${ID}' is inside by label ci.job=42`],
  });
  assertEquals(await explained(["GET", "/containers/db-1/json"]), {
    code: 1,
    scope: [
      "container 'db-1' is outside the scope: not name db-*; the client gets 404, as if it were absent",
    ],
  });
  assertEquals(await explained(["GET", "/containers/none/json"]), {
    code: 0,
    scope: ["the engine has no 'none': the client gets 404"],
  });
  assertEquals(await explained(["GET", `/exec/${EXEC}/json`]), {
    code: 0,
    scope: [`'${EXEC}' is inside by label ci.job=42`],
  });
});

Deno.test("explain says what it depends on where the engine is not reached", async () => {
  const { code, scope } = await explained(
    ["POST", "/containers/web-1/restart"],
    false,
  );
  assertEquals([code, scope.length], [0, 1]);
  assertStringIncludes(
    scope[0]!,
    "it depends on the name and the labels of 'web-1' (containers: label ci.job=42 and not name db-*), which only the engine knows: ",
  );
});

Deno.test("explain names the remedy for a kind that is closed, and asks nothing where no object is named", async () => {
  const { code, scope } = await explained(
    ["POST", "/networks/front/connect"],
  );
  assertEquals([code, scope.length], [1, 1]);
  assertStringIncludes(scope[0]!, "refused (403): it joins networks");
  assertEquals(await explained(["GET", "/containers/json"], false), {
    code: 0,
    scope: [],
  });
});
