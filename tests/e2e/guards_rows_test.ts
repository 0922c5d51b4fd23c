/**
 * Each field of the bodies that guards judge, on a real engine: what is refused
 * is not made, however it is spelled, and what is accepted is there. The engine
 * itself is asked, and it is shown that it would have made what was refused.
 */

import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/guard/json.ts";
import { readBody } from "../../lib/guard/schema/read.ts";
import { placeOf } from "../../lib/guard/judge/unknown.ts";
import { whySkipped } from "./dockerd.ts";
import {
  type Asked,
  creation,
  FAMILIES,
  IMAGE,
} from "./guard_rows/families.ts";
import { isAtRoot, placesOf } from "./guard_rows/places.ts";
import {
  bodyOf,
  LEVELS,
  type Rig,
  runFamily,
  withIds,
} from "./guard_rows/run.ts";
import { send } from "./raw.ts";
import { type ScopeRig, withScopes } from "./scope_rig.ts";

const reason = whySkipped();

Deno.test("each field that is judged has a row, and each row is a field", () => {
  for (const { operation, tables } of FAMILIES) {
    const rows = tables.flatMap(({ at, rows }) =>
      Object.keys(rows).map((place) => at + place)
    );
    const places = [...placesOf(operation).keys()].filter((place) =>
      operation !== "container.create" || !isAtRoot(place)
    );
    assertEquals(rows.sort(), places.sort(), operation);
  }
});

Deno.test("a row without a refused value says why", () => {
  for (const { operation, tables } of FAMILIES) {
    const knobs = placesOf(operation);
    const silent = tables.flatMap(({ at, rows }) =>
      Object.entries(rows).flatMap(([place, { cases, why }]) =>
        why !== "" || cases.some(({ strict }) => strict !== null) ||
          knobs.get(at + place) === "free"
          ? []
          : [at + place]
      )
    );
    assertEquals(silent, [], operation);
  }
});

Deno.test("the values of a row have its field", () => {
  for (const family of FAMILIES) {
    for (const table of family.tables) {
      for (const [place, { cases }] of Object.entries(table.rows)) {
        // A structure whose fields have rows.
        if (cases.length === 0) continue;
        const found = cases.some((one) => {
          const body = bodyOf(family, table, place, one, false);
          const read = readBody(
            family.operation,
            new TextEncoder().encode(JSON.stringify(body)),
          );
          if ("problem" in read) throw new Error(`${place}: ${read.problem}`);
          assertEquals(read.unknown, [], place);
          return read.fields.some(({ path }) =>
            placeOf(path) === table.at + place
          );
        });
        assertEquals(found, true, `${family.operation} ${table.at}${place}`);
      }
    }
  }
});

/** Fields whose default is wider in an old version of the API, and which level says so. */
const OLD_DEFAULTS = [
  ["standard", "1.40", "CgroupnsMode"],
  ["strict", "1.40", "CgroupnsMode"],
  ["strict", "1.39", "IpcMode"],
] as const;

/** What the clients may do. */
const ALLOW =
  'allow: ["container.*", "exec.*", "network.*", "volume.*", "image.*", "system.*", "swarm.*", "service.*", "secret.*", "config.*", "node.*", "plugin.*", "checkpoint.*"]';

function askedOf(
  socket: string,
  ids: Readonly<Record<string, string>> = {},
): Asked {
  return {
    async get(target) {
      const { status, body } = await send(socket, `GET ${target}`);
      return status === 200 ? JSON.parse(body) : null;
    },
    async call(call, body) {
      const { status, body: text } = await send(
        socket,
        call,
        body === undefined ? null : withIds(ids, body),
      );
      if (status >= 300) throw new Error(`${call}: ${status} ${text}`);
      return text === "" ? null : JSON.parse(text);
    },
    async drop(call) {
      await send(socket, call);
    },
  };
}

