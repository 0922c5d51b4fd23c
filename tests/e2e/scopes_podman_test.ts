/**
 * What a client with a scope sees of a real podman, by both of its APIs: its
 * own objects, and no trace of others.
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { startPodman, whyNoPodman } from "./podman.ts";
import { type RawBody, send } from "./raw.ts";
import { type Foreign, foreignIn } from "./scope_rig.ts";
import { startSockwarden } from "./sockwarden.ts";

const reason = whyNoPodman();
const OWN = "/v4.0.0/libpod";

/** The policy of a client with a socket. */
const policyOf = (socket: string) => `
clients:
  shop:
    listen: "unix://${socket}?mode=0666"
    allow: ["container.*:read", "network.*", "volume.*", "image.*:read", image.inspect, system.events, system.info,
            libpod.container.list, libpod.container.inspect, libpod.container.prune,
            libpod.network.list, libpod.network.inspect, libpod.network.create, libpod.network.prune,
            libpod.volume.list, libpod.volume.inspect, libpod.volume.create, libpod.volume.prune,
            libpod.image.list, libpod.image.inspect, libpod.image.history,
            libpod.system.info, libpod.system.events]
    containers: { label: team=shop }
    networks: { label: team=shop }
    volumes: { label: team=shop }
    images: { use: ["localhost/shop/*"] }
`;

/** Lists, and the key that their entries are told by. */
const LISTS: readonly (readonly [path: string, key: string, of: string])[] = [
  [`${OWN}/containers/json?all=true`, "Names", "web"],
  [`${OWN}/containers/json?limit=1`, "Names", "web"],
  [`${OWN}/networks/json`, "name", "front"],
  [`${OWN}/volumes/json`, "Name", "data"],
  [`${OWN}/images/json`, "Names", "localhost/shop/app:1"],
  ["/v1.41/containers/json?all=1", "Names", "/web"],
  ["/v1.41/networks", "Name", "front"],
  ["/v1.41/images/json", "RepoTags", "localhost/shop/app:1"],
];

/** What answers to the name of one's own, and of another's as to one that is absent. */
const INSPECTS: readonly (readonly [path: string, own: string, of: string])[] =
  [
    [`${OWN}/containers/@/json`, "web", "db"],
    [`${OWN}/networks/@/json`, "front", "back"],
    [`${OWN}/volumes/@/json`, "data", "vault"],
    [`${OWN}/images/@/json`, "localhost/shop/app:1", "localhost/bank/copy:1"],
    [`${OWN}/images/@/history`, "localhost/shop/app:1", "localhost/bank/x:1"],
    ["/v1.41/networks/@", "front", "back"],
    ["/v1.41/volumes/@", "data", "vault"],
    [
      "/v1.41/images/@/json",
      "localhost/shop/app:1",
      "localhost/bank/copy:1",
    ],
  ];

const filters = (value: unknown) =>
  `filters=${encodeURIComponent(JSON.stringify(value))}`;

