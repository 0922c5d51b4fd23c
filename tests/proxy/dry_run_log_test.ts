/** What a client writes into a body stands in the log of a dry run: it must not add lines or colours. */

import { assertEquals } from "@std/assert";
import { createLog } from "../../lib/observe/log.ts";
import { type Handler, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { eventually, request, withRig } from "../support/proxy.ts";

Deno.test("the log of a dry run holds no control characters of a client's body", async () => {
  const { file } = policyFile(`
clients:
  maker: { from: { cidr: 127.0.0.0/8 }, allow: [ container.create ] }
  carl: { from: { cidr: 10.0.0.1 }, allow: [ container.list ] }
`);
  const engine: Handler = (connection) => connection.write(ok("made"));
  await withRig(
    engine,
    { grants: grants({}), file, dryRun: true },
    async (rig) => {
      const client = await rig.connect();
      // A next line (U+0085), and the start of a terminal's control sequence (U+009B).
      const body = '{"HostConfig":{"VolumesFrom":["\\u0085\\u009b31m"]}}';
      await client.send(
        request(
          "POST",
          "/containers/create",
          body,
          "Content-Type: application/json",
        ),
      );
      await client.until("made");
      await eventually("the record", () => rig.records.length > 0);
      let written = "";
      const log = createLog("debug", "text", (bytes) => {
        written += new TextDecoder().decode(bytes);
        return Promise.resolve(bytes.length);
      });
      for (const record of rig.records) log.request(record);
      await log.flush(10_000);
      // deno-lint-ignore no-control-regex -- control bytes are what it is about
      assertEquals(written.trim().match(/[\x00-\x1f\x7f-\x9f]/g), null);
    },
  );
});
