/**
 * What a client with a scope sees in lists, events and other answers of a real
 * engine: its own objects as without a proxy, and no trace of others.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { docker, IMAGE, startDockerd, whySkipped } from "./dockerd.ts";
import { send } from "./raw.ts";
import { startSockwarden } from "./sockwarden.ts";

const reason = whySkipped();

const POLICY = `
clients:
  shop:
    from: { cidr: 127.0.0.1 }
    allow: ["container.*", "exec.*", network.list, network.inspect, volume.list, volume.inspect,
            image.list, system.events, system.info, system.ping, system.version]
    containers: { label: team=shop, not: { name: "gone*" } }
    networks: { label: team=shop }
    volumes: { label: team=shop }
    images: { use: ["none/*"] }
`;

if (reason !== null) {
  Deno.test.ignore(`answers under a scope end to end: ${reason}`, () => {});
} else {
  Deno.test("answers under a scope end to end", async (t) => {
    const dockerd = await startDockerd();
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-answers-" });
    await Deno.chmod(folder, 0o755);
    await Deno.writeTextFile(`${folder}/policy.yaml`, POLICY);
    const warden = await startSockwarden(dockerd.socket, [
      `--config=${folder}/policy.yaml`,
    ]);
    const port = Number(warden.host.split(":").at(-1));
    const run = (...args: string[]) => docker(warden.host, ...args);
    /** All that the client saw. */
    let seen = "";
    /** What the client gets for a call. */
    const ask = async (call: string) => {
      const answer = await send(port, call);
      seen += answer.head + answer.body;
      return answer;
    };
    const itself = async (...args: string[]) => {
      const { code, stdout, stderr } = await dockerd.docker(...args);
      assertEquals(code, 0, stderr);
      return stdout.trim();
    };
    const start = (name: string, team: string, ...more: string[]) =>
      itself(
        ...["run", "-d", "--network=none", `--label=team=${team}`],
        ...[`--name=${name}`, ...more, IMAGE, "sh", "-c"],
        `echo hello from ${name}; exec sleep 1000`,
      );
    try {
      const began = Math.floor(Date.now() / 1000) - 1;
      const web = await start("web", "shop");
      const db = await start("db", "bank");
      const old = await itself(
        ...["create", "--label=team=shop", "--name=old", IMAGE, "true"],
      );
      for (const team of ["shop", "bank"]) {
        await itself("network", "create", `--label=team=${team}`, `${team}net`);
        await itself("volume", "create", `--label=team=${team}`, `${team}vol`);
      }
      const ids = async (query: string) =>
        JSON.parse((await ask(`GET /containers/json?${query}`)).body).map((
          { Id }: { Id: string },
        ) => Id);
      const filters = (value: unknown) =>
        `filters=${encodeURIComponent(JSON.stringify(value))}`;

      await t.step("containers are listed by the scope", async () => {
        assertEquals(await ids(""), [web]);
        assertEquals(await ids("all=1"), [old, web]);
        assertEquals(await ids("limit=1"), [old]);
        assertEquals(await ids("all=1&size=1"), [old, web]);
        assertEquals(await ids(filters({ status: ["created"] })), [old]);
        assertEquals(await ids(filters({ name: { db: true } })), []);
        assertEquals(await ids(filters({ label: ["team=bank"] })), []);
        assertEquals(await ids(filters({ before: [old] })), [web]);
        // Not the times, which go on between the two.
        const columns =
          "--format={{.ID}} {{.Image}} {{.Command}} {{.State}} {{.Names}} {{.Labels}}";
        const listed = await dockerd.docker(
          ...["ps", "-a", "--no-trunc", columns, "--filter=label=team=shop"],
        );
        const shown = await run("ps", "-a", "--no-trunc", columns);
        assertEquals(shown.stdout, listed.stdout);
      });
      for (const place of ["before", "since"]) {
        await t.step(
          `${place} what is hidden is as before what is absent`,
          async () => {
            for (const name of ["db", db, db.slice(0, 12)]) {
              const absent = "e".repeat(name.length);
              const list = (one: string) =>
                `GET /containers/json?${filters({ [place]: [one] })}`;
              const hidden = await ask(list(name));
              const engine = await send(dockerd.socket, list(absent));
              assertEquals(
                [hidden.status, hidden.body.replaceAll(name, absent)],
                [engine.status, engine.body],
              );
            }
            seen = "";
          },
        );
      }
      await t.step(
        "networks are listed by the scope, with their containers in it",
        async () => {
          for (const name of ["web", "db"]) {
            await itself("network", "disconnect", "none", name);
            await itself("network", "connect", "shopnet", name);
          }
          const { body } = await ask("GET /networks");
          const names = JSON.parse(body).map(({ Name }: { Name: string }) =>
            Name
          );
          assertEquals(names, ["shopnet"]);
          const shown = await ask("GET /networks/shopnet");
          assertEquals(Object.keys(JSON.parse(shown.body).Containers), [web]);
          // Engines of today do not serve this version, in which networks list
          // their containers.
          await ask("GET /v1.24/networks");
        },
      );
      await t.step("volumes are listed by the scope", async () => {
        const { body } = await ask("GET /volumes");
        const names = JSON.parse(body).Volumes.map((
          { Name }: { Name: string },
        ) => Name);
        assertEquals(names, ["shopvol"]);
        assertEquals((await ask("GET /volumes/shopvol")).status, 200);
      });
      await t.step("the counts are those of the scope", async () => {
        const info = JSON.parse((await ask("GET /info")).body);
        assertEquals(
          [info.Containers, info.ContainersRunning, info.ContainersStopped],
          [2, 1, 1],
        );
        assertEquals(info.Images, 0);
        assertEquals(
          (await run("info", "--format={{.Containers}}")).stdout,
          "2\n",
        );
        assertEquals(JSON.parse((await ask("GET /images/json")).body), []);
      });
      await t.step(
        "events are those of the scope, gone objects too",
        async () => {
          await itself("exec", "web", "echo", "ours");
          await itself("exec", "db", "echo", "theirs-bank");
          await start("brief", "shop");
          await itself("rm", "-f", "brief");
          await start("other", "bank");
          await itself("rm", "-f", "other");
          const until = Math.floor(Date.now() / 1000) + 1;
          const { body } = await ask(
            `GET /events?since=${began}&until=${until}`,
          );
          const events = body.trim().split("\n").map((line) =>
            JSON.parse(line)
          );
          const of = (name: string) =>
            events.filter(({ Actor }) => Actor.Attributes.name === name)
              .map(({ Action }) => Action);
          assert(of("web").includes("exec_create: echo ours"), body);
          assertEquals(of("brief"), [
            ...["create", "start", "kill", "die", "destroy"],
          ]);
          const joined = events.filter(({ Action, Type }) =>
            Type === "network" && Action === "connect"
          );
          assertEquals(
            joined.map(({ Actor }) => Actor.Attributes.container),
            [web],
          );
        },
      );
      await t.step("nothing of what is outside was seen", () => {
        for (const word of ["bank", db, db.slice(0, 12), "other", '"/db"']) {
          assert(!seen.includes(word), `${word} was seen`);
        }
      });
      await t.step("a rename out of scope ends the open stream", async () => {
        const streams = await Promise.all(
          ["logs?follow=1&stdout=1", "stats"].map((call) =>
            openStream(port, `GET /containers/web/${call}`)
          ),
        );
        await itself("rename", "web", "gone");
        await Promise.all(streams.map((ends) => ends()));
        assertStringIncludes(
          (await run("logs", "gone")).stderr,
          "No such container: gone",
        );
      });
      await t.step("what waits for a removal is told of it", async () => {
        const made = await start("last", "shop");
        const waits = send(
          port,
          `POST /containers/${made}/wait?condition=removed`,
        );
        await itself("rm", "-f", "last");
        assertEquals((await waits).status, 200);
      });
    } finally {
      await warden.stop();
      await dockerd.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Opens a stream, and waits for its first bytes; what it returns waits for the end. */
async function openStream(
  port: number,
  call: string,
): Promise<() => Promise<void>> {
  const conn = await Deno.connect({ port });
  await conn.write(
    new TextEncoder().encode(`${call} HTTP/1.1\r\nHost: d\r\n\r\n`),
  );
  const buffer = new Uint8Array(65536);
  const size = await conn.read(buffer) ?? 0;
  assertStringIncludes(
    new TextDecoder().decode(buffer.subarray(0, size)),
    " 200 OK",
  );
  return async () => {
    try {
      while (await conn.read(buffer) !== null);
    } catch {
      // It was cut.
    } finally {
      conn.close();
    }
  };
}