if (reason !== null) {
  Deno.test.ignore(`podman under a scope end to end: ${reason}`, () => {});
} else {
  Deno.test("podman under a scope end to end", async (t) => {
    const podman = await startPodman();
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-pods-" });
    // The lean binary gives up root before it makes its sockets.
    await Deno.chmod(folder, 0o777);
    const socket = `${folder}/shop.sock`;
    await Deno.writeTextFile(`${folder}/policy.yaml`, policyOf(socket));
    const warden = await startSockwarden(podman.socket, [
      `--config=${folder}/policy.yaml`,
    ]);
    const foreign: { ids: string[]; words: string[] } = {
      ids: [],
      words: ["bank", "vault", '"back"', '"db"', "/db"],
    };
    /** All that the client was told. */
    let seen = "";
    const ask = async (call: string, body: RawBody = null) => {
      const answer = await send(socket, call, body);
      seen += `${call}\n${answer.head}\n${answer.body}\n`;
      return answer;
    };
    const jsonOf = async (path: string) => {
      const { status, body } = await ask(`GET ${path}`);
      assertEquals(status, 200, `${path}: ${body}`);
      return JSON.parse(body);
    };
    /** A call to podman itself. */
    const itself = async (call: string, body: RawBody = null) => {
      const answer = await send(podman.socket, call, body);
      assert(answer.status < 300, `${call}: ${answer.body}`);
      return answer.body;
    };
    const post = async (path: string, body: unknown) =>
      JSON.parse(await itself(`POST ${OWN}/${path}`, JSON.stringify(body)));
    const names = async (path: string) =>
      JSON.parse(await itself(`GET ${path}`)).map((
        one: Record<string, unknown>,
      ) => one.Name ?? one.name ?? one.Names);
    try {
      const image = "localhost/shop/app:1";
      await itself(
        `POST ${OWN}/images/import?reference=${image}`,
        podman.tree,
      );
      const tag = `POST ${OWN}/images/${image}/tag?repo=localhost/bank`;
      await itself(`${tag}/copy&tag=1`);
      // Images remember names that they had.
      await itself(`${tag}/old&tag=1`);
      await itself(
        `POST ${OWN}/images/localhost/bank/old:1/untag?repo=localhost/bank/old&tag=1`,
      );
      for (
        const [team, container, network, volume] of [
          ["shop", "web", "front", "data"],
          ["bank", "db", "back", "vault"],
        ] as const
      ) {
        const labels = { team };
        const net = await post("networks/create", { name: network, labels });
        await post("volumes/create", { Name: volume, Labels: labels });
        const { Id } = await post("containers/create", {
          ...{ name: container, image, labels, command: ["sh"] },
          netns: { nsmode: "none" },
          volumes: [{ Name: volume, Dest: "/data" }],
        });
        if (team === "bank") foreign.ids.push(net.id, Id);
      }

      for (const [path, key, own] of LISTS) {
        await t.step(`${path} lists what is in scope`, async () => {
          const list = await jsonOf(path);
          assertEquals(
            list.map((one: Record<string, unknown>) => one[key]).flat(),
            [own],
          );
          const query = path.includes("?") ? "&" : "?";
          const all = JSON.parse(await itself(`GET ${path}`));
          assertNotEquals(list, all, "nothing was left out");
          const none = await jsonOf(
            `${path}${query}${filters({ label: ["team=bank"] })}`,
          );
          assertEquals(none, []);
        });
      }
      await t.step(
        "the newest containers are counted behind the filter",
        async () => {
          const list = (path: string) =>
            jsonOf(path).then((all) =>
              all.map(({ Names }: { Names: string[] }) => Names[0])
            );
          await post("containers/create", {
            ...{
              name: "api",
              image,
              labels: { team: "shop" },
              command: ["sh"],
            },
            netns: { nsmode: "none" },
          });
          assertEquals(await list(`${OWN}/containers/json?last=1`), ["api"]);
          assertEquals(await list(`${OWN}/containers/json?last=2`), [
            "web",
            "api",
          ]);
          await itself(`DELETE ${OWN}/containers/api`);
        },
      );
      for (const [path, own, other] of INSPECTS) {
        await t.step(`${path} shows what is in scope`, async () => {
          const shown = path.replace("@", own);
          assertEquals((await ask(`GET ${shown}`)).status, 200, shown);
          const status = async (name: string) =>
            (await send(socket, `GET ${path.replace("@", name)}`)).status;
          assertEquals([await status(other), await status("nothing")], [
            404,
            404,
          ]);
        });
      }
      await t.step("info counts what is in scope", async () => {
        const { store } = await jsonOf(`${OWN}/info`);
        assertEquals(
          store.containerStore,
          { number: 1, paused: 0, running: 0, stopped: 1 },
        );
        assertEquals(store.imageStore, { number: 1 });
        const { Containers, Images } = await jsonOf("/v1.41/info");
        assertEquals([Containers, Images], [1, 1]);
      });
      for (const path of [`${OWN}/events`, "/v1.41/events"]) {
        await t.step(`${path} shows events of what is in scope`, async () => {
          const { body } = await ask(
            `GET ${path}?stream=false&since=1&until=9999999999`,
          );
          const shown = body.trim().split("\n").map((line) => {
            const { Type, Action, Actor } = JSON.parse(line);
            return `${Type} ${Action} ${Actor.Attributes.name}`;
          });
          for (
            const one of [
              "container create web",
              "volume create data",
              `image tag ${image}`,
            ]
          ) assert(shown.includes(one), `${one} is not in ${shown}`);
        });
      }
      await t.step("what is created gets the scope's label", async () => {
        const volume = await ask(
          `POST ${OWN}/volumes/create`,
          JSON.stringify({ Name: "cache", Label: { made: "here" } }),
        );
        assertEquals(volume.status, 201, volume.body);
        assertEquals(JSON.parse(volume.body).Labels, {
          made: "here",
          team: "shop",
        });
        const network = await ask(
          `POST ${OWN}/networks/create`,
          JSON.stringify({ name: "mid", driver: "bridge", id: "" }),
        );
        assertEquals(network.status, 200, network.body);
        assertEquals(JSON.parse(network.body).labels, { team: "shop" });
        const taken = await send(
          socket,
          `POST ${OWN}/volumes/create`,
          JSON.stringify({ Name: "vault", IgnoreIfExists: true }),
        );
        assertEquals(taken.status, 409);
      });
      await t.step("a prune leaves what is outside", async () => {
        await post("volumes/create", {
          Name: "idle",
          Labels: { team: "bank" },
        });
        const label = filters({ label: ["team=bank"] });
        for (const api of [OWN, "/v1.41"]) {
          const call = `POST ${api}/volumes/prune`;
          assertEquals((await send(socket, `${call}?${label}`)).status, 403);
          const all = filters({ all: ["true"] });
          assertEquals((await send(socket, `${call}?${all}`)).status, 403);
        }
        for (const kind of ["volumes", "networks"]) {
          const { status, body } = await ask(`POST ${OWN}/${kind}/prune`);
          assertEquals(status, 200, body);
        }
        assertEquals((await names(`${OWN}/volumes/json`)).toSorted(), [
          "data",
          "idle",
          "vault",
        ]);
        assertEquals((await names(`${OWN}/networks/json`)).toSorted(), [
          "back",
          "podman",
        ]);
        const { status, body } = await ask(`POST ${OWN}/containers/prune`);
        assertEquals(status, 200, body);
        assertEquals(await names(`${OWN}/containers/json?all=true`), [["db"]]);
      });
      await t.step("no answer had a trace of others", () => {
        assertEquals(
          foreignIn(seen.replaceAll(/^GET .*$/gm, ""), foreign as Foreign),
          [],
        );
      });
    } finally {
      await warden.stop();
      await podman.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
