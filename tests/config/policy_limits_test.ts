import { assertEquals, assertStringIncludes } from "@std/assert";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { config, problem } from "../support/config.ts";
import { policyFile } from "../support/policy.ts";

const ALL = {
  requests: 8,
  streams: 4,
  rate: 50,
  burst: 100,
  uploadRate: 10 << 20,
};

Deno.test("limits are read of a client and of all others", () => {
  const { file } = policyFile(
    "clients: { ci: { from: { host: a }, limits: { requests: 8, streams: 4, rate: 50, burst: 100, upload-rate: 10m } } }\n" +
      "default: { limits: { rate: 5, upload-rate: 4096 } }",
  );
  assertEquals(file.clients[0]!.grants.limits, {
    ...ALL,
    setting: "policy.yaml:1:37 limits",
  });
  assertEquals(file.rest.limits, {
    requests: null,
    streams: null,
    rate: 5,
    burst: 5,
    uploadRate: 4096,
    setting: "policy.yaml:2:12 limits",
  });
  assertEquals(policyFile("default: {}").file.rest.limits, null);
});

for (
  const [text, ...parts] of [
    ["limits: {}", "default.limits", "such as { requests: 16, rate: 50 }"],
    ["limits: 5", "default.limits: found the number 5", "a mapping with"],
    ["limits: { request: 5 }", "unknown key", "did you mean requests?"],
    [
      "limits: { requests: 0 }",
      "1:32: default.limits.requests: found the number 0",
      "expected a whole number from 1 to 100000",
    ],
    ["limits: { rate: 1.5 }", "found the number 1.5", "whole number"],
    ["limits: { streams: many }", "found 'many'", "whole number from 1"],
    ["limits: { streams: [1] }", "found a list", "whole number from 1"],
    ["limits: { rate: -5 }", "found the number -5", "whole number"],
    ["limits: { rate: 100001 }", "from 1 to 100000"],
    ["limits: { burst: 5 }", "default.limits.burst", "no effect without rate"],
    [
      "limits: { upload-rate: 1k }",
      "found '1k'",
      "expected a size from 4k to 1024g, such as 10m",
    ],
    ["limits: { upload-rate: 10 MB }", "found '10 MB'", "expected a size"],
    ["limits: { upload-rate: true }", "found the boolean true"],
  ] as const
) {
  Deno.test(`${text} is refused`, () => {
    const read = readPolicyFile("policy.yaml", `default: { ${text} }`);
    const problems = "problems" in read ? read.problems : [];
    assertEquals(problems.length, 1, problems.join("\n"));
    for (const part of parts) assertStringIncludes(problems[0]!, part);
  });
}

Deno.test("--limits and SOCKWARDEN_LIMITS are read as the file's", () => {
  const words = "requests=8,streams=4,rate=50,burst=100,upload-rate=10m";
  assertEquals(config(["--containers", `--limits=${words}`]).grants.limits, {
    ...ALL,
    setting: "--limits",
  });
  assertEquals(
    config([], { CONTAINERS: "1", SOCKWARDEN_LIMITS: words }).grants.limits,
    { ...ALL, setting: "SOCKWARDEN_LIMITS" },
  );
  assertEquals(config(["--containers"]).grants.limits, null);
});

for (
  const [value, ...parts] of [
    ["rate", "--limits 'rate': expected NAME=VALUE with requests, streams"],
    ["rates=5", "did you mean rate?"],
    ["rate=", "expected a whole number"],
    ["rate=5,rate=6", "rate is given twice"],
    ["burst=5", "--limits: burst has no effect without rate"],
    ["upload-rate=1", "expected a size from 4k"],
    ["rate=5=6", "expected a whole number"],
  ] as const
) {
  Deno.test(`--limits=${value} is refused`, () => {
    const found = problem(["--containers", `--limits=${value}`]);
    for (const part of parts) assertStringIncludes(found, part);
  });
}
