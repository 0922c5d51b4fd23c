/**
 * What presets need of bodies and answers, on a real engine: their clients are
 * shown no planted secret, and do what they are for.
 */

import {
  assert,
  assertEquals,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { allPresets } from "../../lib/docker/presets.ts";
import { exists } from "../../tools/exists.ts";
import { IMAGE, whySkipped } from "./dockerd.ts";
import { send } from "./raw.ts";
import { type ScopeRig, withScopes } from "./scope_rig.ts";

const reason = whySkipped();
const COMPOSE = "/usr/bin/docker-compose";

/** Secrets by what hides them. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  env: /ENVSECRET/,
  args: /ARGSECRET/,
  mounts: /MOUNTSECRET/,
};

/** One call of each operation that is read without a stream. */
const CALLS: Readonly<Record<string, string>> = {
  "container.list": "GET /containers/json?all=1",
  "container.inspect": "GET /containers/web/json",
  "container.top": "GET /containers/web/top",
  "container.stats": "GET /containers/web/stats?stream=0&one-shot=1",
  "system.events": "GET /events?since=0&until=NOW",
  "system.info": "GET /info",
  "image.list": "GET /images/json",
  "image.inspect": "GET /images/planted/json",
  "image.history": "GET /images/planted/history",
  "network.list": "GET /networks",
  "volume.list": "GET /volumes",
  "volume.inspect": "GET /volumes/planted",
};

const HIDING = allPresets().filter(({ hide }) => /^(?:env|args)/.test(hide));

const PROJECT = `
version: "2.4"
services:
  db:
    image: busybox:1
    command: sleep 1000
    stop_signal: SIGKILL
    volumes: [ "MOUNT:/data", /anonymous ]
    networks: [ back ]
    ports: [ "127.0.0.1::80" ]
    cap_drop: [ ALL ]
  web:
    image: busybox:1
    command: sleep 1000
    stop_signal: SIGKILL
    depends_on: [ db ]
    networks: { back: { aliases: [ front ] }, default: {} }
networks: { back: {} }
volumes: { data: {} }
`;

if (reason !== null) {
  Deno.test.ignore(`presets end to end: ${reason}`, () => {});
} else {
  Deno.test("presets end to end", async (t) => {
    const clients: Record<string, string[]> = {
      stacks: ["preset: dockge"],
      shell: ["preset: [dozzle, dozzle-shell, dozzle-actions]"],
      builder: ["preset: docker-build"],
      jobs: ["preset: gitlab-runner"],
    };
    for (const { name } of HIDING) clients[name] = [`preset: ${name}`];
    await withScopes(clients, async (rig) => {
      await plant(rig);
      for (const { name, hide, operations } of HIDING) {
        await t.step(`${name} is shown no secret`, async () => {
          const secrets = hide.split(" ").flatMap((word) =>
            SECRETS[word] ?? []
          );
          let asked = 0;
          for (const operation of operations) {
            const call = CALLS[operation];
            if (call === undefined) continue;
            asked++;
            const { status, body } = await send(
              rig.socketOf(name),
              call.replace("NOW", String(Math.floor(Date.now() / 1000))),
            );
            assertEquals(status, 200, `${call}: ${body}`);
            for (const secret of secrets) assertNotMatch(body, secret, call);
          }
          // Those for a swarm alone read nothing here.
          assert(asked > 0 || /swarm/.test(name), name);
        });
      }
      await t.step("what a client needs is shown", async () => {
        const inspect = async (client: string) =>
          (await send(rig.socketOf(client), CALLS["container.inspect"]!)).body;
        assertStringIncludes(
          await inspect("nginx-proxy"),
          "VIRTUAL_HOST=web.example",
        );
        assertStringIncludes(await inspect("netdata"), "NOMAD_JOB_NAME=job");
        assertStringIncludes(await inspect("traefik"), '"team":"shop"');
        const logs = await send(
          rig.socketOf("dozzle"),
          "GET /containers/web/logs?stdout=1",
        );
        assertEquals(logs.status, 200);
        assertStringIncludes(logs.body, "ENVSECRET");
      });
      await t.step(
        "a shell runs in what mounts the host, without more rights",
        async () => {
          const exec = (body: Record<string, unknown>) =>
            send(
              rig.socketOf("shell"),
              "POST /v1.41/containers/web/exec",
              JSON.stringify({ Cmd: ["true"], ...body }),
            );
          const made = await exec({});
          assertEquals(made.status, 201, made.body);
          const started = await send(
            rig.socketOf("shell"),
            `POST /v1.41/exec/${JSON.parse(made.body).Id}/start`,
            '{"Detach":true}',
          );
          assertEquals(started.status, 200, started.body);
          const root = await exec({ Privileged: true });
          assertEquals(root.status, 403);
          assertStringIncludes(root.body, "targets: allow, privileged: allow");
          const again = await rig.run("shell", "restart", "-t0", "web");
          assertEquals(again.code, 0, again.stderr);
        },
      );
      await t.step("a job mounts volumes, and not the host", async () => {
        const job = await rig.run(
          ...["jobs", "run", "--rm", "-v", "cache:/cache", IMAGE] as const,
          ...["echo", "done"],
        );
        assertEquals([job.code, job.stdout.trim()], [0, "done"], job.stderr);
        for (
          const [flag, remedy] of [
            ["-v=/etc:/etc", "binds: [/etc]"],
            ["--privileged", "privileged: allow"],
            ["--pid=host", "namespaces: [pid]"],
          ] as const
        ) {
          const { code, stderr } = await rig.run("jobs", "run", flag, IMAGE);
          assert(code !== 0, flag);
          assertStringIncludes(stderr, "in place of that of preset");
          assertStringIncludes(stderr, remedy);
        }
      });
      await t.step("an image is built", async () => {
        await Deno.writeTextFile(`${rig.folder}/one`, "1");
        await Deno.writeTextFile(
          `${rig.folder}/Dockerfile`,
          "FROM scratch\nCOPY one /one\n",
        );
        const { code, stderr } = await build(rig);
        assertEquals(code, 0, stderr);
      });
      const ignore = !exists(COMPOSE);
      await t.step({
        name: "a stack without binds goes up, comes again and goes down",
        ignore,
        fn: async () => {
          await rig.engine("tag", IMAGE, "busybox:1");
          const file = await project(rig, "data");
          for (
            const words of [
              ["up", "-d"],
              ["ps"],
              ["restart", "-t0"],
              ["up", "-d", "--force-recreate"],
              ["down"],
            ]
          ) {
            const { code, stderr } = await compose(rig, file, words);
            assertEquals(code, 0, `${words}: ${stderr}`);
          }
        },
      });
      await t.step({
        name: "a stack with a bind is told what to write",
        ignore,
        fn: async () => {
          const file = await project(rig, "/etc");
          const { code, stderr } = await compose(rig, file, ["up", "-d"]);
          assert(code !== 0);
          assertStringIncludes(stderr, "binds: [/etc]");
          await compose(rig, file, ["down"]);
        },
      });
    });
  });
}

/** Makes a container and an image with secrets everywhere. */
async function plant({ engine, folder }: ScopeRig): Promise<void> {
  await engine("create", "--name=seed", "--env=A=ENVSECRET", IMAGE, "true");
  await engine(
    ...["commit", "--change", "ENV B=ENVSECRET"],
    ...["--change", 'CMD ["sleep", "ARGSECRET"]', "seed", "planted"],
  );
  await Deno.mkdir(`${folder}/MOUNTSECRET`);
  await engine(
    ...["volume", "create", "--opt=type=tmpfs"],
    ...["--opt=device=MOUNTSECRET", "planted"],
  );
  await engine(
    ...["run", "-d", "--name=web", "--env=PASSWORD=ENVSECRET"],
    ...["--env=VIRTUAL_HOST=web.example", "--env=NOMAD_JOB_NAME=job"],
    ...["--label=team=shop", `-v=${folder}/MOUNTSECRET:/data`],
    ...["planted", "sh", "-c", "echo $PASSWORD; sleep 1000; : ARGSECRET"],
  );
  await engine("exec", "web", "echo", "ARGSECRET");
}

async function build(rig: ScopeRig) {
  return await command("docker", [
    ...["-H", `unix://${rig.socketOf("builder")}`, "build", "-t", "made"],
    rig.folder,
  ], { DOCKER_BUILDKIT: "0" });
}

async function project(rig: ScopeRig, mount: string): Promise<string> {
  const file = `${rig.folder}/docker-compose.yaml`;
  await Deno.writeTextFile(file, PROJECT.replace("MOUNT", mount));
  return file;
}

async function compose(rig: ScopeRig, file: string, words: string[]) {
  return await command(COMPOSE, [
    ...["-H", `unix://${rig.socketOf("stacks")}`, "-f", file, "-p", "shop"],
    ...words,
  ]);
}

async function command(
  name: string,
  args: string[],
  env: Record<string, string> = {},
) {
  const { code, stdout, stderr } = await new Deno.Command(name, {
    args,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: "/nonexistent", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
