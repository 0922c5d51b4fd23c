/** What a policy grants before and after the end of its rules. */

import { assert, assertEquals } from "@std/assert";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import { compile, type Policy, verdictOf } from "../../lib/policy/compile.ts";
import { decide, plainRequest } from "../../lib/policy/decide.ts";
import { CLOCK_STARTS, parseUntil } from "../../lib/policy/until.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";

/** Long before, on a clock that is set. */
const START = CLOCK_STARTS;
const END = parseUntil("2027-03-01")!;
const NONE = { ...grants({}), defaultSwitches: false };

function at(now: number | undefined, allow: string, more = ""): Policy {
  return compile(
    NONE,
    policyFile(
      `clients: { ci: { listen: 'unix:///ci', allow: ${allow}${more} } }`,
    ).file,
    now,
  );
}

function granted(policy: Policy): string[] {
  return [...policy.clients.get("ci")!.verdicts.values()]
    .filter(({ allowed }) => allowed).map(({ operation }) => operation.name);
}

function message(policy: Policy, method: string, target: string): string {
  const decision = decide(policy, { name: "ci" }, plainRequest(method, target));
  return decision.outcome === "refused" ? decision.message : "";
}

const ONE = "[ system.ping, { rule: image.list, until: 2027-03-01 } ]";

Deno.test("compile() grants what a rule allows until the very moment of its end", () => {
  assertEquals(granted(at(END - 1, ONE)), ["system.ping", "image.list"]);
  assertEquals(granted(at(END, ONE)), ["system.ping"]);
});

Deno.test("compile() without a clock takes every rule that ends as ended", () => {
  assertEquals(granted(at(undefined, ONE)), ["system.ping"]);
});

Deno.test("compile() says when the next rule ends, of any client", () => {
  const two =
    "[ { rule: image.list, until: 2027-03-02 }, { rule: GET /new, until: 2027-03-01 } ]";
  assertEquals(at(END - 1, two).until, END);
  assertEquals(at(END, two).until, parseUntil("2027-03-02"));
  assertEquals(at(Infinity, two).until, null);
  assertEquals(at(START, "[ system.ping ]").until, null);
  const rest = policyFile(
    "default: { allow: { rule: image.list, until: 2027-03-01 } }",
  ).file;
  assertEquals(compile(NONE, rest, START).until, END);
});

Deno.test("compile() leaves an ended path rule out", () => {
  const path = "{ rule: GET /new, until: 2027-03-01 }";
  const outcome = (now: number) =>
    decide(at(now, path), { name: "ci" }, plainRequest("GET", "/new")).outcome;
  assertEquals(outcome(END - 1), "allowed");
  assertEquals(outcome(END), "refused");
});

for (
  const [what, allow, by, until] of [
    [
      "the later of two",
      "[ { rule: image.list, until: 2027-03-01 }, { rule: image.*, until: 2027-03-02 } ]",
      "image.*",
      parseUntil("2027-03-02")!,
    ],
    [
      "one without an end",
      "[ { rule: image.list, until: 2027-03-01 }, 'image.*' ]",
      "image.*",
      undefined,
    ],
    [
      "the first of equal ones",
      "[ { rule: image.list, until: 2027-03-01 }, { rule: image.*, until: 2027-03-01 } ]",
      "image.list",
      END,
    ],
  ] as const
) {
  Deno.test(`of the rules that grant an operation counts ${what}`, () => {
    const verdict = at(START, allow).clients.get("ci")!.verdicts.get(
      "image.list",
    )!;
    assertEquals([verdict.by.split(" ")[1], verdict.until], [by, until]);
  });
}

Deno.test("a switch that grants counts before a rule that ends", () => {
  const { allow } =
    policyFile("default: { allow: { rule: image.list, until: 2027-03-01 } }")
      .file.rest;
  const verdict = verdictOf(
    { ...grants({ IMAGES: 1 }), allow },
    OPERATION_BY_NAME.get("image.list")!,
  );
  assertEquals([verdict.by, verdict.until], ["IMAGES=1", undefined]);
});

Deno.test("a refusal says which grant ended and when, and that it can end later", () => {
  assertEquals(
    message(at(END, ONE), "GET", "/images/json"),
    "sockwarden: image.list (GET /images/json) is not allowed to client 'ci'; its grant (policy.yaml:1:70) ended at 2027-03-01T00:00:00Z: to allow it write a later time there",
  );
  assertEquals(
    message(
      at(END, "{ rule: GET /new/*, until: 2027-03-01 }"),
      "GET",
      "/new/x",
    ),
    "sockwarden: no operation of the Docker API matches GET /new/x; its grant (policy.yaml:1:55) ended at 2027-03-01T00:00:00Z: to allow it write a later time there",
  );
});

Deno.test("a refusal by deny names both the deny rule and the grant that ended", () => {
  const text = message(
    at(END, ONE, ", deny: image.list"),
    "GET",
    "/images/json",
  );
  assert(
    /; its grant \(policy\.yaml:1:70\) ended at 2027-03-01T00:00:00Z: to allow it remove policy\.yaml:1:\d+ image\.list and write a later time there$/
      .test(text),
    text,
  );
});

Deno.test("the end of a grant brings back nothing that it held off", () => {
  const create = (now: number) =>
    granted(
      at(
        now,
        "[ { rule: container.inspect, until: 2027-03-01 }, 'container.*:write' ]",
        ", hide: env",
      ),
    ).includes("container.create");
  assertEquals([create(END - 1), create(END)], [false, false]);
});

Deno.test("a rule that ends is held to a scope as one without an end", () => {
  const held = (allow: string) =>
    at(START, allow, ", containers: { name: web }").clients.get("ci")!.held;
  assertEquals(
    held("{ rule: container.restart, until: 2027-03-01 }"),
    held("container.restart"),
  );
});
