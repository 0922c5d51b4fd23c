/** What is known of objects without a question, and how the engine's events keep it true. */

import { assertEquals } from "@std/assert";
import { inspectContainer } from "../../lib/identity/engine_queries.ts";
import { createObjectQueries } from "../../lib/identity/object_queries.ts";
import {
  createObjectIndex,
  MAX_UNSURE,
  type ObjectIndex,
} from "../../lib/identity/object_index.ts";
import { compile } from "../../lib/policy/compile.ts";
import { type EngineConnection, ok, startEngine } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { eventually } from "../support/proxy.ts";

interface Engine {
  /** Containers by id; tests change them. */
  readonly containers: Map<string, { name: string; labels: object }>;
  readonly volumes: Map<string, object>;
  readonly asked: string[];
  readonly followers: EngineConnection[];
  /** Holds the list of containers back until it resolves. */
  listed: Promise<void>;
}

interface Known {
  readonly engine: Engine;
  readonly index: ObjectIndex;
  readonly changes: string[];
  events(...events: object[]): Promise<void>;
  /** Waits until the engine was asked so. */
  asked(target: string, times?: number): Promise<void>;
}

const A = "a".repeat(64);
const B = "b".repeat(64);
const SCOPED =
  "containers: { label: team=shop }\nvolumes: { label: team=shop }";

function policyOf(keys: string) {
  const { file } = policyFile(
    `default:\n  allow: [container.list]\n${keys.replace(/^(?=.)/gm, "  ")}\n`,
  );
  return compile(grants({}), file);
}

function serve(engine: Engine) {
  return async (connection: EngineConnection, head: string) => {
    const target = head.split(" ")[1]!;
    engine.asked.push(target);
    if (target.startsWith("/events")) {
      engine.followers.push(connection);
      return connection.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
    }
    if (target === "/containers/json?all=1") {
      const body = JSON.stringify([...engine.containers].map(([Id, one]) => ({
        Id,
        Names: ["/other/alias", `/${one.name}`],
        Labels: one.labels,
      })));
      await engine.listed;
      return connection.write(ok(body));
    }
    if (target === "/volumes") {
      const Volumes = [...engine.volumes].map(([Name, Labels]) => ({
        Name,
        Labels,
      }));
      return connection.write(ok(JSON.stringify({ Volumes, Warnings: null })));
    }
    const [, kind, id = ""] = target.split("/");
    const container = engine.containers.get(id);
    if (kind === "containers" && container !== undefined) {
      const { name, labels } = container;
      return connection.write(ok(JSON.stringify({
        Id: id,
        Name: `/${name}`,
        Config: { Labels: labels },
      })));
    }
    const volume = engine.volumes.get(id);
    return connection.write(
      kind === "volumes" && volume !== undefined
        ? ok(JSON.stringify({ Name: id, Labels: volume }))
        : "HTTP/1.1 404 x\r\nContent-Length: 2\r\n\r\n{}",
    );
  };
}

async function withKnown(
  run: (known: Known) => Promise<void>,
  keys = SCOPED,
): Promise<void> {
  const engine: Engine = {
    containers: new Map([
      [A, { name: "web", labels: { team: "shop", other: "x" } }],
    ]),
    volumes: new Map([["data", { team: "shop" }]]),
    asked: [],
    followers: [],
    listed: Promise.resolve(),
  };
  const recording = await startEngine(serve(engine));
  const address = { kind: "unix", path: recording.path } as const;
  const container = (reference: string) => inspectContainer(address, reference);
  const index = createObjectIndex({
    engine: address,
    objects: createObjectQueries(address, { container }),
    tell: () => {},
  });
  const changes: string[] = [];
  index.changed((kind, id) => changes.push(`${kind} ${id}`));
  index.watch(policyOf(keys));
  try {
    await run({
      engine,
      index,
      changes,
      async events(...events) {
        const text = events.map((event) => `${JSON.stringify(event)}\n`)
          .join("");
        await engine.followers.at(-1)!.write(
          `${text.length.toString(16)}\r\n${text}\r\n`,
        );
      },
      asked: (target, times = 1) =>
        eventually(
          `${times} times ${target}`,
          () => engine.asked.filter((one) => one === target).length >= times,
        ),
    });
  } finally {
    index.stop();
    await recording.stop();
  }
}

function event(
  Type: string,
  Action: string,
  ID: string,
  Attributes: object = {},
) {
  return { Type, Action, Actor: { ID, Attributes }, scope: "local" };
}

const web = { id: A, name: "web", labels: new Map([["team", "shop"]]) };
const isKnown = (index: ObjectIndex, id: string, name: string) =>
  eventually(name, () => index.known("containers", id)?.name === name);

Deno.test("objects are known by their id with the labels that scopes name, once they are listed", async () => {
  await withKnown(async ({ engine, index }) => {
    assertEquals(index.known("containers", A), null);
    await isKnown(index, A, "web");
    assertEquals(index.known("containers", A), web);
    assertEquals(index.known("volumes", "data"), {
      id: "data",
      name: "data",
      labels: new Map([["team", "shop"]]),
    });
    assertEquals(index.known("networks", A), null);
    assertEquals(index.known("containers", "web"), null);
    const events = engine.asked.find((one) => one.startsWith("/events"))!;
    assertEquals(JSON.parse(decodeURIComponent(events.split("filters=")[1]!)), {
      type: ["container", "volume"],
      event: ["create", "rename", "destroy", "remove"],
    });
  });
});

Deno.test("nothing is asked, and nothing known, where no client has a scope", async () => {
  await withKnown(async ({ engine, index }) => {
    // Something that is asked later has been asked alone.
    index.watch(policyOf(SCOPED));
    await isKnown(index, A, "web");
    index.watch(policyOf("containers: any"));
    assertEquals(index.known("containers", A), null);
    await eventually("the end", () => engine.followers[0]!.ended);
    assertEquals(engine.followers.length, 1);
  }, "");
});

