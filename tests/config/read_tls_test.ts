import { assertEquals } from "@std/assert";
import { readConfig } from "../../lib/config/read.ts";
import { policyFile } from "../support/policy.ts";

const FILES = ["--tls-cert=/c.pem", "--tls-key=/k.pem", "--tls-ca=/a.pem"];
const LISTEN = "--listen=tls://127.0.0.1:2376";

function problems(
  argv: string[],
  environment: Record<string, string> = {},
  policy: string | null = null,
  engine: "lean" | "v8" | "quickjs" = "v8",
): readonly string[] {
  const file = policy === null ? null : policyFile(policy);
  return readConfig(argv, environment, file, engine).problems ?? [];
}

Deno.test("readConfig() finds the files of a TLS listener, each with its setting", () => {
  const { config } = readConfig(
    [LISTEN, "--listen=tls://[::1]:2377", ...FILES.slice(1)],
    { SOCKWARDEN_TLS_CERT: "/c.pem" },
    null,
    "v8",
  );
  assertEquals(config?.listeners, [
    { kind: "tls", host: "127.0.0.1", port: 2376 },
    { kind: "tls", host: "::1", port: 2377 },
  ]);
  assertEquals(config?.tls, {
    certificate: { path: "/c.pem", setting: "SOCKWARDEN_TLS_CERT" },
    key: { path: "/k.pem", setting: "--tls-key" },
    authorities: { path: "/a.pem", setting: "--tls-ca" },
  });
});

Deno.test("readConfig() needs no file where no listener is one of TLS", () => {
  assertEquals(
    readConfig([], { SOCKWARDEN_TLS_CERT: "" }, null, "v8").config?.tls,
    null,
  );
});

for (
  const [what, argv, problem] of [
    [
      "a TLS listener without its files",
      [LISTEN],
      "the listener tls://127.0.0.1:2376 needs a certificate, its key and the CA of its clients: give --tls-cert=PATH and --tls-key=PATH and --tls-ca=PATH too",
    ],
    [
      "a TLS listener without the CA of its clients",
      [LISTEN, ...FILES.slice(0, 2)],
      "the listener tls://127.0.0.1:2376 needs a certificate, its key and the CA of its clients: give --tls-ca=PATH too",
    ],
    [
      "a file for TLS without a listener",
      ["--listen=tcp://127.0.0.1:2376", FILES[1]!],
      "--tls-key=/k.pem is given, and no listener is one of TLS: add --listen=tls://host:port, or leave it out",
    ],
    [
      "a TLS listener without a port",
      ["--listen=tls://127.0.0.1"],
      "--listen 'tls://127.0.0.1': expected tls://host:port, IPv6 in brackets",
    ],
    [
      "a TLS listener that is given twice",
      [LISTEN, LISTEN, ...FILES],
      "--listen 'tls://127.0.0.1:2376': this address is given twice",
    ],
    [
      "the address of a TLS listener as the engine's",
      [LISTEN, ...FILES, "--engine=tcp://localhost:2376"],
      "--engine=tcp://localhost:2376 is sockwarden's own listener tls://127.0.0.1:2376: name the engine's address",
    ],
  ] as const
) {
  Deno.test(`readConfig() refuses ${what}`, () => {
    assertEquals(problems([...argv]), [problem]);
  });
}

for (const engine of ["lean", "quickjs"] as const) {
  Deno.test(`readConfig() refuses TLS on the engine ${engine}, which has none`, () => {
    const why =
      "TLS is not in this build: use the v8 build, or a unix socket for each client";
    assertEquals(problems([LISTEN, ...FILES], {}, null, engine), [
      `--listen 'tls://127.0.0.1:2376': ${why}`,
    ]);
    assertEquals(
      problems([], { SOCKWARDEN_LISTEN: "tls://:2376" }, null, engine),
      [`SOCKWARDEN_LISTEN 'tls://:2376': ${why}`],
    );
    assertEquals(
      problems(
        FILES,
        {},
        "clients: { ci: { listen: tls://127.0.0.1:2376, allow: '*' } }",
        engine,
      ),
      [`policy.yaml: listen 'tls://127.0.0.1:2376': ${why}`],
    );
  });
}

const NEVER =
  "no listener of this client is one of TLS, so 'certificate' never holds: add --listen=tls://host:port, or that address as the client's own 'listen'";
const BY_CERTIFICATE = "clients: { ci: { from: { certificate: ci } } }";
const OWN = (address: string) =>
  `clients: { ci: { from: { certificate: ci }, listen: '${address}' }, other: { from: { cidr: 10.0.0.0/8 } } }`;

for (
  const [what, argv, policy, expected] of [
    ["without a TLS listener", [], BY_CERTIFICATE, [
      `policy.yaml:1:12: clients.ci.from: ${NEVER}`,
    ]],
    ["with one", [LISTEN, ...FILES], BY_CERTIFICATE, []],
    ["with one of its own", FILES, OWN("tls://127.0.0.1:2376"), []],
    [
      "with a plain one of its own beside one of TLS",
      [LISTEN, ...FILES],
      OWN("tcp://127.0.0.1:2377"),
      [`policy.yaml:1:12: clients.ci.from: ${NEVER}`],
    ],
    [
      "where the only TLS listener is another's own",
      FILES,
      "clients: { ci: { from: [ { certificate: ci }, { host: a } ] }, other: { listen: tls://127.0.0.1:2376 } }",
      [`policy.yaml:1:12: clients.ci.from: ${NEVER}`],
    ],
  ] as const
) {
  Deno.test(
    `readConfig() ${
      expected.length === 0 ? "takes" : "refuses"
    } a client told by its certificate ${what}`,
    () => {
      assertEquals(problems([...argv], {}, policy), [...expected]);
    },
  );
}

Deno.test("DISABLE_IPV6=1 turns tls://[::] into tls://0.0.0.0", () => {
  const { config } = readConfig(
    ["--listen=tls://[::]:2376", ...FILES],
    { DISABLE_IPV6: "1" },
    null,
    "v8",
  );
  assertEquals(config?.listeners, [
    { kind: "tls", host: "0.0.0.0", port: 2376 },
  ]);
});
