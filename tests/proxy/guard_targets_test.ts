/** What a guard has judged is what is reached, though it is renamed meanwhile. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Handler, ok } from "../support/engine.ts";
import { policyFile } from "../support/policy.ts";
import { type Rig, withRig } from "../support/proxy.ts";

const POLICY = `
clients:
  ci:
    listen: "LISTEN"
    allow: ["container.*", exec.start, network.connect]
    guard: standard
`;

const WEB = "a".repeat(64);
const ROOT = "b".repeat(64);
const EXEC = "e".repeat(64);
const BACK = "c".repeat(64);

/** A container as the engine describes it. */
function described(id: string): string {
  const HostConfig = { Privileged: id === ROOT };
  return JSON.stringify({ Id: id, Config: { Image: "a" }, HostConfig });
}

/** An engine that gives the name `web` to the privileged container once it was asked for. */
function renamingEngine(): Handler {
  let web = WEB;
  return async (c, head) => {
    const target = head.split(" ")[1]!.replace(/^\/v1\.41/, "");
    if (target === "/containers/web/json") {
      const answer = ok(described(web));
      web = ROOT;
      return await c.write(answer);
    }
    if (target === `/containers/${WEB}/json`) {
      return await c.write(ok(described(WEB)));
    }
    if (target === `/exec/${EXEC}/json`) {
      const ProcessConfig = { entrypoint: "true", arguments: [] };
      return await c.write(
        ok(JSON.stringify({ ID: EXEC, ContainerID: WEB, ProcessConfig })),
      );
    }
    if (target === "/networks/back") {
      const network = { Id: BACK, Name: "back", Driver: "bridge" };
      return await c.write(ok(JSON.stringify(network)));
    }
    if (target.startsWith("/containers/broken")) {
      return await c.write(ok('{"Id":"short","Config":{},"HostConfig":{}}'));
    }
    if (head.startsWith("GET") && target.endsWith("/json")) {
      return await c.write(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
      );
    }
    await c.write(ok("{}"));
  };
}

async function withGuard(run: (rig: Rig) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-targets-" });
  const { file, listeners } = policyFile(
    POLICY.replace("LISTEN", `unix://${folder}/ci.sock`),
  );
  try {
    await withRig(renamingEngine(), { file, listeners }, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Sends a request; the status, and the request lines that the engine got beside look-ups. */
async function sent(rig: Rig, call: string, body = "") {
  const before = rig.engine.received().length;
  const client = await rig.connect();
  await client.send(
    `${call} HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  const answer = await client.rest();
  const lines = rig.engine.received().slice(before)
    .match(/^(?:GET|POST|PUT) .*(?= HTTP)/gm) ?? [];
  return {
    status: Number(answer.split(" ")[1]),
    answer,
    lines: lines.filter((line) => !/\/json$|^GET \/networks\//.test(line)),
  };
}

Deno.test("a target is reached under the id that was judged, whatever has its name meanwhile", async () => {
  for (
    const [call, line, body] of [
      [
        "POST /v1.41/containers/web/restart?t=1",
        `POST /v1.41/containers/${WEB}/restart?t=1`,
      ],
      ["POST /containers/web/start", `POST /containers/${WEB}/start`],
      [
        "POST /containers/web/exec",
        `POST /containers/${WEB}/exec`,
        '{"Cmd":["true"]}',
      ],
      [
        "GET /containers/web/archive?path=%2Fx",
        `GET /containers/${WEB}/archive?path=%2Fx`,
      ],
      [
        "PUT /containers/web/archive?path=%2Fx",
        `PUT /containers/${WEB}/archive?path=%2Fx`,
        "tar",
      ],
      [
        "POST /commit?container=web&repo=r",
        `POST /commit?repo=r&container=${WEB}`,
        "{}",
      ],
      [`POST /exec/${EXEC}/start`, `POST /exec/${EXEC}/start`, "{}"],
      [
        "POST /networks/back/connect",
        `POST /networks/${BACK}/connect`,
        '{"Container":"web"}',
      ],
    ] as const
  ) {
    await withGuard(async (rig) => {
      const { status, lines, answer } = await sent(rig, call, body);
      assertEquals([status, lines], [200, [line]], `${call}: ${answer}`);
      assert(body === undefined || rig.engine.received().endsWith(body), call);
    });
  }
});

Deno.test("a target that has been swapped is judged as what it is now", async () => {
  await withGuard(async (rig) => {
    await sent(rig, "POST /containers/web/restart");
    const { status, lines } = await sent(rig, "POST /containers/web/restart");
    assertEquals([status, lines], [403, []]);
  });
});

Deno.test("a target without a full id is not reached by its name", async () => {
  await withGuard(async (rig) => {
    const { status, lines, answer } = await sent(
      rig,
      "POST /containers/broken/restart",
    );
    assertEquals([status, lines], [403, []]);
    assertStringIncludes(answer, "full id");
  });
});
