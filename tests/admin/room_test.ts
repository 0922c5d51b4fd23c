/** Who gives way on the admin listener. */

import { assertEquals } from "@std/assert";
import {
  type AdminConnection,
  openConnection,
} from "../../lib/admin/connection.ts";
import { holderOf, whoGivesWay } from "../../lib/admin/room.ts";
import { type Conn, monotonic } from "../../lib/host.ts";

const SILENT = {
  read: () => new Promise(() => {}),
  close() {},
} as unknown as Conn;

/** A connection that has been in its phase for so long, and open for longer. */
function make(
  holder: string,
  phase: AdminConnection["phase"],
  sinceMs: number,
  openMs = sinceMs,
  reads = false,
): AdminConnection {
  const now = monotonic();
  return Object.assign(openConnection(SILENT, holder), {
    phase,
    since: now - sinceMs,
    opened: now - openMs,
    reads,
  });
}

/** In which order connections give way to one newcomer after the other. */
function order(
  named: Readonly<Record<string, AdminConnection>>,
  newcomer: string,
): string[] {
  const left = new Map(Object.entries(named));
  const names: string[] = [];
  while (left.size > 0) {
    const first = whoGivesWay(left.values(), newcomer);
    const [name] = [...left].find(([, one]) => one === first)!;
    names.push(name);
    left.delete(name);
  }
  return names;
}

Deno.test("a host counts once, whatever addresses it has to itself", () => {
  assertEquals(holderOf(""), holderOf("127.0.0.1"));
  assertEquals(holderOf("127.9.9.9"), holderOf("::1"));
  assertEquals(holderOf("2001:db8::1"), holderOf("2001:db8:0:0:ffff::"));
  assertEquals(
    new Set(
      ["", "10.0.0.1", "10.0.0.2", "2001:db8::", "2001:db8:0:1::"].map(
        holderOf,
      ),
    ).size,
    5,
  );
});

Deno.test("of who has the most one gives way, whatever another one does", () => {
  const few = make("few", "idle", 60_000);
  const many = [make("many", "writing", 0), make("many", "head", 0)];
  assertEquals(whoGivesWay([few, ...many], "new"), many[0]);
  assertEquals(whoGivesWay([few, ...many], "few"), few);
  assertEquals(whoGivesWay([], "new"), null);
});

Deno.test("what asks for nothing gives way before the oldest that is served, and a reader last", () => {
  assertEquals(
    order({
      reader: make("a", "streaming", 9e6, 9e6, true),
      fed: make("a", "writing", 10, 9e6, true),
      old: make("a", "writing", 10, 8000),
      // It has come just now: its head is on its way.
      fresh: make("a", "idle", 1),
      answered: make("a", "answering", 10, 500),
      idle: make("a", "idle", 5000, 9e6),
      idler: make("a", "idle", 6000, 7000),
      stalled: make("a", "writing", 2000, 9000, true),
    }, "b"),
    ["idler", "idle", "stalled", "old", "answered", "fresh", "reader", "fed"],
  );
});
