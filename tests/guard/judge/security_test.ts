/** What the judges of devices say: each names what to look for in a compose file. */

import { assertEquals } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import { host, judged } from "./judging.ts";

function said(config: Readonly<Record<string, JsonValue>>): string[] {
  return judged(host(config)).refused.map(({ path, what }) =>
    `${path} ${what}`
  );
}

Deno.test("devices that a driver gives are told by the driver and what they can do", () => {
  const requests: JsonValue = [
    { Driver: "nvidia", Count: -1, Capabilities: [["gpu", "video"], ["tpu"]] },
    { Count: -1, Capabilities: [["gpu"]] },
  ];
  assertEquals(said({ DeviceRequests: requests }), [
    "HostConfig.DeviceRequests[0] asks for devices of the host by a driver (nvidia, gpu, video, tpu)",
    "HostConfig.DeviceRequests[1] asks for devices of the host by a driver (gpu)",
  ]);
});

Deno.test("a rule of devices is told as it is written", () => {
  assertEquals(said({ DeviceCgroupRules: ["c 189:* rmw"] }), [
    "HostConfig.DeviceCgroupRules[0] opens devices of the host by the rule 'c 189:* rmw'",
  ]);
});

Deno.test("the engine's socket is told with what to give in its place", () => {
  assertEquals(said({ Binds: ["/var/run/docker.sock:/s:ro"] }), [
    "HostConfig.Binds[0] mounts '/var/run/docker.sock', by which the engine is driven, which is root on the host (give it a socket or an address of sockwarden instead), read-only",
  ]);
});
