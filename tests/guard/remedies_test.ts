/** What would allow findings, each knob once. */

import { assertEquals } from "@std/assert";
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
