import { assertEquals, assertStringIncludes } from "@std/assert";
import { readFlags } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { formatAddress, formatListener } from "../../lib/net/address.ts";
import { policyFile } from "../support/policy.ts";
import { config, problem } from "../support/config.ts";

function listening(environment: Record<string, string>): string {
  return config([], environment).listeners.map(formatAddress).join(" ");
}

Deno.test("readConfig() listens as docker-socket-proxy does", () => {
  assertEquals(listening({}), "tcp://127.0.0.1:2375");
  assertEquals(listening({ BIND_CONFIG: ":2375" }), "tcp://0.0.0.0:2375");
  assertEquals(listening({ BIND_CONFIG: "[::]:2375 v4v6" }), "tcp://[::]:2375");
  assertEquals(listening({ BIND_CONFIG: "10.0.0.1:99" }), "tcp://10.0.0.1:99");
  const image = { SOCKWARDEN_LISTEN: "tcp://[::]:2375" };
  assertEquals(
    listening({ ...image, DISABLE_IPV6: "Yes" }),
    "tcp://0.0.0.0:2375",
  );
  assertEquals(listening({ ...image, BIND_CONFIG: ":9" }), "tcp://0.0.0.0:9");
  assertEquals(
    listening({
      SOCKWARDEN_LISTEN: "tcp://[::1]:1,unix:///a?mode=0600&group=g",
    }),
    "tcp://[::1]:1 unix:///a",
  );
});

Deno.test("readConfig() finds the engine: flags, then ours, SOCKET_PATH, DOCKER_HOST", () => {
  const engine = (argv: string[], environment: Record<string, string>) =>
    formatAddress(config(argv, environment).engine);
  const both = { SOCKET_PATH: "/a.sock", DOCKER_HOST: "tcp://e:1" };
  assertEquals(engine([], {}), "unix:///var/run/docker.sock");
  assertEquals(engine([], { DOCKER_HOST: "tcp://e" }), "tcp://e:2375");
  assertEquals(engine([], both), "unix:///a.sock");
  assertEquals(engine(["--docker-host=tcp://f:2"], both), "tcp://f:2");
  assertEquals(engine(["--engine=unix:///b"], both), "unix:///b");
});

for (
  const [argv, environment, expected] of [
    [[], { BIND_CONFIG: ":1", SOCKWARDEN_LISTEN: "tcp://127.0.0.1:1" }, [
      "BIND_CONFIG=:1 and SOCKWARDEN_LISTEN are both set: remove one of them",
    ]],
    [["--listen=tcp://a:1"], { BIND_CONFIG: ":1" }, [
      "BIND_CONFIG=:1 and --listen are both set: remove one of them",
    ]],
    [["--listen=tcp://a:1,tcp://a:1"], {}, [
      "--listen 'tcp://a:1': this address is given twice; give it once",
    ]],
    [["--listen=unix:///a", "--listen=unix:///a?mode=0600"], {}, [
      "--listen 'unix:///a?mode=0600': this address is given twice; give it once",
    ]],
    [[], { DISABLE_IPV6: "maybe" }, ["DISABLE_IPV6=maybe: expected 1 or 0"]],
    [[], { DOCKER_HOST: "tcp://e:1", DOCKER_TLS_VERIFY: "1" }, [
      "DOCKER_TLS_VERIFY=1 requires TLS, but sockwarden connects to DOCKER_HOST=tcp://e:1 without TLS: use a unix socket, or unset DOCKER_TLS_VERIFY",
    ]],
    [["--listen=unix:///var/run/docker.sock"], {}, [
      "the default --engine=unix:///var/run/docker.sock is sockwarden's own listener unix:///var/run/docker.sock: set the address of the Docker engine",
    ]],
    [["--engine=tcp://127.0.0.1:2375"], {}, [
      "--engine=tcp://127.0.0.1:2375 is sockwarden's own listener tcp://127.0.0.1:2375: set the address of the Docker engine",
    ]],
  ] as [string[], Record<string, string>, string[]][]
) {
  Deno.test("readConfig() takes a mounted socket before the DOCKER_HOST of a shared environment, and says so", () => {
    const read = (argv: string[], environment: Record<string, string>) => {
      const { config, problems } = readConfig(
        readFlags(argv),
        environment,
        null,
        "lean",
        true,
      );
      assertEquals(problems, null);
      return config!;
    };
    const shared = {
      DOCKER_HOST: "tcp://docker-proxy:2375",
      DOCKER_TLS_VERIFY: "1",
    };
    const { engine, warnings } = read([], shared);
    assertEquals(formatAddress(engine), "unix:///var/run/docker.sock");
    assertEquals(warnings.length, 1);
    assertStringIncludes(
      warnings[0]!,
      "DOCKER_HOST=tcp://docker-proxy:2375 is",
    );
    assertStringIncludes(warnings[0]!, "SOCKWARDEN_ENGINE");
    const same = read([], { DOCKER_HOST: "unix:///var/run/docker.sock" });
    assertEquals(same.warnings, []);
    // What is set for sockwarden alone is meant.
    const engines = [
      read([], {
        ...shared,
        DOCKER_TLS_VERIFY: "",
        SOCKWARDEN_ENGINE: "tcp://e",
      }),
      read([], { ...shared, SOCKET_PATH: "/a.sock" }),
      read(["--docker-host=unix:///b.sock"], shared),
    ];
    assertEquals(engines.map(({ engine }) => formatAddress(engine)), [
      "tcp://e:2375",
      "unix:///a.sock",
      "unix:///b.sock",
    ]);
    assertEquals(engines.flatMap(({ warnings }) => warnings), []);
  });

  Deno.test(`readConfig() refuses ${argv.join(" ")} with ${JSON.stringify(environment)}`, () => {
    assertEquals(problem(argv, environment).split("\n"), expected);
  });
}

Deno.test("readConfig() takes port 0 several times, since each gets another port", () => {
  const { listeners } = config(["--listen=tcp://a:0,tcp://a:0"]);
  assertEquals(listeners.length, 2);
});

Deno.test("readConfig() takes DOCKER_TLS_VERIFY with an engine on a unix socket", () => {
  assertEquals(problem([], { DOCKER_TLS_VERIFY: "1" }), "");
});

for (
  const [what, policy, argv, expected] of [
    [
      "the common listener beside a client's own, while some client has none",
      "clients: { a: { listen: 'unix:///a' }, b: { from: { host: b } } }",
      [],
      ["tcp://127.0.0.1:2375", "unix:///a?mode=0660"],
    ],
    [
      "no common listener where every client has its own",
      "clients: { a: { listen: 'unix:///a' } }",
      [],
      ["unix:///a?mode=0660"],
    ],
    [
      "an address of both once, as the file has it",
      "clients: { a: { listen: 'unix:///a?mode=0600' } }",
      ["--listen=unix:///a,tcp://c:1"],
      ["tcp://c:1", "unix:///a?mode=0600"],
    ],
    [
      "[::] of the file, whatever DISABLE_IPV6 is",
      "clients: { a: { listen: 'tcp://[::]:1' } }",
      ["--listen=tcp://[::]:2", "--disable-ipv6=1"],
      ["tcp://0.0.0.0:2", "tcp://[::]:1"],
    ],
  ] as const
) {
  Deno.test(`readConfig() opens ${what}`, () => {
    const { config, problems } = readConfig(
      readFlags(argv),
      {},
      policyFile(policy),
    );
    assertEquals(problems, null);
    assertEquals(config?.listeners.map(formatListener), [...expected]);
  });
}
