/**
 * An updater under a scope by label, on a real engine: with the calls that
 * Watchtower makes it creates its containers anew, and they stay in scope.
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { whySkipped } from "./dockerd.ts";
import { send } from "./raw.ts";
import {
  type Foreign,
  foreignIn,
  imageWithVolume,
  type ScopeRig,
  withScopes,
} from "./scope_rig.ts";

const reason = whySkipped();

/** The image that is updated; a volume is kept at `/kept`. */
const APP = "app:1";

const UPDATER = [
  "allow: [container.list, container.inspect, container.kill, container.wait, container.delete, container.create, container.start, container.rename, container.stop, network.connect, network.disconnect, image.inspect]",
  "containers: { label: update=yes }",
  "networks: any",
  "volumes: any",
  `images: { use: ["app:*"] }`,
];

/** Ways to make room for the new container. */
const WAYS: Readonly<
  Record<string, (of: Updater, old: string) => Promise<void>>
> = {
  "removes the old one first": async (of, old) => {
    await remove(of, old);
  },
  // So it does with itself.
  "renames the old one to a random name first": async ({ call }, old) => {
    const name = "qWeRtYuIoPaSdFgHjKlZxCvBnMqWeRtY";
    await call(`POST /containers/${old}/rename?name=${name}`);
  },
};

if (reason !== null) {
  Deno.test.ignore(`an updater under a scope end to end: ${reason}`, () => {});
} else {
  Deno.test("an updater under a scope end to end", async (t) => {
    await withScopes({ updater: UPDATER }, async (rig) => {
      const { engine } = rig;
      await imageWithVolume(rig, APP, "/kept");
      for (const name of ["front", "back"]) {
        await engine("network", "create", name);
      }
      const run = (name: string, ...more: string[]) =>
        engine(
          ...["run", "-d", `--name=${name}`, ...more, APP, "sleep", "1000"],
        );
      const label = "--label=update=yes";
      await run("cache", label, "--network=front");
      await run(
        ...["app", label, "--label=tier=web", "--network=front"],
        ...["--network-alias=www", "--link=cache:store", "--env=A=1"],
        ...["--volume=data:/data", "--volume=/anonymous"],
      );
      await engine("network", "connect", "--alias=behind", "back", "app");
      await run("side", label, "--network=container:app");
      const vault = await run(
        ...["vault", "--label=owner=bank", "--network=front", "--env=PIN=hush"],
      );
      const foreign = { ids: [vault], words: ["vault", "owner", "hush"] };
      const updater = updaterOf(rig, foreign);
      const state = () =>
        engine("inspect", "--format={{.Id}} {{json .State}}", "vault");
      const before = await state();
      for (const [way, makeRoom] of Object.entries(WAYS)) {
        await t.step(`it lists its own (${way})`, async () => {
          assertEquals(await names(updater), ["/app", "/cache", "/side"]);
        });
        for (const name of ["cache", "app", "side"]) {
          await t.step(`${name} is created anew: it ${way}`, async () => {
            // The name of the image goes to another one, as at a pull.
            await imageWithVolume(rig, APP, "/kept");
            await update(rig, updater, name, makeRoom);
          });
        }
      }
      await t.step("what is outside is not there", async () => {
        for (
          const call of [
            ...["GET /containers/vault/json", "POST /containers/vault/kill"],
            "DELETE /containers/vault?force=1",
            `POST /containers/${vault}/rename?name=x`,
          ]
        ) {
          const { status } = await send(rig.socketOf("updater"), call);
          assertEquals(status, 404, call);
        }
        const joined = await send(
          rig.socketOf("updater"),
          "POST /networks/back/connect",
          JSON.stringify({ Container: "vault" }),
        );
        assertEquals(joined.status, 404);
        assertEquals(await state(), before);
      });
    });
  });
}

// deno-lint-ignore no-explicit-any -- an answer of the engine
type Json = any;

interface Updater {
  /** Makes a call as the updater, which must succeed, and be told nothing foreign. */
  readonly call: (call: string, body?: unknown) => Promise<Json>;
}

