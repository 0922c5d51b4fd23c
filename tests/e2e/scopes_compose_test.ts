/**
 * Compose as a client with a scope on its project, while another project runs
 * on the same engine: what it does comes to the same as on the engine itself,
 * and nothing of the other project is told or touched.
 */

import { assert, assertEquals } from "@std/assert";
import { exists } from "../../tools/exists.ts";
import { IMAGE, type Output, whySkipped } from "./dockerd.ts";
import {
  type Foreign,
  foreignIn,
  imageWithVolume,
  record,
  type Recorder,
  type ScopeRig,
  withScopes,
} from "./scope_rig.ts";
import { send } from "./raw.ts";

const COMPOSE = "/usr/bin/docker-compose";
const reason = whySkipped() ??
  (exists(COMPOSE)
    ? null
    : `${COMPOSE} is missing: apt-get install docker-compose`);

/** What Compose 1.29 calls. */
const ALLOW = [
  ...["system.ping", "system.version", "system.info", "system.events"],
  ...["container.*", "exec.*", "network.*", "volume.*"],
  "image.inspect",
];

const SHOP = [
  `allow: [${ALLOW.map((one) => `"${one}"`).join(", ")}]`,
  "containers: { project: shop }",
  "networks: { project: shop }",
  "volumes: { project: shop }",
  `images: { use: ["busybox:*"] }`,
];

const PROJECT = `
version: "2.4"
services:
  db:
    image: busybox:kept
    command: sh -c 'for one in kept anonymous data; do echo \$\$one >> /\$\$one/runs; cat /\$\$one/runs; done; exec sleep 1000'
    stop_signal: SIGKILL
    volumes: [ "data:/data", /anonymous ]
    networks: [ back ]
  web:
    image: busybox:1
    command: sh -c 'echo web \${GREETING}; exec sleep 1000'
    environment: { GREETING: "\${GREETING}" }
    stop_signal: SIGKILL
    depends_on: [ db ]
    networks: { back: { aliases: [ front ] }, default: {} }
  side:
    image: busybox:1
    command: sh -c 'echo side is up; exec sleep 1000'
    stop_signal: SIGKILL
    network_mode: service:web
    volumes_from: [ db ]
networks: { back: {} }
volumes: { data: {} }
`;

/** What is done, in this order: the words for Compose, and the greeting. */
const STEPS: readonly (readonly [string[], string, "pulled"?])[] = [
  [["up", "-d"], "hello"],
  [["ps"], "hello"],
  [["logs", "--no-color"], "hello"],
  [["exec", "-T", "web", "echo", "inside"], "hello"],
  // All at once they are restarted in any order, and one that joins another fails.
  [["restart", "web"], "hello"],
  [["restart", "db", "side"], "hello"],
  [["up", "-d"], "hello"],
  [["up", "-d", "--force-recreate"], "hello"],
  // The image is another one meanwhile, as after a pull.
  [["up", "-d"], "goodbye", "pulled"],
  [["logs", "--no-color"], "goodbye"],
  [["up", "-d", "-V", "--force-recreate", "db"], "goodbye"],
  [["run", "--rm", "-T", "--no-deps", "web", "echo", "once"], "goodbye"],
  [["down", "-v"], "goodbye"],
];

if (reason !== null) {
  Deno.test.ignore(`compose under a scope end to end: ${reason}`, () => {});
} else {
  Deno.test("compose under a scope end to end", async (t) => {
    await withScopes({ shop: SHOP }, async (rig) => {
      await rig.engine("tag", IMAGE, "busybox:1");
      await pull(rig);
      const file = `${rig.folder}/docker-compose.yaml`;
      await Deno.writeTextFile(file, PROJECT);
      const plain: string[] = [];
      for (const [words, greeting, pulled] of STEPS) {
        if (pulled !== undefined) await pull(rig);
        const done = await compose(rig.dockerd.socket, file, words, greeting);
        plain.push(await outcome(rig, done));
      }
      const foreign = await startOther(rig, file);
      const before = await stateOf(rig, foreign);
      const tap = record(`${rig.folder}/tap.sock`, rig.socketOf("shop"));
      try {
        for (const [index, [words, greeting, pulled]] of STEPS.entries()) {
          await t.step(
            `${
              words.join(" ")
            } (${greeting}) does what it does without a scope`,
            async () => {
              if (pulled !== undefined) await pull(rig);
              const done = await compose(tap.socket, file, words, greeting);
              assertEquals(await outcome(rig, done), plain[index]);
              tellsNothing(tap, done, foreign);
            },
          );
        }
      } finally {
        tap.close();
      }
      await t.step("the other project is as it was", async () => {
        assertEquals(await stateOf(rig, foreign), before);
      });
    });
  });
}

/** Gives the name of the image of `db` to a new image. */
async function pull(rig: ScopeRig): Promise<void> {
  await imageWithVolume(rig, "busybox:kept", "/kept");
}

