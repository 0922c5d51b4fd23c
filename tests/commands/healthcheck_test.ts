import { assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { serving, withFiles } from "./support.ts";

Deno.test("healthcheck says what is wrong with the running sockwarden or its engine", async () => {
  await withFiles({}, async (path) => {
    const listen = `--listen=unix://${path("a.sock")}`;
    const absent = await runSockwarden(["healthcheck", listen]);
    assertEquals([absent.code, absent.stdout], [1, ""]);
    assertStringIncludes(
      absent.stderr,
      `sockwarden: not healthy (asked unix://${path("a.sock")}): `,
    );
    await serving([listen], async () => {
      const { code, stderr } = await runSockwarden(["healthcheck", listen]);
      assertEquals(code, 1);
      assertStringIncludes(stderr, "/nonexistent.sock");
    });
  });
});

Deno.test("healthcheck reports flags that are not valid", async () => {
  const { code, stderr } = await runSockwarden(["healthcheck", "--nonsense"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "unknown flag --nonsense");
});
