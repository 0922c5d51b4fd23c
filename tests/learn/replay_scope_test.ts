/** What a scope says of recorded objects. */

import { assertEquals } from "@std/assert";
import type { Entry } from "../../lib/learn/recording.ts";
import { replay } from "../../lib/learn/replay.ts";
import { compile } from "../../lib/policy/compile.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  asLog,
  creation,
  networks,
  onContainer,
  plain,
  tallyOf,
  volumes,
} from "./recordings.ts";

/** `kind` of the verdict on one call under a scope. */
function under(
  scope: string,
  call: Partial<Entry>,
  isLog = false,
): string {
  const { file } = policyFile(
    `default: { allow: ["container.*", image.inspect, image.pull, image.tag, image.delete, "network.*"], ${scope} }`,
  );
  const tally = tallyOf([{ client: "", ...call }]);
  const [one] = replay(
    compile(grants({}), file),
    isLog ? asLog(tally) : tally,
  );
  return one!.verdict.kind;
}

const web = onContainer("container.logs", "web", {
  object: {
    kind: "container",
    name: "web",
    project: "shop",
    labels: ["team=shop"],
  },
});

Deno.test("an object is judged by its name, its project and its labels", () => {
  for (
    const [scope, kind] of [
      ["name: web", "allowed"],
      ['name: "w*"', "allowed"],
      ["name: db", "refused"],
      ["project: shop", "allowed"],
      ["project: other", "refused"],
      ["label: team", "allowed"],
      ["label: team=shop", "allowed"],
      ["label: team=other", "refused"],
      ["label: role", "refused"],
      ['name: "*", not: { project: shop }', "refused"],
      ["label: com.docker.compose.service=web", "undecided"],
    ]
  ) assertEquals(under(`containers: { ${scope} }`, web), kind, scope);
});

Deno.test("what is not known is not claimed", () => {
  const unnamed = onContainer("container.logs", "", {
    object: { kind: "container", name: "", project: "shop" },
  });
  assertEquals(under("containers: { name: web }", unnamed), "undecided");
  assertEquals(under("containers: { project: shop }", unnamed), "allowed");
  const full = onContainer("container.logs", "web", {
    object: {
      kind: "container",
      name: "web",
      labels: Array.from({ length: 8 }, (_, i) => `l${i}=x`),
    },
  });
  assertEquals(under("containers: { label: team }", full), "undecided");
  // A log has names alone.
  assertEquals(under("containers: { name: web }", web, true), "allowed");
  assertEquals(under("containers: { label: team }", web, true), "undecided");
  assertEquals(
    under("containers: { name: web }", onContainer("container.rename", "web")),
    "undecided",
  );
  assertEquals(
    under("networks: { name: shop }", onContainer("container.start", "web")),
    "undecided",
  );
});

Deno.test("a creation is judged by the network, the volume and the image that it names", () => {
  const create = creation("db", [], {
    joins: [...networks("shop"), ...volumes("data")],
  });
  const scope = (networks: string, images = "any") =>
    under(
      `containers: { name: db }, networks: ${networks}, volumes: { name: data }, images: ${images}`,
      create,
    );
  assertEquals(scope("{ name: shop }"), "allowed");
  assertEquals(scope("{ name: other }"), "refused");
  assertEquals(scope("{ project: shop }"), "refused");
  assertEquals(scope("any", '{ use: "postgres:*" }'), "allowed");
  assertEquals(scope("any", '{ use: "redis:*" }'), "refused");
  assertEquals(
    under("containers: { name: db }, images: any", create),
    "refused",
  );
});

Deno.test("a start is judged by what its container joined, where that was recorded", () => {
  const start = onContainer("container.start", "web");
  const scope = "containers: any, networks: { name: shop }, volumes: any";
  assertEquals(under(scope, start), "undecided");
  const joins = (name: string) => ({ ...start, joins: networks(name) });
  assertEquals(under(scope, joins("shop")), "allowed");
  assertEquals(under(scope, joins("other")), "refused");
});

Deno.test("images are judged by name and by what is done with them", () => {
  const image = (operation: string, name: string) =>
    plain(operation, "POST", "/images/x/y", {
      query: operation === "image.pull" ? ["fromImage"] : undefined,
      object: { kind: "image", name },
    });
  const scope = 'images: { use: "redis:*", change: "mine:1" }';
  for (
    const [call, kind] of [
      [image("image.pull", "redis:7"), "allowed"],
      [image("image.pull", "redis"), "allowed"],
      [image("image.pull", "mine"), "refused"],
      [image("image.delete", "redis:7"), "refused"],
      [image("image.delete", "mine:1"), "allowed"],
      [image("image.inspect", "deadbeef"), "undecided"],
      [image("image.tag", "mine:1"), "undecided"],
    ] as const
  ) assertEquals(under(scope, call), kind, JSON.stringify(call.object));
});

Deno.test("a prune runs with one label or project, and a kind without a scope is closed", () => {
  const prune = plain("container.prune", "POST", "/containers/prune");
  assertEquals(under("containers: { label: team=shop }", prune), "allowed");
  assertEquals(under("containers: { name: web }", prune), "refused");
  const connect = plain("network.connect", "POST", "/networks/n/connect", {
    object: { kind: "network", name: "n" },
    body: { needs: [] },
  });
  assertEquals(under("containers: { name: web }", connect), "refused");
});

Deno.test("a name that was not there is answered alike in a scope and outside of it", () => {
  const inspect = (status: number) =>
    onContainer("container.inspect", "gone", { method: "GET", status });
  assertEquals(under("containers: { name: web }", inspect(404)), "allowed");
  assertEquals(under("containers: { name: web }", inspect(200)), "refused");
});
