import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { POLICY, withFiles } from "./support.ts";

Deno.test("check prints each granted operation with what grants it", async () => {
  const { code, stdout } = await runSockwarden(
    ["check", "--allow=container.restart", "--allow=GET /new"],
    { IMAGES: "1" },
  );
  assertEquals(code, 0);
  assert(/^image\.list +read +IMAGES=1$/m.test(stdout), stdout);
  assert(
    /^container\.restart +write +--allow container\.restart$/m.test(stdout),
  );
  assert(/^GET \/new +path +--allow$/m.test(stdout));
  assert(!/^image\.pull/m.test(stdout));
});

Deno.test("check shows clients by groups of operations, and says what they give away", async () => {
  await withFiles({ "policy.yaml": POLICY }, async (path) => {
    const { code, stdout } = await runSockwarden([
      "check",
      `--config=${path("policy.yaml")}`,
    ]);
    assertEquals(code, 0);
    assert(
      /^CLIENT +system +container +exec +WHO$/m.test(stdout),
      stdout,
    );
    assert(/^traefik +rS +rs +- +container traefik$/m.test(stdout), stdout);
    assert(/^ci +- +RSWx +SWX +on unix:\/\/\/run\/ci\.sock$/m.test(stdout));
    assert(/^default +r +- +- +all others$/m.test(stdout));
    assertStringIncludes(
      stdout,
      "client ci can become root on the host: container.create",
    );
    assert(!stdout.includes("client traefik can become root"));
    assertStringIncludes(
      stdout,
      "  container.create: condition: its query and body must not take another client's name, label, alias or address\n",
    );
    assertStringIncludes(
      stdout,
      "  container.rename, container.commit: condition: its query must not take another client's name, label, alias or address\n",
    );
    // Every client has its own listener but traefik, which needs the common one.
    assertStringIncludes(
      stdout,
      "Listening: tcp://127.0.0.1:2375, unix:///run/ci.sock",
    );
  });
});

Deno.test("check and explain show the limits of a client", async () => {
  const text =
    "clients: { ci: { from: { host: a }, allow: [system.ping], limits: { requests: 5, upload-rate: 1m } } }\n";
  await withFiles({ "policy.yaml": text }, async (path) => {
    const config = `--config=${path("policy.yaml")}`;
    const where = `(${path("policy.yaml")}:1:59 limits)`;
    const { stdout } = await runSockwarden(["check", config]);
    for (
      const line of [
        "at most 5 requests at a time",
        "uploads are slowed to 1m a second",
      ]
    ) assertStringIncludes(stdout, `  ${line} ${where}\n`);
    const explained = await runSockwarden([
      ...["explain", "--client=ci", "GET", "/_ping", config],
    ]);
    assertStringIncludes(
      explained.stdout,
      `limit:     at most 5 requests at a time ${where}\n`,
    );
  });
  const one = await runSockwarden(["check"], { SOCKWARDEN_LIMITS: "rate=9" });
  assertStringIncludes(
    one.stdout,
    "at most 9 requests a second (SOCKWARDEN_LIMITS)\n",
  );
});

Deno.test("check and explain show the end of a grant, and warn of one that is over", async () => {
  const text =
    "default: { allow: [ { rule: system.ping, until: 9999-01-01 }, { rule: system.info, until: 2001-01-01 } ] }\n";
  await withFiles({ "policy.yaml": text }, async (path) => {
    const config = `--config=${path("policy.yaml")}`;
    const { code, stdout } = await runSockwarden(["check", config]);
    assertEquals(code, 0);
    assertStringIncludes(
      stdout,
      `  ${path("policy.yaml")}:1:29 system.ping until 9999-01-01T00:00:00Z\n`,
    );
    assertStringIncludes(
      stdout,
      `Warning: default: system.info (${
        path("policy.yaml")
      }:1:71) ended at 2001-01-01T00:00:00Z: remove it, or write a later time\n`,
    );
    const ping = await runSockwarden(["explain", config, "GET", "/_ping"]);
    assertEquals(ping.code, 0);
    assertStringIncludes(
      ping.stdout,
      `setting:   ${
        path("policy.yaml")
      }:1:29 system.ping until 9999-01-01T00:00:00Z\n`,
    );
    const info = await runSockwarden(["explain", config, "GET", "/info"]);
    assertEquals(info.code, 1);
    assertStringIncludes(info.stdout, "ended at 2001-01-01T00:00:00Z");
  });
});

Deno.test("check reports every problem of a policy file, each with its place", async () => {
  const wrong = POLICY.replace("container: traefik", "contaner: traefik")
    .replace("attach.ws", "attch.ws").replace("preset: traefik", "preset: x");
  await withFiles({ "policy.yaml": wrong }, async (path) => {
    const { code, stderr } = await runSockwarden([
      "check",
      `--config=${path("policy.yaml")}`,
    ]);
    assertEquals(code, 2);
    const places = [...stderr.matchAll(/policy\.yaml:([0-9]+:[0-9]+): /g)]
      .map(([, place]) => place);
    assertEquals(places, ["3:13", "4:13", "8:13"], stderr);
    assertStringIncludes(stderr, "did you mean container?");
    assertStringIncludes(stderr, "did you mean container.attach.ws?");
  });
});

Deno.test("check says that a policy file in another encoding is not UTF-8", async () => {
  await withFiles({ "policy.yaml": "" }, async (path) => {
    const bytes = new Uint8Array([
      0xff,
      0xfe,
      ...[...POLICY].flatMap((one) => [
        one.charCodeAt(0),
        0,
      ]),
    ]);
    await Deno.writeFile(path("policy.yaml"), bytes);
    const { code, stderr } = await runSockwarden([
      "check",
      `--config=${path("policy.yaml")}`,
    ]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "is not UTF-8 text: save it as UTF-8");
  });
});
