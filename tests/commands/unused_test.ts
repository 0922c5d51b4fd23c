/** `sockwarden unused` as a user calls it. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { plain, recordingText } from "../learn/recordings.ts";
import { withFiles } from "./support.ts";

// From 10:00 to 11:00.
const RECORDING = recordingText({}, [
  plain("container.list", "GET", "/containers/json"),
]);
const POLICY = (allow: string) =>
  `clients: { ci: { from: { host: ci }, allow: [${allow}] } }\n`;

Deno.test("unused lists what was not used as a diff, and exits with 1 where there is something", async () => {
  await withFiles(
    {
      "a.jsonl": RECORDING,
      "used.yaml": POLICY("container.list"),
      "wide.yaml": POLICY('container.list, "network.*:read"'),
    },
    async (path) => {
      const unused = (name: string, since: string) =>
        runSockwarden([
          "unused",
          "--since",
          since,
          path("a.jsonl"),
          "--config",
          path(name),
        ]);
      const head =
        "# Recorded: 60 minutes from 2026-11-20 10:00 to 2026-11-20 11:00 UTC.\n";
      const used = await unused("used.yaml", "60m");
      assertEquals([used.code, used.stdout], [
        0,
        `${head}Everything that is granted was used.\n`,
      ]);
      const wide = await unused("wide.yaml", "1h");
      const at = path("wide.yaml");
      assertEquals([wide.code, wide.stdout], [
        1,
        `${head}ci (${at}:1:12):\n- allow: network.*:read # ${at}:1:62; never used; none of its 2 operations\n`,
      ]);
      const short = await unused("wide.yaml", "30d");
      assertEquals([short.code, short.stdout], [2, ""]);
      assertStringIncludes(
        short.stderr,
        "--since asks for 30 days, and the recordings cover 60 minutes from 2026-11-20 10:00 to 2026-11-20 11:00 UTC",
      );
      // Used before the time that is asked for.
      const late = await unused("used.yaml", "10m");
      assertEquals(late.code, 1);
      assertStringIncludes(late.stdout, "- allow: container.list # ");
      assertStringIncludes(late.stdout, "last used 2026-11-20");
    },
  );
});

Deno.test("unused exits with 2 where calls were not recorded, since they may have used what it lists", async () => {
  const run = "a".repeat(32);
  const lost = JSON.stringify({ run, seq: 90, dropped: 12, why: "full" });
  await withFiles(
    {
      "a.jsonl": `${RECORDING}${lost}\n`,
      "wide.yaml": POLICY('container.list, "network.*:read"'),
    },
    async (path) => {
      const { code, stdout, stderr } = await runSockwarden([
        "unused",
        "--since=1h",
        path("a.jsonl"),
        "--config",
        path("wide.yaml"),
      ]);
      assertEquals(code, 2);
      assertStringIncludes(stdout, "network.*:read");
      assertStringIncludes(
        stderr,
        "12 calls could not be recorded: what is listed may have been used by them",
      );
    },
  );
});

Deno.test("a call of unused that is wrong says what is expected", async () => {
  await withFiles({ "a.jsonl": RECORDING, "empty": "" }, async (path) => {
    for (
      const [argv, words] of [
        [[path("a.jsonl")], "expected a time and recordings"],
        [["--since=30d"], "expected a time and recordings"],
        [["--since=soon", path("a.jsonl")], "--since=soon: expected a number"],
        [["--since=30d", path("empty")], "the recordings cover no time"],
      ] as const
    ) {
      const { code, stderr } = await runSockwarden(["unused", ...argv]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, words);
    }
  });
});
