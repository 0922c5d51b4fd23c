import { assertEquals } from "@std/assert";
import { readFlags } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { policyFile } from "../support/policy.ts";

const FILES = ["--tls-cert=/c.pem", "--tls-key=/k.pem", "--tls-ca=/a.pem"];
const LISTEN = "--listen=tls://127.0.0.1:2376";

function problems(
  argv: string[],
  environment: Record<string, string> = {},
  policy: string | null = null,
  runtime: "lean" | "v8" | "quickjs" = "v8",
): readonly string[] {
  const file = policy === null ? null : policyFile(policy);
  return readConfig(readFlags(argv), environment, file, runtime).problems ?? [];
}

Deno.test("readConfig() finds the files of a TLS listener, each with its setting", () => {
  const { config } = readConfig(
    readFlags([LISTEN, "--listen=tls://[::1]:2377", ...FILES.slice(1)]),
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
    readConfig(readFlags([]), { SOCKWARDEN_TLS_CERT: "" }, null, "v8").config
      ?.tls,
    null,
  );
});

for (
  const [what, argv, problem] of [
    [
      "a TLS listener without its files",
      [LISTEN],
      "the listener tls://127.0.0.1:2376 needs a certificate, its key and the CA of its clients: add --tls-cert=PATH and --tls-key=PATH and --tls-ca=PATH",
    ],
    [
      "a TLS listener without the CA of its clients",
      [LISTEN, ...FILES.slice(0, 2)],
      "the listener tls://127.0.0.1:2376 needs a certificate, its key and the CA of its clients: add --tls-ca=PATH",
    ],
    [
      "a file for TLS without a listener",
      ["--listen=tcp://127.0.0.1:2376", FILES[1]!],
      "--tls-key=/k.pem is set, but there is no tls:// listener: add --listen=tls://host:port, or remove the setting",
    ],
    [
      "a TLS listener without a port",
      ["--listen=tls://127.0.0.1"],
      "--listen 'tls://127.0.0.1': expected tls://host:port with a port up to 65535, and IPv6 in brackets",
    ],
    [
      "a TLS listener that is given twice",
      [LISTEN, LISTEN, ...FILES],
      "--listen 'tls://127.0.0.1:2376': this address is given twice; give it once",
    ],
    [
      "the address of a TLS listener as the engine's",
      [LISTEN, ...FILES, "--engine=tcp://localhost:2376"],
      "--engine=tcp://localhost:2376 is sockwarden's own listener tls://127.0.0.1:2376: set the address of the Docker engine",
    ],
  ] as const
) {
  Deno.test(`readConfig() refuses ${what}`, () => {
    assertEquals(problems([...argv]), [problem]);
  });
}

for (const runtime of ["lean", "quickjs"] as const) {
  Deno.test(`readConfig() refuses TLS on the runtime ${runtime}, which has none`, () => {
    const why =
      "this build does not support TLS: use the v8 build, or a unix socket for each client";
    assertEquals(problems([LISTEN, ...FILES], {}, null, runtime), [
      `--listen 'tls://127.0.0.1:2376': ${why}`,
    ]);
    assertEquals(
      problems([], { SOCKWARDEN_LISTEN: "tls://:2376" }, null, runtime),
      [`SOCKWARDEN_LISTEN 'tls://[::]:2376': ${why}`],
    );
    assertEquals(
      problems(
        FILES,
        {},
        "clients: { ci: { listen: tls://127.0.0.1:2376, allow: '*' } }",
        runtime,
      ),
      [`policy.yaml: listen 'tls://127.0.0.1:2376': ${why}`],
    );
  });
}

const NEVER =
  "this client has no tls:// listener, so 'certificate' never matches: add --listen=tls://host:port, or a tls:// address to the client's 'listen'";
const BY_CERTIFICATE = "clients: { ci: { from: { certificate: ci } } }";
const OWN = (address: string) =>
  `clients: { ci: { from: { certificate: ci }, listen: '${address}' }, other: { from: { cidr: 10.0.0.0/8 } } }`;

for (
  const [what, argv, policy, expected] of [
    ["without a TLS listener", [], BY_CERTIFICATE, [
      `policy.yaml:1:12: clients.ci.from: ${NEVER}`,
    ]],
    ["with one", [LISTEN, ...FILES], BY_CERTIFICATE, []],
    ["with its own", FILES, OWN("tls://127.0.0.1:2376"), []],
    [
      "with its own plain one beside one of TLS",
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
    } a client that is identified by its certificate ${what}`,
    () => {
      assertEquals(problems([...argv], {}, policy), [...expected]);
    },
  );
}

Deno.test("DISABLE_IPV6=1 turns tls://[::] into tls://0.0.0.0", () => {
  const { config } = readConfig(
    readFlags(["--listen=tls://[::]:2376", ...FILES]),
    { DISABLE_IPV6: "1" },
    null,
    "v8",
  );
  assertEquals(config?.listeners, [
    { kind: "tls", host: "0.0.0.0", port: 2376 },
  ]);
});
