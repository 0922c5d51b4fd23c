import { assertEquals } from "@std/assert";
import { defaultsOff, notesOf, warningsOf } from "../../lib/commands/advice.ts";
import { readFlags } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { compile } from "../../lib/policy/compile.ts";
import { config as settingsOf } from "../support/config.ts";
import { policyFile } from "../support/policy.ts";

/** The warnings and notes of these flags beside a policy file. */
function advice(
  policy: string,
  ...argv: string[]
): { warnings: string[]; notes: string[] } {
  const { config, problems } = readConfig(
    readFlags(argv),
    {},
    policyFile(policy),
  );
  if (config === null) throw new Error(problems.join("\n"));
  const compiled = compile(config.grants, config.policyFile);
  return {
    warnings: warningsOf(config, compiled),
    notes: notesOf(config, compiled),
  };
}

const PING = "allow: system.ping";

for (
  const [what, policy, argv, warnings] of [
    [
      "a client on its own socket",
      `clients: { a: { listen: 'unix:///a', ${PING} } }`,
      [],
      [],
    ],
    [
      "a dry run",
      `default: { ${PING} }`,
      ["--dry-run"],
      [
        "dry run: requests that the policy refuses are logged and forwarded, so every client has full access to the engine, which is root on the host, and to sockwarden's own container; remove --dry-run (SOCKWARDEN_DRY_RUN) to enforce the policy",
      ],
    ],
    [
      "a switch beside clients",
      `clients: { a: { listen: 'unix:///a', ${PING} } }`,
      ["--version=1", "--ping"],
      [
        "--ping --version apply only to connections that match no client of policy.yaml: remove them if that is not intended",
      ],
    ],
    ["a switch without clients", `default: { ${PING} }`, ["--ping"], []],
    [
      "a client by its container on a listener that no container reaches",
      `clients: { a: { from: { container: a }, ${PING} } }`,
      [],
      [
        "client a is identified by the address of its container, but no container can reach tcp://127.0.0.1:2375: listen on an address that containers can reach (--listen tcp://ADDRESS:2375; on the host, the gateway's address of their network)",
      ],
    ],
    [
      "clients by their containers on separate listeners that no container reaches",
      `clients: { a: { from: { label: a }, listen: tcp://127.0.0.1:1, ${PING} }, b: { from: { service: b }, listen: tcp://127.0.0.1:2, ${PING} } }`,
      ["--listen=tcp://10.0.0.1:2375"],
      [
        "clients a, b are identified by the addresses of their containers, but no container can reach tcp://127.0.0.1:1, tcp://127.0.0.1:2: listen on an address that containers can reach (--listen tcp://ADDRESS:2375; on the host, the gateway's address of their network)",
      ],
    ],
    [
      "a client by its container on a listener that containers reach",
      `clients: { a: { from: { container: a }, ${PING} } }`,
      ["--listen=tcp://10.0.0.1:2375"],
      [],
    ],
    [
      "a client that can run what it likes in spite of its scope",
      `clients: { a: { listen: 'unix:///a', allow: [ container.exec.create, system.ping ], containers: { label: a } } }`,
      [],
      [
        "a has a scope and container.exec.create: a container that mounts the host or is privileged makes it root on the host, and the scope does not hold against that",
      ],
    ],
    [
      "a client with a scope that runs nothing",
      `clients: { a: { listen: 'unix:///a', allow: [ container.logs, system.ping ], containers: { label: a } } }`,
      [],
      [],
    ],
  ] as const
) {
  Deno.test(`warningsOf() ${warnings.length === 0 ? "is silent about" : "warns of"} ${what}`, () => {
    assertEquals(advice(policy, ...argv).warnings, [...warnings]);
  });
}

