/** When a peer was there for certain, where the runtime cannot ask the kernel. */

import { assert, assertEquals } from "@std/assert";
import type { Conn } from "../../lib/host.ts";
import {
  MAX_SIGN_WAIT_MS,
  type Presence,
  presenceOf,
  START_TOLERANCE_MS,
  wasThere,
} from "../../lib/identity/presence.ts";
import { withClock } from "../support/clock.ts";
import { presence } from "./world.ts";

Deno.test("presenceOf() treats a peer as present until the tolerance after its acceptance, unless it has ended its side", async () => {
  await withClock(async (clock) => {
    const accepted = Date.now();
    let ended = false;
    const peer = presenceOf({} as Conn, () => ended);
    await clock.advance(10_000);
    assertEquals(peer.proves, false);
    assertEquals(peer.seenAt(), accepted + START_TOLERANCE_MS);
    assert(await wasThere(peer, accepted + START_TOLERANCE_MS));
    assert(!await wasThere(peer, accepted + START_TOLERANCE_MS + 1));
    ended = true;
    assertEquals(peer.seenAt(), accepted);
    assertEquals(peer.ask(), false);
    peer.rest();
  });
});

Deno.test("wasThere() asks for no sign of a peer that was seen at that time", async () => {
  const { peer, asked, rested } = presence(100);
  assert(await wasThere(peer, 100));
  assert(await wasThere(peer, 99));
  assertEquals([asked(), rested()], [0, 0]);
});

Deno.test("wasThere() is false for a time that is not known, whatever was seen", async () => {
  const { peer, asked } = presence(Infinity);
  assert(!await wasThere(peer, NaN));
  assertEquals(asked(), 0);
});

Deno.test("wasThere() does not wait where no sign can be asked for", async () => {
  await withClock(async (clock) => {
    const { peer, asked, rested } = presence(99);
    assert(!await wasThere(peer, 100));
    assertEquals([asked(), rested(), clock.passed()], [1, 1, 0]);
  });
});

Deno.test("wasThere() accepts a sign of exactly that time", async () => {
  await withClock(async (clock) => {
    assert(await clock.pass(wasThere(presence(99, 100).peer, 100)));
    assert(!await clock.pass(wasThere(presence(98, 99).peer, 100)));
  });
});

Deno.test("wasThere() waits for a sign no longer than its time limit", async () => {
  /** Whether a sign is seen that comes after so many milliseconds. */
  const seen = async (after: number): Promise<boolean> => {
    let result = false;
    await withClock(async (clock) => {
      const from = performance.now();
      const comes = from + after;
      let rested = 0;
      const peer: Presence = {
        proves: true,
        shown: null,
        seenAt: () => performance.now() >= comes ? comes : from - 1,
        ask: () => true,
        rest: () => rested++,
      };
      result = await clock.pass(wasThere(peer, from));
      assertEquals(rested, 1);
      assert(clock.passed() <= MAX_SIGN_WAIT_MS + 50, `${clock.passed()}`);
    });
    return result;
  };
  assert(await seen(10));
  assert(await seen(MAX_SIGN_WAIT_MS - 1));
  assert(!await seen(MAX_SIGN_WAIT_MS + 100));
});
