import { assertEquals } from "@std/assert";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { formatUntil, UNTIL_WORDS } from "../../lib/policy/until.ts";
import { policyFile } from "../support/policy.ts";

/** The rules of the default's allow, each with its place and its end. */
function allowed(text: string): string[] {
  return policyFile(text).file.rest.allow.map(({ text, setting, until }) =>
    [setting, text, ...until === undefined ? [] : [formatUntil(until)]].join(
      " ",
    )
  );
}

function problems(text: string): string[] {
  const read = readPolicyFile("policy.yaml", text);
  return "problems" in read ? read.problems : [];
}

const RULE =
  "an operation such as container.restart, a pattern such as container.*:read, or a list of them";
const EXAMPLE = "{ rule: container.restart, until: 2027-03-01 }";

for (
  const [text, rules] of [
    [
      "default: { allow: [ system.ping, { rule: exec.start, until: 2027-03-01 }, image.list ] }",
      [
        "policy.yaml:1:21 system.ping",
        "policy.yaml:1:42 exec.start 2027-03-01T00:00:00Z",
        "policy.yaml:1:75 image.list",
      ],
    ],
    [
      "default: { allow: { rule: [ exec.*, GET /new/* ], until: 2027-03-01T18:00:00+01:00 } }",
      [
        "policy.yaml:1:29 exec.* 2027-03-01T17:00:00Z",
        "policy.yaml:1:37 GET /new/* 2027-03-01T17:00:00Z",
      ],
    ],
    [
      '{ "default": { "allow": [ { "until": "2027-03-01", "rule": "exec.start" } ] } }',
      ["policy.yaml:1:60 exec.start 2027-03-01T00:00:00Z"],
    ],
    ["default: { allow: [] }", []],
  ] as const
) {
  Deno.test(`readAllow() reads ${text}`, () => {
    assertEquals(allowed(text), [...rules]);
  });
}

for (
  const [value, found] of [
    ["2027-02-30", "found '2027-02-30'"],
    ["2027-03-01T18:00:00", "found '2027-03-01T18:00:00'"],
    ["2027", "found the number 2027"],
    ["", "found nothing"],
    ["[ 2027-03-01 ]", "found a list"],
    ["true", "found the boolean true"],
  ] as const
) {
  Deno.test(`readAllow() refuses the end '${value}' with its place and the form`, () => {
    assertEquals(
      problems(
        `default: { allow: { until: ${value}, rule: exec.start } }`,
      ),
      [
        `policy.yaml:1:${
          value === "" ? 21 : value.startsWith("[") ? 30 : 28
        }: default.allow.until: ${found}: expected ${UNTIL_WORDS}`,
      ],
    );
  });
}

for (
  const [allow, found] of [
    [
      "{ rule: exec.start }",
      [`1:21: default.allow: until is missing: expected ${EXAMPLE}`],
    ],
    [
      "{ until: 2027-03-01 }",
      [`1:21: default.allow: rule is missing: expected ${EXAMPLE}`],
    ],
    [
      "{ rule: exec.start, until: 2027-03-01, from: 2026-01-01 }",
      ["1:58: default.allow: unknown key 'from': expected rule, until"],
    ],
    [
      "{ rule: [], until: 2027-03-01 }",
      [`1:21: default.allow.rule: found an empty list: expected ${RULE}`],
    ],
    [
      "{ rule: exec.strt, until: 2027-03-01 }",
      [
        "1:27: default.allow: 'exec.strt' matches no operation; did you mean exec.start?",
      ],
    ],
    [
      "[ [ { rule: exec.start, until: 2027-03-01 } ] ]",
      [`1:25: default.allow: found a list: expected ${RULE}`],
    ],
  ] as const
) {
  Deno.test(`readAllow() refuses ${allow}`, () => {
    assertEquals(
      problems(`default: { allow: ${allow} }`),
      found.map((problem) => `policy.yaml:${problem}`),
    );
  });
}

for (const key of ["deny", "preset", "allow-self"]) {
  Deno.test(`a rule of ${key} has no end`, () => {
    assertEquals(
      problems(
        `default: { ${key}: [ { rule: container.stop, until: 2027-03-01 } ] }`,
      ),
      [
        `policy.yaml:1:${
          18 + key.length
        }: default.${key}: until may stand in allow only: a refusal that ends would allow more by itself, and a preset or allow-self grants by the operations that allow names`,
      ],
    );
  });
}