for (
  const [what, policy, notes] of [
    ["nothing", `clients: { a: { listen: 'unix:///a', ${PING} } }`, []],
    [
      "a client without system.ping",
      "clients: { a: { listen: 'unix:///a', allow: system.info } }",
      [
        "a may not call system.ping, without which the docker CLI and most SDKs fail with 'client version … is too new'; add it to allow if such a client uses them",
      ],
    ],
    [
      "a client without grants",
      "clients: { a: { listen: 'unix:///a' } }",
      ["client a (policy.yaml:1:12) is granted nothing: add preset or allow"],
    ],
    [
      "a client that creates containers beside one that is identified by its container",
      `clients: { a: { listen: 'unix:///a', allow: [ container.create, system.ping ] }, b: { from: { host: b }, ${PING} } }`,
      [
        "a may create containers, but not with the name, label or alias of another client, so an updater cannot recreate the containers of other clients; to let it, identify those clients by a socket (listen) instead",
      ],
    ],
    [
      "a client that renames containers under a scope by name alone",
      `clients: { a: { listen: 'unix:///a', allow: [ container.rename, system.ping ], containers: { name: 'web-*' } } }`,
      [
        "a has a scope on containers by name (policy.yaml:1:94): it cannot give a container a name outside it, as updaters do that rename the old one to a random name; such a client needs a scope by label",
      ],
    ],
    [
      "no client that renames containers under a scope by label",
      `clients: { a: { listen: 'unix:///a', allow: [ container.rename, system.ping ], containers: { label: a, name: 'web-*' } } }`,
      [],
    ],
    [
      "a client's own listener that others can reach",
      `clients: { a: { listen: [ 'unix:///a?mode=0666', tcp://10.0.0.1:1 ], ${PING} } }`,
      [
        "every connection to unix:///a (mode 0666) is treated as client a",
        "every connection to tcp://10.0.0.1:1 is treated as client a",
      ],
    ],
  ] as const
) {
  Deno.test(`notesOf() notes ${what}`, () => {
    assertEquals(advice(policy).notes, [...notes]);
  });
}

for (
  const [argv, notes] of [
    [
      ["--preset=autoheal"],
      [
        "EVENTS, LIBPOD_PING, LIBPOD_VERSION, PING, VERSION, on by default, are off beside a preset: set EVENTS=1 if a client needs it",
      ],
    ],
    // What it grants itself is not missed.
    [
      ["--preset=traefik", "--libpod-ping"],
      [
        "LIBPOD_VERSION, on by default, is off beside a preset: set LIBPOD_VERSION=1 if a client needs it",
      ],
    ],
    [["--containers"], []],
    [["--allow=container.list"], []],
  ] as const
) {
  Deno.test(`defaultsOff() with ${argv.join(" ")}`, () => {
    const settings = settingsOf([...argv]);
    const policy = compile(settings.grants);
    assertEquals(defaultsOff(settings, policy), notes);
    const ping = policy.rest.verdicts.get("system.ping");
    assertEquals(ping?.allowed, argv[0] !== "--preset=autoheal");
  });
}

Deno.test("EXEC with POST and without CONTAINERS, which creating an exec needs, is warned of", () => {
  const exec = (...argv: string[]) => {
    const { config } = readConfig(readFlags(argv), {});
    return warningsOf(config!, compile(config!.grants, null)).filter((text) =>
      text.includes("EXEC")
    );
  };
  assertEquals(exec("--exec", "--post", "--containers=0"), [
    "EXEC=1 POST=1 does not let a client run a command, since container.exec.create needs CONTAINERS=1 too: set it, or unset EXEC",
  ]);
  assertEquals(exec("--libpod-exec", "--post"), [
    "LIBPOD_EXEC=1 POST=1 does not let a client run a command, since libpod.container.exec.create needs LIBPOD_CONTAINERS=1 too: set it, or unset LIBPOD_EXEC",
  ]);
  assertEquals(exec("--exec", "--post", "--allow=container.exec.create"), []);
  assertEquals(exec("--exec", "--post", "--containers"), []);
  assertEquals(exec("--exec"), []);
});
