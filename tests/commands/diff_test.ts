import { assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { POLICY, withFiles } from "./support.ts";

const SOCKET =
  "clients: { ci: { listen: 'unix:///run/ci.sock', allow: [ system.info ] } }\n";

Deno.test("diff prints what is newly allowed and refused, and exits with 1 if something is allowed", async () => {
  const wider = POLICY.replace(
    "[ system.ping ]",
    "[ system.ping, system.info ]",
  );
  const other = POLICY.replace("container: traefik", "service: traefik");
  await withFiles(
    {
      "old.yaml": POLICY,
      "wider.yaml": wider,
      "other.yaml": other,
      "denied.yaml":
        "default: { allow: [ GET /new/route ], deny: [ GET /new/* ] }\n",
      "undenied.yaml": "default: { allow: [ GET /new/route ] }\n",
      "socket.yaml": SOCKET,
      "open.yaml": SOCKET.replace("ci.sock", "ci.sock?mode=0666"),
    },
    async (path) => {
      const diff = (before: string, after: string) =>
        runSockwarden(["diff", path(before), path(after)]);
      const widened = await diff("old.yaml", "wider.yaml");
      assertEquals(
        [widened.code, widened.stdout],
        [1, "default (all others): newly allowed: system.info\n"],
      );
      const narrowed = await diff("wider.yaml", "old.yaml");
      assertEquals(
        [narrowed.code, narrowed.stdout],
        [0, "default (all others): newly refused: system.info\n"],
      );
      const same = await diff("old.yaml", "old.yaml");
      assertEquals(
        [same.code, same.stdout],
        [0, "Nothing is newly allowed or refused.\n"],
      );
      const moved = await diff("old.yaml", "other.yaml");
      assertEquals(
        [moved.code, moved.stdout],
        [
          1,
          "traefik: newly matches: service traefik\ntraefik: no longer matches: container traefik\n" +
          "ci: changed by the identities of other clients: container.create, container.rename, container.commit\n",
        ],
      );
      const undenied = await diff("denied.yaml", "undenied.yaml");
      assertEquals(
        [undenied.code, undenied.stdout],
        [
          1,
          "default (all others): newly allowed: GET /new/* (no longer denied)\n",
        ],
      );
      assertEquals((await diff("undenied.yaml", "denied.yaml")).code, 0);
      const opened = await diff("socket.yaml", "open.yaml");
      assertEquals(
        [opened.code, opened.stdout],
        [
          1,
          "sockets: access widened: unix:///run/ci.sock?mode=0666 (was unix:///run/ci.sock?mode=0660)\n",
        ],
      );
      assertEquals((await diff("open.yaml", "socket.yaml")).code, 0);
      const none = await diff("old.yaml", "none.yaml");
      assertEquals(none.code, 2);
      assertStringIncludes(
        none.stderr,
        "none.yaml does not exist: mount it, or name another file",
      );
      assertEquals((await runSockwarden(["diff", path("old.yaml")])).code, 2);
    },
  );
});

Deno.test("diff shows what the versions of a preset judge and hide", async () => {
  const of = (preset: string) =>
    `clients: { a: { listen: 'unix:///a', preset: ${preset} } }\n`;
  await withFiles({
    "traefik1.yaml": of("traefik@1"),
    "traefik.yaml": of("traefik"),
    "sablier1.yaml": of("sablier@1"),
    "sablier.yaml": of("sablier"),
  }, async (path) => {
    const diff = (before: string, after: string) =>
      runSockwarden(["diff", path(before), path(after)]);
    const hidden = "system.events, container.list, container.inspect";
    const now = await diff("traefik1.yaml", "traefik.yaml");
    assertEquals(
      [now.code, now.stdout],
      [0, `a: narrowed by what is hidden: ${hidden}\n`],
    );
    const before = await diff("traefik.yaml", "traefik1.yaml");
    assertEquals(
      [before.code, before.stdout],
      [1, `a: widened by what is hidden: ${hidden}\n`],
    );
    const guarded = await diff("sablier1.yaml", "sablier.yaml");
    assertEquals(guarded.code, 0);
    assertStringIncludes(
      guarded.stdout,
      "a: narrowed by its guard: container.start\n",
    );
  });
});

Deno.test("diff exits with 1 if a grant ends later, and with 0 if it ends earlier or has ended", async () => {
  const text = (until: string) =>
    `default: { allow: { rule: system.info, until: ${until} } }\n`;
  await withFiles(
    {
      "early.yaml": text("9998-01-01"),
      "late.yaml": text("9999-01-01"),
      "over.yaml": text("2001-01-01"),
      "none.yaml": "default: {}\n",
    },
    async (path) => {
      const diff = async (before: string, after: string) => {
        const { code, stdout } = await runSockwarden([
          "diff",
          path(before),
          path(after),
        ]);
        return [code, stdout];
      };
      assertEquals(await diff("early.yaml", "late.yaml"), [
        1,
        "default (all others): allowed for longer: system.info (until 9999-01-01T00:00:00Z, was until 9998-01-01T00:00:00Z)\n",
      ]);
      assertEquals((await diff("late.yaml", "early.yaml"))[0], 0);
      assertEquals(await diff("none.yaml", "over.yaml"), [
        0,
        "Nothing is newly allowed or refused.\n",
      ]);
    },
  );
});
