import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  FOREIGN_VARIABLES,
  foreignFlag,
  foreignVariable,
} from "../../lib/config/foreign.ts";
import { config, problem } from "../support/config.ts";

const warnings = (environment: Record<string, string>) =>
  config([], environment).warnings;

Deno.test("variables of other proxies are told in one line for each twin", () => {
  assertEquals(
    warnings({
      SP_ALLOW_GET: "/v1\\..{1,2}/(version|containers/.*)",
      SP_ALLOW_GET_2: "/_ping",
      SP_LISTENIP: "0.0.0.0",
      SP_PROXYPORT: "2375",
      SP_LOGLEVEL: "debug",
    }),
    [
      "SP_ALLOW_GET, SP_ALLOW_GET_2: variables of another proxy without effect here: grant each call with --allow OPERATION; sockwarden explain METHOD PATH names it",
      "SP_LISTENIP, SP_PROXYPORT: variables of another proxy without effect here: set SOCKWARDEN_LISTEN (docs/migration-others.md)",
      "SP_LOGLEVEL: a variable of another proxy without effect here: set LOG_LEVEL or SOCKWARDEN_LOG_FORMAT",
    ],
  );
});

for (
  const [name, value, twin] of [
    ["SP_ALLOWFROM", "traefik", "policy file"],
    ["SP_ALLOWFROM", "0.0.0.0/32", "policy file"],
    ["SP_LISTENIP", "::1", "SOCKWARDEN_LISTEN"],
    ["CETUSGUARD_FRONTEND_ADDR", "tcp://[::1]:2375", "SOCKWARDEN_LISTEN"],
    ["SP_ALLOWBINDMOUNTFROM", "/var/log", "--guard-binds"],
    ["SP_PROXYSOCKETENDPOINT", "/run/x.sock", "SOCKWARDEN_LISTEN"],
    ["CETUSGUARD_FRONTEND_ADDR", "tcp://127.0.0.1:2375", "SOCKWARDEN_LISTEN"],
    ["CETUSGUARD_FRONTEND_TLS_CACERT", "/ca.pem", "SOCKWARDEN_TLS_CERT"],
    ["CETUSGUARD_NO_BUILTIN_RULES", "true", "PING=0"],
    ["SOCKGUARD_LISTEN_SOCKET", "/run/x.sock", "SOCKWARDEN_LISTEN"],
    ["SOCKGUARD_CLIENTS_ALLOWED_CIDRS", "10.0.0.0/8", "policy file"],
  ] as const
) {
  Deno.test(`${name}=${value} would have narrowed something, so the start stops`, () => {
    const text = problem([], { [name]: value });
    assertStringIncludes(text, `${name} restricts another proxy`);
    assertStringIncludes(text, twin);
    assertEquals(
      problem([], { [name]: value, SOCKWARDEN_IGNORE: name }),
      "",
    );
  });
}

for (
  const [name, value] of [
    ["SP_LISTENIP", ""],
    ["SP_LISTENIP", "::"],
    ["SP_ALLOWFROM", "::/0,0.0.0.0/0"],
    ["SP_ALLOWFROM", "0.0.0.0/0"],
    ["CETUSGUARD_FRONTEND_ADDR", "tcp://:2375"],
    ["CETUSGUARD_FRONTEND_ADDR", "tcp://[::]:2375"],
    ["CETUSGUARD_NO_BUILTIN_RULES", "false"],
    ["SOCKGUARD_LISTEN_ADDRESS", ":2375"],
  ] as const
) {
  Deno.test(`${name}=${value} narrows nothing, so it is a warning`, () => {
    assertEquals(problem([], { [name]: value }), "");
    assertEquals(warnings({ [name]: value }).length, 1);
  });
}

Deno.test("settings of others for bodies and answers are told with the guard's", () => {
  for (
    const [name, twin] of [
      [
        "SOCKGUARD_REQUEST_BODY_CONTAINER_CREATE_ALLOWED_BIND_MOUNTS",
        "--guard",
      ],
      ["SOCKGUARD_RESPONSE_REDACT_CONTAINER_ENV", "--hide"],
    ] as const
  ) assertStringIncludes(foreignVariable(name)!.twin, twin);
  assertStringIncludes(foreignFlag("allowbindmountfrom")!, "--guard-binds");
});

Deno.test("words that any program may use are one warning, and stop the start beside a variable of that proxy", () => {
  const words = {
    BIND: "127.0.0.1",
    HOST: "web",
    PRIVILEGED: "1",
    ALLOWED_HOSTS: "a",
  };
  assertEquals(warnings(words).length, 1);
  assertStringIncludes(
    warnings(words)[0]!,
    "BIND, HOST, PRIVILEGED, ALLOWED_HOSTS",
  );
  const beside = { ...words, ALLOWED_PATHS: "/version" };
  assertEquals(problem([], beside).split("\n").length, 4);
  assertEquals(problem([], { BIND: "0.0.0.0", ALLOWED_METHODS: "GET" }), "");
  assertEquals(
    problem([], {
      ...words,
      ALLOWED_PATHS: "/",
      SOCKWARDEN_IGNORE: "ALLOWED_PATHS",
    }),
    "",
  );
});

Deno.test("an action behind a section is told with its operation", () => {
  assertEquals(
    foreignVariable("NETWORKS_CONNECT")?.twin,
    "use --allow network.connect",
  );
  assertEquals(
    foreignVariable("CONTAINERS_RENAME")?.twin,
    "use --allow container.rename",
  );
  assertEquals(
    foreignVariable("ALLOW_DELETE")?.twin,
    "use --allow container.delete",
  );
  assertEquals(foreignVariable("ALLOW_START"), null);
  assertEquals(foreignVariable("CONTAINERS_LIMIT"), null);
  assertEquals(warnings({ IMAGES_DELETE: "yes please" }), []);
});

Deno.test("variables of other programs with such a beginning are no setting of a proxy", () => {
  for (
    const name of [
      "SP_ENTITY_ID",
      "SOCKET_PROXY_NETWORK",
      "toString",
      "BINDING",
    ]
  ) {
    assertEquals(foreignVariable(name), null, name);
  }
});

Deno.test("every row is found under its own name, before a wider one", () => {
  for (const [pattern, twin] of FOREIGN_VARIABLES) {
    const name = pattern.replace(/[!=?]$/, "").replace("*", "X");
    assertEquals(foreignVariable(name)?.twin, twin, pattern);
  }
});
