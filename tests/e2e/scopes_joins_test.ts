/**
 * A client with a scope creates and joins on a real engine: what it makes is in
 * its scope, and it reaches nothing of another project by what it joins.
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
    allow: ["container.*", "exec.*", "network.*", "volume.*", image.inspect, image.history, image.export, image.tag, image.delete, system.ping, system.version]
    containers: { label: team=shop }
    networks: { label: team=shop }
    volumes: { label: team=shop }
    images: { use: ["sockwarden-test:*", "only:1", only], change: ["shop/*:*"] }
  bank:
    from: { cidr: 192.0.2.1 }
    allow: [volume.inspect]
    volumes: { label: bank.key }
`;

const LABEL = '{{index .Config.Labels "team"}}';

if (reason !== null) {
  Deno.test.ignore(`scopes over creation end to end: ${reason}`, () => {});
} else {
  Deno.test("scopes over creation end to end", async (t) => {
    const dockerd = await startDockerd();
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-joins-" });
    await Deno.chmod(folder, 0o755);
    await Deno.writeTextFile(`${folder}/policy.yaml`, POLICY);
    const warden = await startSockwarden(dockerd.socket, [
      `--config=${folder}/policy.yaml`,
    ]);
    const run = (...args: string[]) => docker(warden.host, ...args);
    const must = async (
      by: (...args: string[]) => ReturnType<typeof run>,
      ...args: string[]
    ) => {
      const { code, stdout, stderr } = await by(...args);
      assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
      return stdout.trim();
    };
    const own = (...args: string[]) => must(run, ...args);
    const engine = (...args: string[]) => must(dockerd.docker, ...args);
    const sleeper = [IMAGE, "sleep", "1000"];
    try {
      await engine("network", "create", "--subnet=10.232.8.0/24", "back");
      await engine("volume", "create", "vault");
      const db = await engine(
        ...["run", "-d", "--name=db", "--network=back", "-v=vault:/v"],
        ...sleeper,
      );
      await engine(
        ...["run", "-d", "--name=lone", "-e=SECRET=1", "--network=bridge"],
        ...sleeper,
      );
      const vault = await engine("volume", "inspect", "vault");
      const back = await engine("network", "inspect", "-f={{.Id}}", "back");

      await t.step(
        "networks and volumes that it makes are its own",
        async () => {
          await own("network", "create", "--subnet=10.232.7.0/24", "front");
          await own("volume", "create", "data");
          for (
            const [kind, name] of [["network", "front"], ["volume", "data"]]
          ) {
            assertEquals(
              await engine(kind!, "inspect", "-f={{.Labels.team}}", name!),
              "shop",
            );
          }
        },
      );
      await t.step("a container runs on them, and is its own", async () => {
        await own(
          ...["run", "-d", "--name=web", "--network=front", "-v=data:/d"],
          ...["-v=/anonymous", ...sleeper],
        );
        assertEquals(await engine("inspect", `-f=${LABEL}`, "web"), "shop");
        assertEquals(
          await engine(
            "inspect",
            "-f={{range $name, $_ := .NetworkSettings.Networks}}{{$name}};{{end}}",
            "web",
          ),
          "front;",
        );
        const mounts = (await engine(
          "inspect",
          "-f={{range .Mounts}}{{.Destination}}={{.Name}} {{end}}",
          "web",
        )).split(" ");
        const anonymous = mounts.find((one) => one.startsWith("/anonymous="))!;
        assertEquals(
          await engine(
            ...["volume", "inspect", "-f={{.Labels.team}}"],
            anonymous.split("=")[1]!,
          ),
          "shop",
        );
        assert(mounts.includes("/d=data"), mounts.join());
        assertEquals(await own("exec", "web", "echo", "hi"), "hi");
      });
      const joins: [string, string, string[]][] = [];
      for (const name of [db, db.slice(0, 12), "db"]) {
        const message = `No such container: ${name}`;
        for (
          const option of [
            `--network=container:${name}`,
            `--pid=container:${name}`,
            `--ipc=container:${name}`,
            `--volumes-from=${name}`,
            `--link=${name}:x`,
          ]
        ) joins.push([option, message, [option]]);
      }
      for (const name of [back, back.slice(0, 12), "back"]) {
        joins.push([`network ${name}`, `network ${name} not found`, [
          `--network=${name}`,
        ]]);
      }
      joins.push(
        ["a bind", "get vault: no such volume", ["-v=vault:/x"]],
        ["a mount", "get vault: no such volume", [
          "--mount=type=volume,src=vault,dst=/x",
        ]],
      );
      for (const [what, message, options] of joins) {
        await t.step(`it cannot join what is outside: ${what}`, async () => {
          const { code, stderr } = await run(
            "create",
            // The CLI pulls an image at every 404.
            "--pull=never",
            ...options,
            ...sleeper,
          );
          assert(code !== 0);
          assertStringIncludes(stderr, message);
        });
      }
      await t.step("what it joins is written as a full id", async () => {
        const id = await engine("inspect", "-f={{.Id}}", "web");
        await own("create", "--name=side", "--pid=container:web", ...sleeper);
        assertEquals(
          await engine("inspect", "-f={{.HostConfig.PidMode}}", "side"),
          `container:${id}`,
        );
        await own("start", "side");
        await own("rm", "-f", "side");
      });
      await t.step("volumes and networks of others are taken", async () => {
        for (
          const [path, name] of [["volumes", "vault"], ["networks", "back"]]
        ) {
          const { status, body } = await send(
            warden.port,
            `POST /${path}/create`,
            JSON.stringify({ Name: name }),
          );
          assertEquals(status, 409, body);
        }
        assertEquals(await engine("volume", "inspect", "vault"), vault);
      });
      await t.step("it connects and disconnects its own only", async () => {
        await own("network", "create", "--subnet=10.232.9.0/24", "more");
        await own("network", "connect", "--alias=w", "more", "web");
        await own("network", "disconnect", "more", "web");
        for (const pair of [["more", "db"], ["back", "web"]]) {
          const { code, stderr } = await run("network", "connect", ...pair);
          assertEquals(code, 1);
          assert(/No such container: db|network back not found/.test(stderr));
        }
        await own("network", "rm", "more");
      });
      await t.step(
        "an updater stops, renames, creates, starts and removes",
        async () => {
          await own("stop", "-t0", "web");
          await own("rename", "web", "qwertyuiop");
          await own(
            ...["run", "-d", "--name=web", "--network=front"],
            ...["--volumes-from=qwertyuiop", ...sleeper],
          );
          await own("rm", "-v", "qwertyuiop");
          await own("restart", "-t0", "web");
          assertEquals(await engine("inspect", `-f=${LABEL}`, "web"), "shop");
          const { code } = await run("rename", "web", "0123456789ab");
          assertEquals(code, 1);
        },
      );
      await t.step(
        "a start judges once more what was joined by name",
        async () => {
          // Past sockwarden, so that its mode has a name that is free later.
          await engine(
            ...["create", "--name=late", "--label=team=shop"],
            ...["--network=back", ...sleeper],
          );
          const { code, stderr } = await run("start", "late");
          assertEquals(code, 1);
          assertStringIncludes(stderr, "not found");
          await own("rm", "late");
        },
      );
      await t.step("a prune ends nothing of others", async () => {
        await engine("create", "--name=idle", ...sleeper);
        await engine("volume", "create", "spare");
        await own("create", "--name=gone", "--network=none", ...sleeper);
        await own("container", "prune", "-f");
        await own("volume", "prune", "-f");
        await own("network", "prune", "-f");
        const left = await engine("ps", "-a", "--format={{.Names}}");
        assertEquals(left.split("\n").sort(), ["db", "idle", "lone", "web"]);
        await engine("volume", "inspect", "vault", "spare");
        await engine("network", "inspect", "back");
      });
      await t.step("hostile bodies reach nothing outside", async () => {
        const create = (body: Record<string, unknown>) =>
          send(
            warden.port,
            "POST /containers/create",
            JSON.stringify({ Image: IMAGE, Cmd: ["true"], ...body }),
          );
        // Engines of this series take fields of HostConfig at the root too.
        for (
          const more of [
            { VolumesFrom: ["db"] },
            { Binds: ["vault:/x"] },
            { NetworkMode: "back" },
            { PidMode: `container:${db.slice(0, 5)}` },
            {
              NetworkingConfig: {
                EndpointsConfig: { front: { NetworkID: back } },
              },
            },
          ]
        ) {
          const { status, body } = await create(more);
          assertEquals(status, 404, `${JSON.stringify(more)}: ${body}`);
          assert(!body.includes(vault) && !body.includes("bank"), body);
        }
        for (
          const more of [
            { Binds: ["/tmp:/a"], Volumes: { "/a": {} } },
            { Volumes: { "vault:/a": {} } },
            {
              HostConfig: {
                Mounts: [{
                  Type: "volume",
                  Target: "/a",
                  VolumeOptions: { Labels: { "bank.key": "1" } },
                }],
              },
            },
          ]
        ) {
          const { status, body } = await create(more);
          assertEquals(status, 403, `${JSON.stringify(more)}: ${body}`);
        }
        const connect = await send(
          warden.port,
          "POST /networks/front/connect",
          JSON.stringify({
            Container: "web",
            EndpointConfig: { NetworkID: "bridge" },
          }),
        );
        assertEquals(connect.status, 404, connect.body);
      });
      await t.step(
        "a link leads through no container in scope to another",
        async () => {
          // The engine links to the container that has the network, with its environment.
          await engine(
            ...["run", "-d", "--name=inner", "--label=team=shop"],
            ...["--network=container:lone", ...sleeper],
          );
          const { code, stderr } = await run(
            ...["create", "--name=linked", "--link=inner:x", ...sleeper],
          );
          assertEquals(code, 1);
          assertStringIncludes(stderr, "a link leads to");
          await engine("rm", "-f", "inner");
        },
      );
      await t.step("an image shows its names in scope alone", async () => {
        await engine("tag", IMAGE, "bank/copy:1");
        const { status, body } = await send(
          warden.port,
          `GET /images/${IMAGE}/json`,
        );
        assertEquals([status, JSON.parse(body).RepoTags], [200, [IMAGE]]);
        const layers = await send(warden.port, `GET /images/${IMAGE}/history`);
        assertEquals(layers.status, 200, layers.body);
        assertEquals(JSON.parse(layers.body)[0].Tags, [IMAGE]);
        await engine("rmi", "bank/copy:1");
      });
      await t.step("an export takes no other tag", async () => {
        const { status } = await send(warden.port, "GET /images/only/get");
        assertEquals(status, 404);
        await engine("tag", IMAGE, "only:1");
        await engine("tag", IMAGE, "only:2");
        const one = await send(warden.port, "GET /images/only:1/get");
        assertEquals([one.status, one.body.includes("only")], [200, true]);
        // What it would have got of the engine.
        const all = await send(dockerd.socket, "GET /images/only/get");
        assertStringIncludes(all.body, "only:2");
        assertEquals(
          (await send(warden.port, "GET /images/only/get")).status,
          404,
        );
        await engine("rmi", "only:1", "only:2");
      });
      await t.step("it commits and tags to names in scope only", async () => {
        await own("commit", "web", "shop/web:1");
        await own("tag", IMAGE, "shop/copy:1");
        await own("rmi", "shop/copy:1");
        const id = await engine("inspect", "-f={{.Image}}", "db");
        for (
          const call of [
            ["commit", "web", "bank/web:1"],
            ["commit", "db", "shop/db:1"],
            ["rmi", IMAGE],
            ["rmi", id],
          ]
        ) assertEquals((await run(...call)).code, 1, call.join(" "));
        await engine("image", "inspect", IMAGE, "shop/web:1");
      });
    } finally {
      await warden.stop();
      await dockerd.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
