/** What would allow findings, each knob once. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { readNeed } from "../../lib/learn/needs.ts";
import { remediesOf } from "../../lib/guard/remedies.ts";
import { judgeGuard } from "../../lib/guard/judge/guard.ts";
import {
  type Case,
  factsOf,
  host,
  judged,
  requestOf,
  rulesOf,
} from "./judge/judging.ts";

function remedies(body: Parameters<typeof judged>[0], of: Case = {}): string[] {
  return remediesOf(rulesOf(of), judged(body, of).refused);
}

Deno.test("the entries of one list stand in one list, each once", () => {
  const body = host({
    Binds: ["/etc/localtime:/a:ro", "/run/dbus:/b", "/etc/localtime:/c:ro"],
    CapAdd: ["NET_ADMIN", "SYS_MODULE"],
    PidMode: "host",
    NetworkMode: "host",
  });
  assertEquals(
    remedies(body).toSorted(),
    [
      "binds: [/etc/localtime:ro, /run/dbus]",
      "capabilities: [NET_ADMIN, SYS_MODULE]",
      "namespaces: [pid, net]",
    ],
  );
});

Deno.test("what only a verdict allows makes the verdict of the whole knob", () => {
  const body = host({
    Devices: [{ PathOnHost: "/dev/dri" }],
    DeviceRequests: [{ Driver: "nvidia", Count: -1 }],
  });
  assertEquals(remedies(body), ["devices: allow"]);
});

Deno.test("of what is required all that is lacking is left out", () => {
  const knobs = { require: ["memory", "pids", "read-only"] };
  assertEquals(
    remedies(host({ ReadonlyRootfs: true }), { knobs }),
    ["require: [read-only]"],
  );
  const labels = { "labels-required": ['a=", "', "b"] };
  assertEquals(remedies({ Image: "app" }, { knobs: labels }), [
    "labels-required: []",
  ]);
});

Deno.test("of ceilings the highest is named", () => {
  const knobs = { "memory-max": "1m" };
  const body = {
    Image: "app",
    Memory: 3000000,
    HostConfig: { Memory: 2000000 },
  };
  assertEquals(remedies(body, { knobs }), ["memory-max: 3000000"]);
});

Deno.test("fields that no table has stand in one list too", () => {
  const rules = rulesOf({});
  const request = requestOf({
    Image: "app",
    HostConfig: { Newest: 1, Older: 2 },
  });
  const { refused } = judgeGuard(rules, request, factsOf());
  assertEquals(remediesOf(rules, refused), [
    "fields: [HostConfig.Newest, HostConfig.Older]",
  ]);
});

Deno.test("a name that has '*' becomes no entry, which would be a pattern", () => {
  const knobs = {
    networks: ["front"],
    volumes: ["data"],
    images: ["app"],
    commands: ["ls"],
  };
  const starred = host({ NetworkMode: "b*k" });
  const [one] = judged(starred, { knobs }).refused;
  assertEquals(one!.remedy, "networks: [?]");
  assertStringIncludes(one!.what, "no entry names it alone");
  for (
    const [operation, knob, body] of [
      ["network.create", "networks", { Name: "*" }],
      ["volume.create", "volumes", { Name: "d*" }],
      ["container.create", "images", { Image: "*" }],
      ["container.exec.create", "commands", { Cmd: ["ls", "*"] }],
    ] as const
  ) {
    const of = { knobs, operation };
    const collector = judgeGuard(rulesOf(of), requestOf(body, of), factsOf(of));
    const found = collector.refused.filter((one) => one.knob === knob);
    assertEquals(found.map(({ remedy }) => remedy), [`${knob}: [?]`]);
    const text = `default: { guard: { ${found[0]!.remedy} } }`;
    // Neither a policy file nor a recording takes it.
    assert("problems" in readPolicyFile("p.yaml", text), text);
    assertEquals(readNeed(found[0]!.remedy), null);
  }
});
