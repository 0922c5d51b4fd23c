/** `sockwarden replay` as a user calls it. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { onContainer, plain, recordingText } from "../learn/recordings.ts";
import { withFiles } from "./support.ts";

const RECORDING = recordingText({}, [
  plain("container.list", "GET", "/containers/json", { n: 9 }),
  onContainer("container.stop", "web"),
  onContainer("container.logs", "", { object: undefined }),
  onContainer("container.kill", "gone\n", { status: 404 }),
]);
const POLICY = (rules: string) =>
  `clients: { ci: { from: { host: ci }, ${rules} } }\n`;

Deno.test("replay names the calls that a policy would refuse, and by which rule", async () => {
  await withFiles(
    {
      "a.jsonl": RECORDING,
      "wide.yaml": POLICY('allow: ["container.*"]'),
      "narrow.yaml": POLICY(
        'allow: ["container.*:read", container.logs], deny: [container.list], containers: { name: db }',
      ),
    },
    async (path) => {
      const replay = (name: string) =>
        runSockwarden(["replay", path("a.jsonl"), "--config", path(name)]);
      const wide = await replay("wide.yaml");
      assertEquals(
        [wide.code, wide.stdout],
        [
          0,
          "0 of 11 calls that succeeded in 1 run would be refused, 0 cannot be decided.\n",
        ],
      );
      const narrow = await replay("narrow.yaml");
      assertEquals(narrow.code, 1);
      const at = path("narrow.yaml");
      assertEquals(narrow.stdout.split("\n"), [
        `ci: container.list would be refused by ${at}:1:90 container.list (policy.denied): 9 times, 1 of 1 run, last 2026-11-20, e.g. GET /containers/json`,
        "ci: container.stop would be refused (policy.not_granted): once, 1 of 1 run, last 2026-11-20, e.g. POST /containers/web/x",
        "ci: container.logs cannot be decided (the name of the container is not known): once, 1 of 1 run, last 2026-11-20, e.g. POST /containers//x",
        "ci: container.kill would be refused, and did not succeed then (policy.not_granted): once, 1 of 1 run, last 2026-11-20, e.g. POST /containers/gone\\u{a}/x",
        "10 of 11 calls that succeeded in 1 run would be refused, 1 cannot be decided.",
        "",
      ]);
      const cut = await Deno.writeTextFile(
        path("cut.jsonl"),
        RECORDING.slice(0, -5),
      ).then(() =>
        runSockwarden(["replay", path("cut.jsonl"), "--containers"])
      );
      assertEquals(cut.code, 2);
      assertStringIncludes(cut.stderr, "cut.jsonl:6 is cut");
      assertStringIncludes(cut.stdout, "# 1 of 1 runs ended without an end");
    },
  );
});

Deno.test("replay without recordings says how it is called", async () => {
  const { code, stderr } = await runSockwarden(["replay"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "sockwarden replay RECORDING…");
});
