/** New clients where little memory is left. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  boundedMemory,
  type Memory,
  roomBelow,
} from "../../lib/proxy/memory.ts";
import { LIMITS } from "../support/proxy.ts";

const MIB = 1024 * 1024;

/** A runtime whose memory a test sets. */
function fakeMemory(options: { canBound?: boolean; frees?: number } = {}) {
  const memory = {
    bytes: 0,
    clock: 0,
    bounds: [] as number[],
    collections: 0,
    held: () => memory.bytes,
    collect() {
      memory.collections++;
      memory.bytes -= options.frees ?? 0;
    },
    bound(bytes: number) {
      memory.bounds.push(bytes);
      return options.canBound ?? true;
    },
    now: () => memory.clock,
  };
  return memory satisfies Memory;
}

Deno.test("there is room as long as little enough is held", () => {
  const memory = fakeMemory();
  const hasRoom = roomBelow(10, memory);
  memory.bytes = 10;
  assertEquals(hasRoom(), true);
  assertEquals(memory.collections, 0);
  memory.bytes = 11;
  assertEquals(hasRoom(), false);
});

Deno.test("what is lost is freed before a client is turned away, at most once a second", () => {
  const memory = fakeMemory({ frees: 5 });
  const hasRoom = roomBelow(10, memory);
  memory.bytes = 12;
  assertEquals(hasRoom(), true);
  memory.bytes = 12;
  memory.clock = 999;
  assertEquals(hasRoom(), false);
  assertEquals(memory.collections, 1);
  memory.clock = 1000;
  assertEquals(hasRoom(), true);
  assertEquals(memory.collections, 2);
});

Deno.test("a bound that the program itself fills is told at the start", () => {
  const memory = fakeMemory({ frees: 1 });
  memory.bytes = 7 * MIB + 2;
  const told: string[] = [];
  const limits = { ...LIMITS, memory: 8 * MIB };
  boundedMemory(limits, (text) => told.push(text), memory);
  assertEquals(told.length, 1);
  assertStringIncludes(told[0]!, "of the 8192 KiB that it may");
  memory.bytes = 7 * MIB + 1;
  boundedMemory(limits, (text) => told.push(text), memory);
  assertEquals(told.length, 1);
});

Deno.test("the setting bounds the runtime, and new clients stop at seven eighths of it", () => {
  const memory = fakeMemory();
  const { hasRoom, heldBytes } = boundedMemory(
    { ...LIMITS, memory: 32 * MIB, heldBytes: null },
    () => {
      throw new Error("nothing is to be told");
    },
    memory,
  );
  assertEquals(memory.bounds, [32 * MIB]);
  assertEquals(heldBytes, 2 * MIB);
  memory.bytes = 28 * MIB;
  assertEquals(hasRoom(), true);
  memory.bytes++;
  assertEquals(hasRoom(), false);
});

Deno.test("what the settings say of held bytes stays as it is", () => {
  const { heldBytes } = boundedMemory(
    { ...LIMITS, memory: 32 * MIB, heldBytes: 20 * MIB },
    () => {},
    fakeMemory(),
  );
  assertEquals(heldBytes, 20 * MIB);
});

Deno.test("a runtime that cannot bound its memory says so where the setting is given", () => {
  const told: string[] = [];
  const { hasRoom, heldBytes } = boundedMemory(
    { ...LIMITS, memory: 32 * MIB, heldBytes: null },
    (message) => told.push(message),
    fakeMemory({ canBound: false }),
  );
  assertEquals(told.length, 1);
  assertStringIncludes(told[0]!, "--memory-limit has no effect");
  assertEquals(hasRoom(), true);
  assertEquals(heldBytes, 16 * MIB);
});