function updaterOf({ socketOf }: ScopeRig, foreign: Foreign): Updater {
  return {
    call: async (call, body = null) => {
      const { status, head, body: text } = await send(
        socketOf("updater"),
        call,
        body === null ? null : JSON.stringify(body),
      );
      assert(status >= 200 && status < 300, `${call}: ${head}\n\n${text}`);
      assertEquals(foreignIn(head + text, foreign), [], call);
      return /^\s*[[{]/.test(text) ? JSON.parse(text) : null;
    },
  };
}

async function names({ call }: Updater): Promise<string[]> {
  const filters = encodeURIComponent('{"status":["running"]}');
  const listed = await call(`GET /containers/json?filters=${filters}`);
  return listed.flatMap(({ Names }: Json) => Names).toSorted();
}

/** Updates one container, and compares the new one with the old one. */
async function update(
  rig: ScopeRig,
  updater: Updater,
  name: string,
  makeRoom: (of: Updater, old: string) => Promise<void>,
): Promise<void> {
  const { call } = updater;
  const listed = await call("GET /containers/json");
  const { Id: old } = listed.find(({ Names }: Json) =>
    Names.includes(`/${name}`)
  );
  const was = await call(`GET /containers/${old}/json`);
  // By its id it has no name any more.
  const image = await call(`GET /images/${was.Image}/json`);
  assertNotEquals((await call(`GET /images/${APP}/json`)).Id, image.Id);
  await makeRoom(updater, old);
  const id = await createAnew(updater, was, image);
  if (name === "app") {
    // What joins it is created anew too; until then it runs with the old one.
    assert((await names(updater)).includes("/side"));
  }
  await call(`POST /containers/${id}/start`);
  const isThere = await send(
    rig.socketOf("updater"),
    `GET /containers/${old}/json`,
  );
  if (isThere.status === 200) await remove(updater, old);
  const is = await call(`GET /containers/${id}/json`);
  assertEquals(summary(is), summary(was));
  assertNotEquals(is.Image, was.Image);
  assertEquals(is.State.Running, true);
}

/** Ends a container as Watchtower does, and sees that it is gone. */
async function remove({ call }: Updater, id: string): Promise<void> {
  await call(`POST /containers/${id}/kill?signal=SIGKILL`);
  await call(`POST /containers/${id}/wait`);
  await call(`DELETE /containers/${id}?force=1`);
}

/** Creates a container from what was inspected, and returns its id. */
async function createAnew(
  { call }: Updater,
  { Name, Config, HostConfig, NetworkSettings }: Json,
  image: Json,
): Promise<string> {
  const own = (all: Json, given: Json) =>
    Object.fromEntries(
      Object.entries(all ?? {}).filter(([key]) => !(key in (given ?? {}))),
    );
  const joins = HostConfig.NetworkMode.startsWith("container:");
  const networks = Object.entries(NetworkSettings.Networks as Json);
  const body = {
    ...Config,
    Image: APP,
    // A container that joins another one's network has no name of its own.
    Hostname: joins ? "" : Config.Hostname,
    Labels: own(Config.Labels, image.Config.Labels),
    Volumes: own(Config.Volumes, image.Config.Volumes),
    HostConfig: {
      ...HostConfig,
      // It names the container by its name, whose id is a new one.
      NetworkMode: joins ? "container:/app" : HostConfig.NetworkMode,
    },
    NetworkingConfig: {
      EndpointsConfig: Object.fromEntries(networks.slice(0, 1)),
    },
  };
  const { Id } = await call(
    `POST /containers/create?name=${encodeURIComponent(Name)}`,
    body,
  );
  for (const [name] of networks.slice(0, 1)) {
    await call(`POST /networks/${name}/disconnect`, {
      Container: Id,
      Force: true,
    });
  }
  for (const [name, EndpointConfig] of networks) {
    await call(`POST /networks/${name}/connect`, {
      Container: Id,
      EndpointConfig,
    });
  }
  return Id;
}

/** What an update must keep. */
function summary(
  { Id, Name, Config, HostConfig, Mounts, NetworkSettings }: Json,
): Json {
  const networks = Object.entries(NetworkSettings.Networks as Json);
  return {
    name: Name,
    env: Config.Env,
    command: Config.Cmd,
    labels: Object.fromEntries(
      Object.entries(Config.Labels).filter(([, value]) => value !== ""),
    ),
    binds: HostConfig.Binds,
    joins: HostConfig.NetworkMode.startsWith("container:"),
    // Volumes without a name are made anew.
    mounts: Mounts.map(({ Destination, Name }: Json) =>
      `${Destination} ${Name.length === 64 ? "" : Name}`
    ).toSorted(),
    networks: Object.fromEntries(
      networks.map(([name, { Aliases, Links }]: Json) => [name, {
        aliases: (Aliases ?? [])
          .filter((one: string) => !/^[0-9a-f]{12}$/.test(one) && one !== Id)
          .toSorted(),
        links: Links,
      }]),
    ),
  };
}
