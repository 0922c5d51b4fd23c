/**
 * The table of faults: what an engine does wrong, times what clients do, times
 * how it is carried. Each leaves one record with its reason, and nothing open.
 *
 * It needs no engine of its own; `SOCKWARDEN_BINARY` names the binary.
 */

import { assertEquals } from "@std/assert";
import { eventually } from "../support/proxy.ts";
import {
  type FaultRig,
  isQuiet,
  memoryOf,
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

async function runAll(rig: FaultRig, sockets: number): Promise<void> {
  for (const fault of FAULTS) {
    for (const transport of Object.keys(fault.ends) as Transport[]) {
      const many = CLIENTS.find(({ key }) => key === "many")!;
      await runRow(rig, fault, transport, many);
    }
  }
  await isQuiet(rig, sockets);
}

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

const isLean = /sockwarden-lean/.test(Deno.env.get("SOCKWARDEN_BINARY") ?? "");

Deno.test({
  name: isLean
    ? "faults: memory is back within 10 % after all of them once more"
    : "faults: memory after all of them: only the lean binary gives it back",
  ignore: !isLean,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { rig, sockets } = await shared();
    // Buffers and what is remembered fill in the first rounds.
    for (let round = 0; round < 4; round++) await runAll(rig, sockets);
    const before = memoryOf(rig.proxy.pid);
    await runAll(rig, sockets);
    // What is garbage is collected when nothing has happened for a second.
    await eventually(
      `memory at most 10 % over ${before} KiB`,
      () => memoryOf(rig.proxy.pid) <= before * 1.1,
    );
  },
});

test("faults: it ends in order afterwards", async () => {
  const { rig } = await shared();
  assertEquals(await rig.stop(), 0);
});
