import { assertEquals, assertMatch } from "@std/assert";
import { config, problem } from "../support/config.ts";

Deno.test("there is no admin listener unless it is asked for", () => {
  assertEquals(config([]).admin, null);
  assertEquals(config([], { SOCKWARDEN_ADMIN: "" }).admin, null);
});

Deno.test("the flag and the variable name the listener, its addresses and its token", () => {
  const admin = {
    address: { kind: "tcp", host: "127.0.0.1", port: 9323 },
    allow: null,
    tokenFile: null,
  };
  assertEquals(config(["--admin=tcp://127.0.0.1:9323"]).admin, {
    ...admin,
    address: { kind: "tcp", host: "127.0.0.1", port: 9323 },
  });
  const all = config([], {
    SOCKWARDEN_ADMIN: "tcp://[::]:9323",
    SOCKWARDEN_ADMIN_ALLOW: "10.0.0.0/8, fd00::/8",
    SOCKWARDEN_ADMIN_TOKEN_FILE: "/run/secrets/token",
  }).admin!;
  assertEquals(all.address, { kind: "tcp", host: "::", port: 9323 });
  assertEquals(all.allow!.map(({ text }) => text), ["10.0.0.0/8", "fd00::/8"]);
  assertEquals(all.tokenFile, {
    path: "/run/secrets/token",
    setting: "SOCKWARDEN_ADMIN_TOKEN_FILE",
  });
  assertEquals(
    config(["--admin=unix:///run/a.sock?mode=0600"]).admin!.address,
    {
      kind: "unix",
      path: "/run/a.sock",
      mode: 0o600,
      group: null,
    },
  );
});

Deno.test("what cannot be is refused, with the setting", () => {
  for (
    const [flags, expected] of [
      [["--admin=127.0.0.1:9323"], /^--admin=127\.0\.0\.1:9323: .*tcp:\/\//],
      [["--admin=tls://127.0.0.1:9323"], /has no TLS/],
      [["--admin=tcp://127.0.0.1:2375"], /listener of the Docker API/],
      [["--admin=tcp://0.0.0.0:2375"], /listener of the Docker API/],
      [
        ["--admin=unix:///run/a.sock", "--listen=unix:///run/a.sock"],
        /listener of the Docker API/,
      ],
      [
        ["--admin=unix:///var/run/docker.sock"],
        /the address of the engine/,
      ],
      [
        ["--admin=tcp://127.0.0.1:1", "--admin-allow=10.0.0.1/8"],
        /^--admin-allow '10\.0\.0\.1\/8': has bits set/,
      ],
      [
        ["--admin=unix:///run/a.sock", "--admin-allow=10.0.0.0/8"],
        /no address/,
      ],
      [["--admin-allow=10.0.0.0/8"], /no admin listener/],
      [["--admin-token-file=/a"], /no admin listener/],
    ] as const
  ) assertMatch(problem([...flags]), expected, flags.join(" "));
});

Deno.test("port 0 is another port than that of the Docker listener", () => {
  assertEquals(
    config(["--admin=tcp://127.0.0.1:0", "--listen=tcp://127.0.0.1:0"]).admin!
      .address,
    { kind: "tcp", host: "127.0.0.1", port: 0 },
  );
});
