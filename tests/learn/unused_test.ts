/** Rights that recordings do not need. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findUnused } from "../../lib/learn/unused.ts";
import type { Entry } from "../../lib/learn/recording.ts";
import { compile } from "../../lib/policy/compile.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { asLog, creation, onContainer, plain, tallyOf } from "./recordings.ts";

const SINCE = "2026-11-20T00:00:00Z";

function unused(
  client: string,
  calls: readonly Partial<Entry>[],
  isLog = false,
) {
  const { file } = policyFile(
    `clients: { ci: { from: { host: ci }, ${client} } }`,
  );
  const [found] = findUnused(
    compile({ ...grants({}), defaultSwitches: false }, file),
    isLog ? asLog(tallyOf(calls)) : tallyOf(calls),
    SINCE,
  );
  return {
    lines: found?.unused.map((
      { remove, keep, last },
    ) => [remove, keep, last.slice(0, 10)]) ?? [],
    says: found?.says.join("\n") ?? "",
    notes: found?.unused.map(({ note }) => note).join("\n") ?? "",
  };
}

const list = plain("container.list", "GET", "/containers/json");
const old = { first: "2026-11-01T00:00:00Z", last: "2026-11-02T00:00:00Z" };

Deno.test("an operation that was not used is listed with when it was last used", () => {
  const { lines } = unused(
    "allow: [container.list, container.logs, container.stop, GET /new/*]",
    [list, { ...onContainer("container.logs", "web"), ...old }],
  );
  assertEquals(lines, [
    ["allow: container.logs", "", "2026-11-02"],
    ["allow: container.stop", "", ""],
    ["allow: GET /new/*", "", ""],
  ]);
  assertEquals(
    unused("allow: [container.list, GET /new/*]", [
      list,
      plain("-", "GET", "/v1.41/new/thing"),
    ]).lines,
    [],
  );
});

Deno.test("of a wildcard or a preset what was used stands in its place", () => {
  const { lines, notes } = unused('allow: ["network.*:read", container.list]', [
    list,
    plain("network.list", "GET", "/networks"),
  ]);
  assertEquals(lines, [
    ["allow: network.*:read", "allow: network.list", ""],
  ]);
  assertStringIncludes(notes, "1 of its 2 operations: network.inspect");
  const preset = unused("preset: dozzle", [list]).lines;
  assertEquals(preset, [["allow: dozzle", "allow: container.list", ""]]);
});

Deno.test("a call that failed used the right, one that was refused did not", () => {
  const stop = onContainer("container.stop", "web");
  assertEquals(
    unused("allow: [container.stop]", [{ ...stop, status: 404 }]).lines,
    [],
  );
  assertEquals(
    unused("allow: [container.stop]", [{
      ...stop,
      status: 403,
      code: "policy.own_container",
    }]).lines.length,
    1,
  );
});

Deno.test("an entry of a scope that nothing needed is listed", () => {
  const web = onContainer("container.stop", "web", {
    object: {
      kind: "container",
      name: "web",
      project: "shop",
      labels: ["team=shop"],
    },
  });
  const terms = (scope: string, ...calls: Partial<Entry>[]) =>
    unused(`allow: [container.stop], containers: { ${scope} }`, [web, ...calls])
      .lines.map(([remove]) => remove);
  assertEquals(terms("name: [web, db]"), ["containers.name: db"]);
  assertEquals(terms("project: [shop, other]"), ["containers.project: other"]);
  assertEquals(terms("label: [team=shop, role]"), ["containers.label: role"]);
  assertEquals(
    terms("name: [web, db]", {
      ...onContainer("container.stop", "db"),
      ...old,
    }),
    ["containers.name: db"],
  );
});

Deno.test("an entry is not called unused where it is not known what was reached", () => {
  const stop = onContainer("container.stop", "");
  const { lines, says } = unused(
    "allow: [container.stop], containers: { name: [web] }",
    [stop],
  );
  assertEquals(lines, []);
  assertStringIncludes(says, "containers.name: web: not decided");
  // A log names no labels.
  const log = unused(
    "allow: [container.stop], containers: { label: team }",
    [onContainer("container.stop", "web")],
    true,
  );
  assertEquals(log.lines, []);
  assertStringIncludes(log.says, "containers.label: team: not decided");
});

Deno.test("what a list may have shown is told beside the entry", () => {
  const { notes } = unused(
    "allow: [container.list], containers: { name: [web] }",
    [list],
  );
  assertStringIncludes(notes, "container.list may have shown it");
});

Deno.test("images are listed by what is done with them", () => {
  const pull = plain("image.pull", "POST", "/images/create", {
    query: ["fromImage"],
    object: { kind: "image", name: "redis:7" },
  });
  const { lines } = unused(
    'allow: [image.pull], images: { use: ["redis:*", "mysql:*"], change: ["redis:7"] }',
    [pull],
  );
  assertEquals(lines.map(([remove]) => remove), [
    "images.use: mysql:*",
    "images.change: redis:7",
  ]);
});

Deno.test("an allowance of a guard that nothing needed is listed", () => {
  const { lines } = unused(
    "allow: [container.create], guard: { binds: [/srv/data, /srv/old], privileged: allow, devices: deny, memory-max: 2g, require: [memory], fields: [HostConfig.New] }",
    [creation("db", ["binds: [/srv/data]"])],
  );
  assertEquals(lines.map(([remove]) => remove), [
    "guard.privileged: allow",
    "guard.binds: /srv/old",
    "guard.fields: HostConfig.New",
  ]);
  // Of what strict allows there is no need in a recording.
  const networks = unused(
    "allow: [container.create], guard: { networks: [shop] }",
    [creation("db", [])],
  );
  assertEquals(networks.lines, []);
  assertStringIncludes(networks.says, "guard.networks: shop: not decided");
  const { lines: none, says } = unused(
    "allow: [container.create], guard: { privileged: allow }",
    [creation("db", [], { body: undefined })],
  );
  assertEquals(none, []);
  assertStringIncludes(says, "guard.privileged: allow: not decided");
});

Deno.test("switches and flags are those of the clients that are not in the file", () => {
  const found = findUnused(
    compile(grants({ CONTAINERS: 1, EVENTS: 0, PING: 0, VERSION: 0 })),
    tallyOf([{ ...list, client: "" }]),
    SINCE,
  );
  const [one] = found;
  assertEquals(one!.client, null);
  const containers = one!.unused.find(({ remove }) =>
    remove === "CONTAINERS=1"
  )!;
  assertEquals(containers.keep, "allow: container.list");
  assert(containers.note.includes("container.inspect"));
});