/** Makes what the rows name. */
async function populate(asked: Asked): Promise<Record<string, string>> {
  const { call } = asked;
  const idOf = async (one: string, body: JsonObject) => {
    const made = await call(one, body) as JsonObject;
    return String(made["Id"] ?? made["ID"]);
  };
  await call("POST /swarm/init", {
    ListenAddr: "127.0.0.1:2377",
    AdvertiseAddr: "127.0.0.1",
  });
  await call(`POST /images/${IMAGE}/tag?repo=sockwarden-other&tag=1`);
  const network = (name: string, more: JsonObject = {}) =>
    idOf("POST /networks/create", { Name: name, ...more });
  await network("own", {
    EnableIPv6: true,
    IPAM: {
      Config: [{ Subnet: "10.77.0.0/16" }, { Subnet: "fd77::/64" }],
    },
  });
  await network("second");
  await network("template", { ConfigOnly: true });
  const swarmed = await network("swarmed", {
    Driver: "bridge",
    Scope: "swarm",
  });
  await call("POST /volumes/create", { Name: "data" });
  await call("POST /volumes/create", {
    Name: "trap",
    DriverOpts: { type: "none", o: "bind", device: "/etc" },
  });
  const container = (name: string, body: JsonObject) =>
    call(`POST /containers/create?name=${name}`, body);
  for (const name of ["inside", "still"]) await container(name, creation(true));
  await container("outside", {
    ...creation(false),
    HostConfig: { Privileged: true, Binds: ["/etc:/e"], NetworkMode: "own" },
  });
  await call("POST /containers/inside/start");
  const stored = { Data: "YQ==" };
  return {
    "@SWARMED": swarmed,
    "@SECRET": await idOf("POST /secrets/create", {
      Name: "secret",
      ...stored,
    }),
    "@CONFIG": await idOf("POST /configs/create", {
      Name: "config",
      ...stored,
    }),
  };
}

/** The ids of all objects. */
async function listOf({ get }: Asked): Promise<string> {
  const lists = await Promise.all(
    [
      "/containers/json?all=1",
      "/networks",
      "/services",
      "/secrets",
      "/configs",
      "/images/json",
    ].map(get),
  );
  const volumes = (await get("/volumes") as JsonObject)["Volumes"];
  return [...lists, volumes].map((list) =>
    ((list ?? []) as JsonObject[]).map((one) =>
      one["Id"] ?? one["ID"] ?? one["Name"]
    ).sort().join(" ")
  ).join("\n");
}

async function rigOf({ dockerd, socketOf }: ScopeRig): Promise<Rig> {
  const ids = await populate(askedOf(dockerd.socket));
  const asked = askedOf(dockerd.socket, ids);
  const version = await asked.get("/version") as JsonObject;
  return {
    asked,
    engine: dockerd.socket,
    socketOf,
    modern: Number(String(version["ApiVersion"]).split(".")[1]) > 41,
    ids,
    list: () => listOf(asked),
  };
}

if (reason !== null) {
  Deno.test.ignore(`rows of guards end to end: ${reason}`, () => {});
} else {
  Deno.test("rows of guards end to end", async (t) => {
    const clients = Object.fromEntries(
      LEVELS.map((level) => [level, [
        ALLOW,
        `guard: { level: ${level}${
          level === "strict" ? `, images: ["${IMAGE}"]` : ""
        } }`,
      ]]),
    );
    await withScopes(clients, async (scopes) => {
      const rig = await rigOf(scopes);
      for (const family of FAMILIES) {
        await t.step(`${family.operation}: each row`, async () => {
          const wrong = await runFamily(rig, family);
          assertEquals(wrong, []);
        });
      }
      await t.step("what old versions of the API make is judged", async () => {
        for (const [level, version, field] of OLD_DEFAULTS) {
          const body = creation(true);
          const { [field]: _, ...HostConfig } = {
            IpcMode: "private",
            CgroupnsMode: "private",
            ...body["HostConfig"] as JsonObject,
          };
          const { status, body: text } = await send(
            rig.socketOf(level),
            `POST /v${version}/containers/create?name=row`,
            JSON.stringify({ ...body, HostConfig }),
          );
          assertEquals([status, text.includes(field)], [403, true], text);
          assertEquals(await rig.asked.get("/containers/row/json"), null);
        }
      });
    });
  });
}
