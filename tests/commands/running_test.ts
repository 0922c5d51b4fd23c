/** What a command sees of the sockwarden that runs as process 1. */

import { assertEquals } from "@std/assert";
import { kernel } from "../support/lean_base.ts";
import { runningAs, runningFlags } from "../../lib/commands/running.ts";

Deno.test("runningFlags() gives the flags of a sockwarden that serves", () => {
  for (
    const [words, flags] of [
      [["/sockwarden"], []],
      [["/usr/bin/sockwarden-lean", "--containers"], ["--containers"]],
      [["/sockwarden", "serve", "--containers"], ["--containers"]],
      [["/sockwarden", "check"], null],
      [["/sbin/docker-init", "--", "/sockwarden"], null],
      [[], null],
    ] as const
  ) {
    kernel.init.words = [...words];
    assertEquals(runningFlags(), flags === null ? null : [...flags]);
  }
});

Deno.test("runningAs() says who process 1 is by the kernel", () => {
  const status = (capabilities: string) =>
    `Name:\tsockwarden\nUid:\t65532\t65532\t65532\t65532\nGid:\t998\t998\t998\t998\nCapPrm:\t${capabilities}\n`;
  kernel.init = { words: ["/sockwarden"], status: status("0000000000000000") };
  assertEquals(runningAs(), "user 65532, group 998, without capabilities");
  kernel.init.status = status("00000000a80425fb");
  assertEquals(
    runningAs(),
    "user 65532, group 998, with capabilities 00000000a80425fb",
  );
  kernel.init.words = ["/sockwarden", "check"];
  assertEquals(runningAs(), null);
  kernel.init = { words: ["/sockwarden"], status: "" };
  assertEquals(runningAs(), null);
});
