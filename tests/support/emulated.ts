/**
 * Tests of a binary for another architecture, in the emulator qemu-user:
 *
 * ```sh
 * SOCKWARDEN_TEST_ARCH=aarch64 SOCKWARDEN_BINARY="$PWD/dist/sockwarden-lean-aarch64" \
 *   deno task test tests/base tests/commands
 * ```
 *
 * @module
 */

import { ARCHITECTURE } from "../../tools/runtimes.ts";

/** The architecture that is tested: this machine's, unless another is named. */
export const TESTED = Deno.env.get("SOCKWARDEN_TEST_ARCH") ||
  ARCHITECTURE as string;

/** Whether the binary runs in an emulator. */
export const EMULATED = TESTED !== ARCHITECTURE;

/** The command that runs a binary, and the arguments that come first. */
export function command(binary: string): [string, string[]] {
  return EMULATED ? [`qemu-${TESTED}`, [binary]] : [binary, []];
}

/**
 * What qemu-user 7.2 cannot do, in words for the name of a test that is skipped
 * for it.
 */
export const UNABLE = {
  filter: "the emulator has no filter of system calls",
  landlock: "the emulator has no Landlock",
  heard:
    "the emulator does not tell when the kernel last heard from a peer (TCP_INFO)",
  process: "the kernel's list of processes shows the emulator",
  memory: "the emulator takes a part of the limit of memory that varies",
} as const;
