/**
 * What the proxy keeps of heads to know them again: never a credential, and
 * never more than its bound, whatever clients and the engine send.
 */

import { assert, assertEquals } from "@std/assert";
import { ok } from "../support/engine.ts";
import { type MapsSeen, watchMaps } from "../support/maps.ts";
import { get, type Rig, type RigOptions, withRig } from "../support/proxy.ts";

/** Heads of requests that are kept, and the characters of all of them. */
const MAX_HEADS = 512;
const MAX_CHARACTERS = 256 * 1024;
/** Heads of answers that are kept. */
const MAX_ANSWERS = 256;

/** Runs a test while all maps whose keys begin so are looked at. */
async function watching(
  start: string,
  run: (rig: Rig, seen: MapsSeen) => Promise<void>,
  answer = () => ok("[]"),
  options: RigOptions = {},
): Promise<void> {
  const seen = watchMaps(start);
  try {
    await withRig((c) => c.write(answer()), options, (rig) => run(rig, seen));
  } finally {
    seen.stop();
  }
}

/** Sends requests one after the other and waits for all their answers. */
async function sendAll(rig: Rig, heads: readonly string[]): Promise<void> {
  const client = await rig.connect();
  for (const [i, head] of heads.entries()) {
    await client.send(head);
    // Each answer before the next request, so that the engine sees each head.
    await client.until("HTTP/1.1 ", i + 1);
  }
  client.close();
}

/** A refused request with a head of so many characters that is like no other. */
function refused(number: number, length: number): string {
  const head = get("/info", `X-N: ${String(number).padStart(6, "0")}`, "X-L: ");
  const fill = "x".repeat(length - head.length);
  return head.replace("X-L: ", `X-L: ${fill}`);
}

Deno.test("a plain request's head is kept once, and known again", async () => {
  await watching("GET ", async (rig, { keys }) => {
    const [allowed, not] = [get("/containers/json"), get("/info")];
    await sendAll(rig, [allowed, not, allowed, not, allowed]);
    assertEquals(keys, [allowed, not]);
    assertEquals(rig.records.map(({ status }) => status), [
      200,
      403,
      200,
      403,
      200,
    ]);
  });
});

for (
  const field of [
    "X-Registry-Auth",
    "x-registry-config",
    "X-REGISTRY-ANYTHING",
    "Authorization",
    "authorization",
    "Cookie",
    "COOKIE",
  ]
) {
  Deno.test(`a head with ${field} is not kept, whether it is sent or refused`, async () => {
    await watching("", async (rig, { keys }) => {
      const heads = ["/containers/json", "/info"].flatMap((target) => [
        // Wherever the field stands.
        get(target, `${field}: c2VjcmV0`),
        get(target, "X-A: b", `${field}: c2VjcmV0`, "X-C: d"),
      ]);
      await sendAll(rig, [...heads, ...heads, get("/containers/json")]);
      assert(keys.includes(get("/containers/json")));
      assertEquals(keys.filter((key) => key.includes("c2VjcmV0")), []);
    });
  });
}

Deno.test("a field whose name only ends like a credential's is kept", async () => {
  await watching("GET ", async (rig, { keys }) => {
    const head = get("/info", "X-Cookie: a", "X-Authorization: b");
    await sendAll(rig, [head]);
    assertEquals(keys, [head]);
  });
});

Deno.test(`${MAX_HEADS} heads are kept and no more`, async () => {
  await watching("GET ", async (rig, seen) => {
    const heads = Array.from({ length: MAX_HEADS }, (_, i) => refused(i, 100));
    await sendAll(rig, [...heads, ...heads]);
    // All of them were known the second time.
    assertEquals(seen.keys.length, MAX_HEADS);
    assertEquals(seen.most(), MAX_HEADS);
    await sendAll(rig, [refused(MAX_HEADS, 100), ...heads]);
    assertEquals(seen.most(), MAX_HEADS);
    // One more and the first is not known any longer.
    assertEquals(seen.keys.slice(MAX_HEADS, MAX_HEADS + 2), [
      refused(MAX_HEADS, 100),
      heads[0],
    ]);
  });
});

Deno.test("a head of more than 16 KiB is not kept, and takes no other's place", async () => {
  await watching("GET ", async (rig, seen) => {
    const heads = [refused(1, 100), refused(2, 16 * 1024 + 1)];
    await sendAll(rig, [...heads, ...heads]);
    assertEquals(seen.keys, heads.slice(0, 1));
  });
});

Deno.test(`heads of ${MAX_CHARACTERS} characters are kept and no more`, async () => {
  const length = 16 * 1024;
  const count = MAX_CHARACTERS / length;
  await watching("GET ", async (rig, seen) => {
    const heads = Array.from({ length: count }, (_, i) => refused(i, length));
    await sendAll(rig, [...heads, ...heads]);
    assertEquals(seen.keys.length, count);
    assertEquals(seen.mostCharacters(), MAX_CHARACTERS);
  });
  await watching("GET ", async (rig, seen) => {
    const heads = Array.from(
      { length: count },
      (_, i) => refused(i, i === 0 ? 100 : length),
    );
    await sendAll(rig, [...heads, refused(count, length)]);
    assertEquals(seen.mostCharacters(), MAX_CHARACTERS - length + 100);
    // What is kept after that is counted from the last one on.
    await sendAll(rig, [...heads.slice(0, -1), ...heads]);
    assert(seen.mostCharacters() <= MAX_CHARACTERS);
  });
});

Deno.test(`${MAX_ANSWERS} heads of answers are kept and no more`, async () => {
  let number = 0;
  let different = MAX_ANSWERS;
  const answer = () => ok("[]", `X-N: ${number++ % different}\r\n`);
  await watching("HTTP/1.1 ", async (rig, seen) => {
    const requests = Array.from(
      { length: MAX_ANSWERS },
      () => get("/containers/json"),
    );
    await sendAll(rig, [...requests, ...requests]);
    assertEquals(seen.keys.length, MAX_ANSWERS);
    assertEquals(seen.most(), MAX_ANSWERS);
    number = different = 10_000;
    number = MAX_ANSWERS;
    await sendAll(rig, [...requests, ...requests]);
    assertEquals(seen.keys.length, 3 * MAX_ANSWERS);
    assertEquals(seen.most(), MAX_ANSWERS);
  }, answer);
});
