import { assertEquals, assertNotEquals } from "@std/assert";
import { limitsOf } from "../../lib/config/policy_limits.ts";
import {
  compareLimits,
  describeLimits,
  type LimitKey,
  limitText,
} from "../../lib/policy/client_limits.ts";
import { compile } from "../../lib/policy/compile.ts";
import { policyHash } from "../../lib/policy/hash.ts";
import { policyFile } from "../support/policy.ts";
import { grants } from "../support/grants.ts";

function limits(values: Partial<Record<LimitKey, number>>, setting = "") {
  return limitsOf(
    new Map(Object.entries(values)) as Map<LimitKey, number>,
    setting,
  );
}

Deno.test("limits are told in words", () => {
  assertEquals(
    describeLimits(
      limits({
        requests: 1,
        streams: 2,
        rate: 5,
        burst: 9,
        "upload-rate": 10 << 20,
      }),
    ),
    [
      "at most 1 request at a time",
      "at most 2 streams and tunnels at a time",
      "at most 5 requests a second, 9 at once",
      "uploads are slowed to 10m a second",
    ],
  );
  assertEquals(describeLimits(limits({ rate: 1 })), [
    "at most 1 request a second",
  ]);
  assertEquals(describeLimits(limits({ "upload-rate": 5000 })), [
    "uploads are slowed to 5000 a second",
  ]);
  assertEquals(
    limitText(limits({ streams: 1 }), "limit.streams"),
    "at most 1 stream or tunnel at a time",
  );
});

Deno.test("what is higher or gone is raised, what is lower or new is lowered", () => {
  assertEquals(
    compareLimits(
      limits({ requests: 8, streams: 4, rate: 5, "upload-rate": 1 << 20 }),
      limits({ requests: 9, rate: 4, burst: 6, "upload-rate": 1 << 20 }),
    ),
    {
      raised: [
        "requests 9 (was 8)",
        "streams unlimited (was 4)",
        "burst 6 (was 5)",
      ],
      lowered: ["rate 4 (was 5)"],
    },
  );
  assertEquals(compareLimits(null, limits({ rate: 5 })), {
    raised: [],
    lowered: ["rate 5 (was unlimited)"],
  });
  assertEquals(compareLimits(limits({ "upload-rate": 1 << 30 }), null), {
    raised: ["upload-rate unlimited (was 1g)"],
    lowered: [],
  });
  assertEquals(compareLimits(null, null), { raised: [], lowered: [] });
});

Deno.test("limits are part of a policy's hash, and their place is not", () => {
  const hashOf = (text: string) =>
    policyHash(
      compile(grants({ CONTAINERS: 1 }), policyFile(text).file),
    );
  const five = "default: { limits: { rate: 5 } }";
  assertNotEquals(hashOf(five), hashOf("default: { limits: { rate: 6 } }"));
  assertNotEquals(hashOf(five), hashOf("default: {}"));
  assertEquals(hashOf(five), hashOf(`\n\n${five}`));
});

Deno.test("the limits of default hold where flags say nothing", () => {
  const { file } = policyFile(
    "clients: { a: { from: { host: a }, limits: { rate: 1 } } }\ndefault: { limits: { rate: 5 } }",
  );
  const policy = compile(grants({}), file);
  assertEquals(policy.rest.limits?.rate, 5);
  assertEquals(policy.clients.get("a")?.limits?.rate, 1);
});