Deno.test("a container is known as it was created, at once", async () => {
  await withKnown(async ({ engine, index, events, asked, changes }) => {
    await isKnown(index, A, "web");
    const attributes = { team: "shop", name: "db", image: "x" };
    await events(event("container", "create", B, attributes));
    // The engine has lost it already.
    await asked(`/containers/${B}/json`);
    await isKnown(index, B, "db");
    await events(event("container", "destroy", B, { name: "db" }));
    await eventually("the change", () => changes.length === 1);
    assertEquals(changes, [`containers ${B}`]);
    assertEquals(index.known("containers", B), {
      id: B,
      name: "db",
      labels: new Map([["team", "shop"]]),
    });
    assertEquals(engine.asked.filter((one) => one.includes("all=1")).length, 1);
  });
});

Deno.test("an attribute that an event has in the place of a label is none", async () => {
  await withKnown(async ({ engine, index, events, asked }) => {
    await asked("/containers/json?all=1");
    await eventually("the list", () => index.known("containers", A) !== null);
    const attributes = { image: "shop", name: "db" };
    await events(event("container", "create", B, attributes));
    await asked(`/containers/${B}/json`);
    assertEquals(index.known("containers", B), null);
    engine.containers.set(B, { name: "db", labels: { image: "other" } });
    await events(event("container", "rename", B, attributes));
    await isKnown(index, B, "db");
    assertEquals(
      index.known("containers", B)!.labels,
      new Map([["image", "other"]]),
    );
  }, "containers: { label: image=shop }");
});

Deno.test("a rename is known at once, and reported", async () => {
  await withKnown(async ({ engine, index, events, changes }) => {
    await isKnown(index, A, "web");
    engine.containers.get(A)!.name = "new";
    await events(
      event("container", "rename", A, { name: "new", oldName: "/web" }),
    );
    await isKnown(index, A, "new");
    assertEquals(changes, [`containers ${A}`]);
  });
});

Deno.test("a volume that is made again is not what it was", async () => {
  await withKnown(async ({ engine, index, events, asked }) => {
    await eventually("the list", () => index.known("volumes", "data") !== null);
    engine.volumes.set("data", { team: "bank" });
    await events(event("volume", "destroy", "data"));
    await events(event("volume", "create", "data", { team: "shop" }));
    await asked("/volumes/data");
    await eventually(
      "the new one",
      () => index.known("volumes", "data")?.labels.get("team") === "bank",
    );
  });
});

Deno.test("a volume of podman's, whose events have no id, is known by its name", async () => {
  await withKnown(async ({ engine, index, events, asked }) => {
    await eventually("the list", () => index.known("volumes", "data") !== null);
    engine.volumes.set("data", { team: "bank" });
    await events(
      event("volume", "remove", "", { name: "data" }),
      event("volume", "create", "", { name: "data" }),
    );
    await asked("/volumes/data");
    await eventually(
      "the new one",
      () => index.known("volumes", "data")?.labels.get("team") === "bank",
    );
    // Nothing else became uncertain.
    const lists = engine.asked.filter((one) => one === "/volumes");
    assertEquals(lists.length, 1);
  });
});

Deno.test("what happens while the list is under way is newer than the list", async () => {
  const state = Promise.withResolvers<void>();
  await withKnown(async ({ engine, index, events, asked, changes }) => {
    await isKnown(index, A, "web");
    engine.listed = state.promise;
    engine.followers[0]!.close();
    // It has another name by now, and the list had the old one.
    await asked("/containers/json?all=1", 2);
    assertEquals(index.known("containers", A), null);
    engine.containers.get(A)!.name = "new";
    await events(
      event("container", "rename", A, { name: "new", oldName: "/web" }),
    );
    await asked(`/containers/${A}/json`);
    state.resolve();
    await isKnown(index, A, "new");
    await eventually("the list", () => index.known("volumes", "data") !== null);
    assertEquals(index.known("containers", A)!.name, "new");
    assertEquals(changes, [`containers ${A}`]);
  });
});

Deno.test("what went while events were missed is reported by the next list", async () => {
  await withKnown(async ({ engine, index, changes }) => {
    await isKnown(index, A, "web");
    engine.containers.clear();
    engine.containers.set(B, { name: "web", labels: {} });
    engine.followers[0]!.close();
    await isKnown(index, B, "web");
    assertEquals(index.known("containers", A), null);
    assertEquals(changes, [`containers ${A}`]);
  });
});

Deno.test("an event that cannot be read, and too many at once, lead to another list", async () => {
  const many = Array.from(
    { length: MAX_UNSURE + 1 },
    (_, i) => event("container", "create", i.toString(16).padStart(64, "0")),
  );
  for (const texts of [[{}], many]) {
    await withKnown(async ({ index, events, asked }) => {
      await isKnown(index, A, "web");
      await events(...texts);
      await asked("/containers/json?all=1", 2);
      await isKnown(index, A, "web");
    });
  }
});

Deno.test("an event with dangerous attributes makes its container unknown, and no other", async () => {
  await withKnown(async ({ engine, index, events, asked }) => {
    await isKnown(index, A, "web");
    engine.containers.set(B, { name: "db", labels: { team: "shop" } });
    const attributes = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`k${i}`, "x"]),
    );
    await events(event("container", "create", B, attributes));
    await asked(`/containers/${B}/json`);
    await isKnown(index, B, "db");
    assertEquals(engine.asked.filter((one) => one.includes("all=1")).length, 1);
    assertEquals(index.known("containers", A), web);
  });
});
