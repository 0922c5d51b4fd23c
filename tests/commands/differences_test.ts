import { assertEquals } from "@std/assert";
import {
  type Differences,
  differences,
  socketDifferences,
} from "../../lib/commands/differences.ts";
import { parseListenAddress } from "../../lib/config/parse_address.ts";
import type { ListenAddress } from "../../lib/net/address.ts";
import { compile, type Policy } from "../../lib/policy/compile.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";

function policy(text: string): Policy {
  return compile(
    { ...grants({}), defaultSwitches: false },
    policyFile(text).file,
  );
}

function diff(before: string, after: string): Differences {
  return differences(policy(before), policy(after));
}

function listener(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if ("problem" in address) throw new Error(address.problem);
  return address;
}

/** A file with these clients, each with its grants. */
function clients(...texts: string[]): string {
  return `clients: { ${texts.join(", ")} }`;
}

const A = "a: { from: { host: a }, allow: system.ping }";
const VIEWER = "viewer: { listen: 'unix:///v', allow: container.logs }";
const MAKER = "maker: { listen: 'unix:///m', allow: container.create }";
const PODMAN = "podman: { listen: 'unix:///p', allow: libpod.pod.create }";
const B = "b: { from: { host: b }, allow: system.info }";

for (
  const [what, before, after, lines, wider] of [
    ["the same policy", clients(A), clients(A), [], false],
    [
      "a client with more rights",
      clients(A),
      clients(A.replace("system.ping", "[ system.ping, system.info ]")),
      ["a: newly allowed: system.info"],
      true,
    ],
    [
      "a client with other rights",
      clients(A),
      clients(A.replace("system.ping", "system.info")),
      ["a: newly allowed: system.info", "a: newly refused: system.ping"],
      true,
    ],
    [
      "a new client whose identity a creator must not take",
      clients(MAKER),
      clients(MAKER, A),
      [
        "maker: narrowed by the identities of other clients: container.create",
        "a (new: host a): newly allowed: system.ping",
      ],
      true,
    ],
    [
      "a client that is gone, whose identity a creator may take now",
      clients(MAKER, A),
      clients(MAKER),
      [
        "maker: widened by the identities of other clients: container.create",
        "a (removed: host a): newly refused: system.ping",
      ],
      true,
    ],
    [
      "a client that is given limits",
      clients(VIEWER),
      clients(`${VIEWER.slice(0, -1)}, limits: { rate: 5, streams: 2 } }`),
      [
        "viewer: limits lowered: streams 2 (was unlimited), rate 5 (was unlimited)",
      ],
      false,
    ],
    [
      "a client with one limit raised and one lowered",
      clients(`${VIEWER.slice(0, -1)}, limits: { rate: 5, streams: 2 } }`),
      clients(`${VIEWER.slice(0, -1)}, limits: { rate: 9, streams: 1 } }`),
      [
        "viewer: limits raised: rate 9 (was 5), burst 9 (was 5)",
        "viewer: limits lowered: streams 1 (was 2)",
      ],
      true,
    ],
    [
      "a client that is given a scope",
      clients(VIEWER),
      clients(`${VIEWER.slice(0, -1)}, containers: { label: a } }`),
      ["viewer: narrowed by its scope: container.logs"],
      false,
    ],
    [
      "a client with a narrower scope",
      clients(`${VIEWER.slice(0, -1)}, containers: { name: 'web-*' } }`),
      clients(`${VIEWER.slice(0, -1)}, containers: { name: web-1 } }`),
      ["viewer: narrowed by its scope: container.logs"],
      false,
    ],
    [
      "a client with a wider scope",
      clients(`${VIEWER.slice(0, -1)}, containers: { label: a=1 } }`),
      clients(`${VIEWER.slice(0, -1)}, containers: { label: a } }`),
      ["viewer: widened by its scope: container.logs"],
      true,
    ],
    [
      "a client with another scope",
      clients(`${VIEWER.slice(0, -1)}, containers: { label: a } }`),
      clients(`${VIEWER.slice(0, -1)}, containers: { name: a } }`),
      ["viewer: changed by its scope: container.logs"],
      true,
    ],
    [
      "a new client because of which a call cannot be read",
      clients(PODMAN),
      clients(PODMAN, "c: { from: { container: c } }"),
      ["podman: newly refused: libpod.pod.create"],
      false,
    ],
    ["a new client", clients(A), clients(A, B), [
      "b (new: host b): newly allowed: system.info",
    ], true],
    ["a client that is removed", clients(A, B), clients(A), [
      "b (removed: host b): newly refused: system.info",
    ], false],
    [
      "a client that is removed and now has the rights of all others",
      `default: { allow: system.ping }\n${
        clients("n: { from: { host: n }, allow: container.list }")
      }`,
      "default: { allow: system.ping }",
      [
        "n (removed: host n): newly allowed: system.ping",
        "n (removed: host n): newly refused: container.list",
      ],
      true,
    ],
    ["another identity", clients(A), clients(A.replace("host: a", "host: c")), [
      "a: newly matches: host c",
      "a: no longer matches: host a",
    ], true],
    ["another order", clients(A, B), clients(B, A), [
      "clients: newly matched in the order: b, a",
    ], true],
    ["a new client before the others", clients(A), clients(B, A), [
      "b (new: host b): newly allowed: system.info",
    ], true],
    [
      "rights on sockwarden's own container",
      clients(A),
      clients(A.replace("allow:", "allow-self: container.restart, allow:")),
      ["a: newly allowed on sockwarden's own container: container.restart"],
      true,
    ],
    [
      "origins of web pages",
      clients(A.replace("allow:", "allow-origin: https://x, allow:")),
      clients(A.replace("allow:", "allow-origin: https://y, allow:")),
      [
        "a: newly allowed to web pages of: https://y",
        "a: newly refused to web pages of: https://x",
      ],
      true,
    ],
    [
      "a path that is no longer denied",
      "default: { allow: [ GET /new/route ], deny: [ GET /new/* ] }",
      "default: { allow: [ GET /new/route ] }",
      [
        "default (all others): newly allowed: GET /new/* (no longer denied)",
      ],
      true,
    ],
    [
      "a denied path that no rule allows",
      "default: { deny: [ GET /new/* ] }",
      "default: {}",
      [],
      false,
    ],
  ] as const
) {
  Deno.test(`differences() describes ${what}`, () => {
    const found = diff(before, after);
    assertEquals([found.lines, found.wider], [[...lines], wider]);
    assertEquals(found.changes.length, lines.length);
    assertEquals(found.changes.some(({ widens }) => widens), wider);
  });
}

for (
  const [before, after, line, wider] of [
    ["unix:///x?mode=0660", "unix:///x?mode=0666", "widened", true],
    ["unix:///x?mode=0666", "unix:///x?mode=0660", "narrowed", false],
    ["unix:///x?mode=0640", "unix:///x?mode=0604", "widened", true],
    ["unix:///x", "unix:///x?group=ci", "widened", true],
  ] as const
) {
  Deno.test(`socketDifferences() calls the access of ${after} after ${before} ${line}`, () => {
    const found = socketDifferences([listener(before)], [listener(after)]);
    assertEquals(found.wider, wider);
    assertEquals(
      found.lines.map((text) => text.split(":", 2).join(":")),
      [`sockets: access ${line}`],
    );
  });
}

Deno.test("socketDifferences() compares sockets of the same path only", () => {
  const x = listener("unix:///x");
  for (
    const after of [
      [x],
      [],
      [listener("unix:///y?mode=0666")],
      [listener("tcp://a:1")],
    ]
  ) {
    assertEquals(socketDifferences([x, listener("tcp://a:1")], after), {
      changes: [],
      lines: [],
      wider: false,
    });
  }
});