/** Runs Compose for the project `shop`, or another one. */
async function compose(
  socket: string,
  file: string,
  words: readonly string[],
  greeting: string,
  project = "shop",
): Promise<Output> {
  const { code, stdout, stderr } = await new Deno.Command(COMPOSE, {
    args: ["-H", `unix://${socket}`, "-f", file, "-p", project, ...words],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", GREETING: greeting },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** What Compose said, and what the project then is, without ids and times. */
async function outcome(rig: ScopeRig, said: Output): Promise<string> {
  const lines = (text: string) =>
    withoutIds(text).split(/[\r\n]+/).map((line) => line.trimEnd()).toSorted();
  const objects = {
    containers: (await inspectAll(rig, "containers"))
      .map(containerOf),
    networks: (await inspectAll(rig, "networks"))
      .map(({ Name, Labels }) =>
        `${Name} ${Object.entries(Labels).toSorted()}`
      ),
    volumes: (await inspectAll(rig, "volumes"))
      .map(({ Name }) => Name as string),
  };
  return withoutIds(JSON.stringify(
    {
      code: said.code,
      stdout: lines(said.stdout),
      stderr: lines(said.stderr),
      containers: objects.containers.filter(isOfShop).toSorted(),
      networks: objects.networks.filter(isOfShop).toSorted(),
      // Volumes without a name are a container's, and are seen in its mounts.
      volumes: objects.volumes.filter(isOfShop).toSorted(),
    },
    null,
    1,
  ));
}

function isOfShop(text: string): boolean {
  return /^\/?(?:[0-9a-f]{12}_)?shop_/.test(text);
}

function withoutIds(text: string): string {
  return text.replace(/\b[0-9a-f]{64}\b|\b[0-9a-f]{12}(?=_|\b)/g, "ID")
    .replace(/-{9,}/g, "---");
}

// deno-lint-ignore no-explicit-any
type Inspected = any;

/** What the engine has of one kind, inspected. */
async function inspectAll(
  { dockerd }: Pick<ScopeRig, "dockerd">,
  kind: "containers" | "networks" | "volumes",
): Promise<Inspected[]> {
  const ask = async (path: string) =>
    JSON.parse((await send(dockerd.socket, `GET ${path}`)).body);
  if (kind === "volumes") return (await ask("/volumes")).Volumes ?? [];
  if (kind === "networks") return await ask("/networks");
  const listed: Inspected[] = await ask("/containers/json?all=1");
  return await Promise.all(
    listed.map(({ Id }) => ask(`/containers/${Id}/json`)),
  );
}

/** What Compose asked of a container, and what it came to. */
function containerOf(
  { Name, Config, HostConfig, Mounts, NetworkSettings, State }: Inspected,
): string {
  const networks = Object.entries(NetworkSettings.Networks as Inspected)
    .map(([name, { Aliases, Links }]: Inspected) => [
      name,
      (Aliases ?? []).map(withoutIds).toSorted(),
      Links,
    ]);
  const labels = Object.entries(Config.Labels).filter(([key, value]) =>
    // A scope's labels are written, empty where there is none.
    value !== "" && key !== "com.docker.compose.replace"
  );
  return `${Name} ${
    JSON.stringify({
      state: [State.Status, State.ExitCode],
      image: Config.Image,
      command: Config.Cmd,
      env: Config.Env,
      labels: labels.toSorted(),
      // A scope sends networks by their ids.
      mode: HostConfig.NetworkMode.replace(/^shop_.*/, "ID"),
      from: HostConfig.VolumesFrom,
      networks: networks.toSorted(),
      mounts: Mounts.map(({ Type, Name, Destination, RW }: Inspected) =>
        withoutIds(`${Type} ${Name} ${Destination} ${RW}`)
      ).toSorted(),
    })
  }`;
}

/** Starts the same project under another name past sockwarden, with one that has a name of its own. */
async function startOther(rig: ScopeRig, file: string): Promise<Foreign> {
  const { code, stderr } = await compose(
    rig.dockerd.socket,
    file,
    ["up", "-d"],
    "hush",
    "other",
  );
  assertEquals(code, 0, stderr);
  await rig.engine(
    ...["run", "-d", "--name=vault-keeper", "--network=other_back"],
    ...["--label=secret.of=bank", "-v=vault:/v", IMAGE, "sleep", "1000"],
  );
  const ids = async (kind: Parameters<typeof inspectAll>[1]) =>
    (await inspectAll(rig, kind))
      .filter(({ Name, Labels, Config }) =>
        /other|vault/.test(JSON.stringify([Name, Labels, Config])) ||
        /^[0-9a-f]{64}$/.test(Name)
      ).map(({ Id, Name }) => Id ?? Name as string);
  const volumes = await ids("volumes");
  const all = [
    ...await ids("containers"),
    ...await ids("networks"),
    ...volumes.filter((name) => name.length === 64),
  ];
  // Four containers, two networks, and the volumes of `db` without a name.
  assert(all.length >= 8, all.join());
  return {
    ids: all,
    words: [
      ...["other_", "=other", '"other"', "vault", "secret.of", "bank", "hush"],
    ],
  };
}

/** What must not change of the other project. */
async function stateOf(
  { engine }: ScopeRig,
  { ids }: Foreign,
): Promise<string> {
  const shown = JSON.parse(await engine("inspect", ...ids));
  return JSON.stringify(shown.map(({ Mounts, ...rest }: Inspected) => ({
    // The engine lists them in any order.
    mounts: Mounts?.map((one: unknown) => JSON.stringify(one)).toSorted(),
    ...rest,
  })));
}

function tellsNothing(tap: Recorder, said: Output, foreign: Foreign): void {
  const told = `${tap.seen()}\n${said.stdout}\n${said.stderr}`;
  assertEquals(foreignIn(told, foreign), []);
}
