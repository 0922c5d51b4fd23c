/**
 * Measures `decide()`: with switches alone and for a client of a policy file of
 * 50 clients and 500 rules, in turns in one run. Prints both in nanoseconds and
 * their ratio as JSON; runs on every runtime.
 *
 * @module
 */

import { readFlags } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { monotonic, printStdout } from "../../lib/host.ts";
import { compile, type Policy } from "../../lib/policy/compile.ts";
import { decide, plainRequest } from "../../lib/policy/decide.ts";
import { LAST, policyText } from "./policy.ts";

const TURNS = 41;
const CALLS = 400;
const REQUESTS = [
  ["GET", "/v1.41/containers/json"],
  ["GET", "/v1.41/containers/web/json"],
  ["POST", "/containers/web/restart"],
  ["GET", "/v1.41/images/json"],
  ["GET", "/_ping"],
] as const;

function policies(): [Policy, Policy] {
  const file = readPolicyFile("policy.yaml", policyText());
  if ("problems" in file) throw new Error(file.problems.join("\n"));
  const switches = readConfig(readFlags([]), { CONTAINERS: "1", POST: "1" });
  const policy = readConfig(readFlags([]), {}, file);
  if (switches.config === null || policy.config === null) {
    throw new Error(
      [...switches.problems ?? [], ...policy.problems ?? []].join("\n"),
    );
  }
  return [
    compile(switches.config.grants),
    compile(policy.config.grants, policy.config.policyFile),
  ];
}

function time(policy: Policy, name: string | null): number {
  const client = { name };
  const start = monotonic();
  for (let i = 0; i < CALLS; i++) {
    for (const [method, target] of REQUESTS) {
      decide(policy, client, plainRequest(method, target));
    }
  }
  return (monotonic() - start) * 1e6 / (CALLS * REQUESTS.length);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const [switches, file] = policies();
const withSwitches: number[] = [];
const withFile: number[] = [];
for (let turn = 0; turn < TURNS; turn++) {
  withSwitches.push(time(switches, null));
  withFile.push(time(file, LAST));
}
const [base, policy] = [median(withSwitches), median(withFile)];
printStdout(
  JSON.stringify({
    switches: Math.round(base),
    file: Math.round(policy),
    ratio: Number((policy / base).toFixed(3)),
  }) + "\n",
);
