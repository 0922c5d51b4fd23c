/** A policy that changes under a request: its conditions are judged under the one in force. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compile } from "../../lib/policy/compile.ts";
import { type Handler, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { eventually, get, type Rig, withRig } from "../support/proxy.ts";

/** The maker has its own listener, so that it is known without a look-up. */
const MAKER = `
clients:
  maker:
    listen: "unix://FOLDER/maker.sock"
    allow: [ container.create, system.ping ]
`;
const ALICE =
  `  alice: { from: { label: "role=a" }, allow: [ system.ping ] }\n`;
const BOB = `  bob: { from: { label: "role=b" }, allow: [ system.ping ] }\n`;

const engine: Handler = async (c, head) => {
  const target = head.split(" ")[1]!;
  if (target.startsWith("/events")) {
    await c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  } else if (target.startsWith("/images/")) {
    await c.write(ok('{"Config":{"Labels":{}}}'));
  } else if (target.startsWith("/containers/create")) {
    // It reads on, and answers nothing yet.
  } else await c.write(ok("[]"));
};

async function withMaker(
  text: string,
  run: (rig: Rig, setPolicy: (text: string) => void) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-regate-" });
  const read = (text: string) => policyFile(text.replace("FOLDER", folder));
  const { file, listeners } = read(text);
  try {
    await withRig(
      engine,
      {
        grants: { ...grants({}), defaultSwitches: false },
        file,
        listeners,
      },
      (rig) =>
        run(
          rig,
          (next) => rig.server.setPolicy(compile(grants({}), read(next).file)),
        ),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A creation whose body lacks its last byte. */
function begun(body: string): string {
  return `POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${
    body.slice(0, -1)
  }`;
}

const BODY = '{"Image":"x","Labels":{"role":"b"}}';

Deno.test("a body that is on its way when a condition comes is not sent on", async () => {
  await withMaker(MAKER, async (rig, setPolicy) => {
    const maker = await rig.connect();
    await maker.send(begun(BODY));
    await eventually(
      "the first part",
      () => rig.engine.received().includes('"role":"b"'),
    );
    setPolicy(MAKER + ALICE);
    await maker.rest();
    await eventually("the record", () => rig.records.length > 0);
    assertEquals(rig.records[0]!.code, "policy.revoked");
  });
});

Deno.test("a body that is gathered when another condition comes is judged by that too", async () => {
  await withMaker(MAKER + ALICE, async (rig, setPolicy) => {
    const maker = await rig.connect();
    await maker.send(begun(BODY));
    // Another request of the same client shows that the policy is in force.
    setPolicy(MAKER + ALICE + BOB);
    const other = await rig.connect();
    await other.send(get("/_ping"));
    await other.until("[]");
    await maker.send("}");
    const text = await maker.until("\r\n\r\n{");
    assertStringIncludes(text, "403 Forbidden");
    await eventually(
      "the record",
      () => rig.records.some(({ code }) => code === "policy.identity"),
    );
    assert(!rig.engine.received().includes("/containers/create"));
  });
});

Deno.test("a body that is gathered when the policy changes for others only is sent", async () => {
  await withMaker(MAKER + ALICE, async (rig, setPolicy) => {
    const maker = await rig.connect();
    await maker.send(begun('{"Image":"x","Labels":{"role":"c"}}'));
    setPolicy(MAKER + ALICE + BOB);
    await maker.send("}");
    await eventually(
      "the creation",
      () => rig.engine.received().includes('"role":"c"'),
    );
  });
});

Deno.test("a body is rewritten for the policy that is in force when it is sent, and once", async () => {
  await withMaker(MAKER + ALICE, async (rig, setPolicy) => {
    const maker = await rig.connect();
    await maker.send(begun('{"Image":"x"}'));
    setPolicy(
      MAKER + ALICE +
        `  carl: { from: { label: "team=c" }, allow: [ system.ping ] }\n`,
    );
    await maker.send("}");
    await eventually(
      "the creation",
      () =>
        rig.engine.received().includes(
          '\r\n\r\n{"Labels":{"role":"","team":""},"Image":"x"}',
        ),
    );
  });
});
