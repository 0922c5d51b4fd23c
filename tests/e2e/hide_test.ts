/**
 * A client with `hide` on a real engine: planted secrets are in no answer that
 * it gets, and ordinary reads go on.
 */

import { assert, assertEquals, assertNotMatch } from "@std/assert";
import { IMAGE, whySkipped } from "./dockerd.ts";
import { send } from "./raw.ts";
import { withScopes } from "./scope_rig.ts";

const reason = whySkipped();

const SECRET = /(?:ENV|ARG|MOUNT)SECRET/;

/** Calls that are answered. */
const SHOWN = [
  "GET /containers/json?all=1&size=1",
  "GET /containers/web/json?size=1",
  "GET /containers/web/top",
  "GET /containers/web/top?ps_args=-ef",
  "GET /containers/web/top?ps_args=aux",
  "GET /containers/web/top?ps_args=eww",
  "GET /containers/web/top?ps_args=-o+pid,args",
  "GET /containers/web/stats?stream=0&one-shot=1",
  "GET /containers/web/changes",
  "GET /images/json?all=1",
  "GET /images/planted/json",
  "GET /images/planted/history",
  "GET /events?since=0&until=NOW",
  "GET /info",
  "GET /system/df",
  "GET /volumes",
  "GET /volumes/planted",
  "GET /networks",
  "GET /exec/EXEC/json",
  "GET /v1.24/containers/web/json",
  "GET /v1.24/containers/json?all=1",
];

/** Calls that would show what is hidden. */
const REFUSED = [
  "GET /containers/web/logs?stdout=1",
  "GET /containers/web/export",
  "GET /containers/web/archive?path=/proc/1/environ",
  "GET /containers/web/top?ps_args=-o+args%3DPID",
  "GET /images/planted/get",
  "GET /images/get?names=planted",
  "POST /containers/web/exec",
  "POST /commit?container=web",
  "POST /containers/web/attach?logs=1&stdout=1",
];

if (reason !== null) {
  Deno.test.ignore(`hide end to end: ${reason}`, () => {});
} else {
  Deno.test("hide end to end", async (t) => {
    await withScopes({
      viewer: ['allow: ["*"]', "hide: [env, args, mounts]"],
    }, async ({ dockerd, engine, run, socketOf, folder }) => {
      await engine(
        ...["create", "--name=seed", "--env=A=ENVSECRET", IMAGE, "true"],
      );
      await engine(
        ...["commit", "--change", "ENV B=ENVSECRET"],
        ...["--change", 'CMD ["sleep", "ARGSECRET"]', "seed", "planted"],
      );
      await engine(
        ...["volume", "create", "--opt=type=tmpfs"],
        ...["--opt=device=MOUNTSECRET", "planted"],
      );
      await Deno.mkdir(`${folder}/MOUNTSECRET`);
      await engine(
        ...["run", "-d", "--name=web", "--env=PASSWORD=ENVSECRET"],
        ...["--label=team=shop", `-v=${folder}/MOUNTSECRET:/data`],
        ...["--health-cmd=echo ARGSECRET", "--health-interval=1s"],
        ...["planted", "sh", "-c", "echo ENVSECRET; sleep 1000; : ARGSECRET"],
      );
      await engine("exec", "web", "echo", "ARGSECRET");
      const made = await send(
        dockerd.socket,
        "POST /containers/web/exec",
        JSON.stringify({ Cmd: ["echo", "ARGSECRET"] }),
      );
      const exec = JSON.parse(made.body).Id;
      for (const call of SHOWN) {
        await t.step(`${call} shows no secret`, async () => {
          const { status, body } = await send(
            socketOf("viewer"),
            call.replace("EXEC", exec)
              .replace("NOW", String(Math.floor(Date.now() / 1000))),
          );
          assertNotMatch(body, SECRET);
          assertEquals(status, 200, body);
        });
      }
      for (const call of REFUSED) {
        await t.step(`${call} is refused`, async () => {
          const { status, body } = await send(socketOf("viewer"), call);
          assertEquals(status, 403, body);
          assertNotMatch(body, SECRET);
        });
      }
      await t.step("an error cites no command", async () => {
        await engine(
          ...["create", "--name=broken", IMAGE, "/ARGSECRET"],
        );
        const { status, body } = await send(
          socketOf("viewer"),
          "POST /containers/broken/start",
        );
        assert(status >= 400, body);
        assertNotMatch(body, SECRET);
        const { body: inspected } = await send(
          socketOf("viewer"),
          "GET /containers/broken/json",
        );
        assertNotMatch(inspected, SECRET);
      });
      await t.step("the docker CLI works", async () => {
        for (
          const args of [
            ["ps", "-a", "--no-trunc"],
            ["inspect", "web"],
            ["top", "web"],
            ["image", "inspect", "planted"],
            ["history", "--no-trunc", "planted"],
            ["info"],
            ["stats", "--no-stream"],
          ]
        ) {
          const { code, stdout, stderr } = await run("viewer", ...args);
          assertEquals(code, 0, `${args}: ${stderr}`);
          assertNotMatch(stdout + stderr, SECRET, args.join(" "));
        }
        const { stdout } = await run(
          ...["viewer", "inspect", "--format={{.Config.Labels.team}}", "web"],
        );
        assertEquals(stdout.trim(), "shop");
      });
    });
  });
}
