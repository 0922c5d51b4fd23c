/**
 * The table of faults: what an engine does wrong, times what clients do, times
 * how it is carried. Each leaves one record with its reason, and nothing open.
 *
 * It needs no engine of its own; `SOCKWARDEN_BINARY` names the binary.
 */

import { assertEquals } from "@std/assert";
import {
  type FaultRig,
  isQuiet,
  runRow,
  socketsOf,
  startFaultRig,
} from "./faults_rig.ts";
import { CLIENTS, type End, FAULTS, type Transport } from "./faults_table.ts";

let running: Promise<{ rig: FaultRig; sockets: number }> | null = null;

/** One process for all rows, so that what one leaves open is seen. */
function shared(): Promise<{ rig: FaultRig; sockets: number }> {
  running ??= startFaultRig().then((rig) => ({
    rig,
    sockets: socketsOf(rig.proxy.pid),
  }));
  return running;
}

function test(name: string, fn: () => Promise<void>): void {
  // The process outlives each test.
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

const isOne = (ends: readonly End[], [outcome, code]: End) =>
  ends.some((end) => end[0] === outcome && end[1] === code);

for (const fault of FAULTS) {
  for (const [transport, end] of Object.entries(fault.ends)) {
    test(`faults: an engine that ${fault.what}, ${transport}: ${end.join(", ")}; nothing stays open`, async () => {
      const { rig, sockets } = await shared();
      for (const client of CLIENTS) {
        const also = client.also[transport as Transport] ?? [];
        const ends = await runRow(rig, fault, transport as Transport, client);
        const wrong = ends.filter((one) => !isOne([end, ...also], one));
        assertEquals(wrong, [], `a client that ${client.what}`);
      }
      await isQuiet(rig, sockets);
    });
  }
}

test("faults: it ends in order afterwards", async () => {
  const { rig } = await shared();
  assertEquals(await rig.stop(), 0);
});
