import { assertEquals } from "@std/assert";
import { compile } from "../../lib/policy/compile.ts";
import {
  type CountsByClient,
  countsFor,
  giveBack,
  judgeRequest,
  MAX_WAIT_MS,
  takeSlot,
  waitToAnswer,
} from "../../lib/proxy/client_counts.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";

function counts(limits: string, before: CountsByClient = new Map(), now = 0) {
  const { file } = policyFile(
    `clients: { a: { from: { host: a }, limits: ${limits} }, b: { from: { host: b } } }`,
  );
  return countsFor(compile(grants({}), file), before, now);
}

Deno.test("only clients with limits have counts, however many requests there are", () => {
  assertEquals([...counts("{ rate: 1 }").keys()], ["a"]);
});

Deno.test("a request that exceeds one limit takes no token of another", () => {
  const one = counts("{ requests: 1, rate: 1 }").get("a")!;
  const slot = takeSlot(one, false);
  assertEquals(judgeRequest(one, false, 0)?.code, "limit.requests");
  giveBack(slot);
  assertEquals(judgeRequest(one, false, 0), null);
  assertEquals(judgeRequest(one, false, 0), {
    code: "limit.rate",
    retryAfter: 1,
  });
});

Deno.test("what is answered without the engine counts in the rate alone", () => {
  const one = counts("{ requests: 1, streams: 1, rate: 2 }").get("a")!;
  takeSlot(one, true);
  assertEquals(judgeRequest(one, null, 0), null);
  assertEquals(judgeRequest(one, null, 0), null);
  assertEquals(judgeRequest(one, null, 0)?.code, "limit.rate");
});

Deno.test("a slot that was taken under earlier limits is given back to the same client", () => {
  const before = counts("{ requests: 5 }");
  const slot = takeSlot(before.get("a")!, true);
  const after = counts("{ streams: 1 }", before);
  assertEquals(judgeRequest(after.get("a")!, true, 0)?.code, "limit.streams");
  giveBack(slot);
  assertEquals(judgeRequest(after.get("a")!, true, 0), null);
});

Deno.test("a new rate begins with its burst, the same one goes on", () => {
  const before = counts("{ rate: 1 }");
  judgeRequest(before.get("a")!, false, 0);
  const same = counts("{ rate: 1, requests: 5 }", before);
  assertEquals(judgeRequest(same.get("a")!, false, 0)?.code, "limit.rate");
  const other = counts("{ rate: 2 }", same);
  assertEquals(judgeRequest(other.get("a")!, false, 0), null);
});

Deno.test("answers to a flood wait longer and longer, and a second at most", () => {
  const one = counts("{ rate: 1 }").get("a")!;
  const waits = Array.from({ length: 1000 }, () => waitToAnswer(one, 0));
  assertEquals(waits.slice(0, 12), [...Array(10).fill(0), 10, 20]);
  assertEquals(Math.max(...waits), MAX_WAIT_MS);
  // The flood is over: a second later none waits.
  assertEquals(waitToAnswer(one, 1100), 0);
});
