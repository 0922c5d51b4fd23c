/** What a guard says of recorded calls. */

import { assertEquals } from "@std/assert";
import type { Entry } from "../../lib/learn/recording.ts";
import type { GuardRules } from "../../lib/guard/rules.ts";
import { replayGuard } from "../../lib/learn/replay_guard.ts";
import { policyFile } from "../support/policy.ts";
import { creation, onContainer, tallyOf } from "./recordings.ts";

function under(
  guard: string,
  call: Partial<Entry>,
  isKept = false,
): string {
  const { file } = policyFile(`default: { guard: ${guard} }`);
  return replayGuard(
    file.rest.guard as GuardRules,
    tallyOf([call]).kinds[0]!,
    isKept,
  ).kind;
}

const needing = (...needs: string[]) => creation("db", needs);

Deno.test("a call passes where the guard allows all that it needs", () => {
  for (
    const [guard, need, kind] of [
      ["standard", "images: [postgres:17]", "allowed"],
      ["strict", "images: [postgres:17]", "refused"],
      [
        '{ level: strict, images: "postgres:*" }',
        "images: [postgres:17]",
        "allowed",
      ],
      ["standard", "binds: [/srv/data]", "refused"],
      ["{ binds: /srv/data }", "binds: [/srv/data]", "allowed"],
      ['{ binds: "/srv/**" }', "binds: [/srv/data]", "allowed"],
      ['{ binds: "/srv/data:ro" }', "binds: [/srv/data]", "refused"],
      ['{ binds: "/srv/data:ro" }', '"x"', "undecided"],
      ["{ privileged: allow }", "privileged: allow", "allowed"],
      ["{ privileged: warn }", "privileged: allow", "allowed"],
      ["standard", "privileged: allow", "refused"],
      ["strict", "ports: [8080]", "refused"],
      ["strict", "ports: [127.0.0.1:8080]", "allowed"],
      ['{ ports: "8000-8999" }', "ports: [8080]", "allowed"],
      [
        "{ capabilities: CAP_NET_ADMIN }",
        "capabilities: [NET_ADMIN]",
        "allowed",
      ],
      ["standard", "fields: [HostConfig.New]", "refused"],
      ["{ fields: HostConfig.New }", "fields: [HostConfig.New]", "allowed"],
      [
        "standard",
        "require: [pids, user, no-new-privileges, drop-all]",
        "allowed",
      ],
      [
        "strict",
        "require: [pids, user, no-new-privileges, drop-all]",
        "refused",
      ],
      ["standard", "guard: none", "refused"],
      ["standard", "later: allow", "undecided"],
      ["{ memory-max: 2g }", "images: [postgres:17]", "undecided"],
      ["{ networks: shop }", "images: [postgres:17]", "undecided"],
      ["{ networks: shop }", "networks: [shop]", "allowed"],
      ["{ networks: shop }", "networks: [other]", "refused"],
      ["{ env-forbidden: X }", "images: [postgres:17]", "undecided"],
    ] as const
  ) assertEquals(under(guard, needing(need)), kind, `${guard} ${need}`);
});

Deno.test("labels that a guard adds are not recorded, where some are given", () => {
  const guard = "{ labels-added: [owner=ci] }";
  const kept = { standard: [], needs: [] };
  for (
    const [operation, kind] of [
      ["container.create", "undecided"],
      ["secret.create", "undecided"],
      ["service.update", "undecided"],
      ["image.build", "undecided"],
      ["container.commit", "undecided"],
      ["container.update", "allowed"],
      ["image.pull", "allowed"],
      ["network.connect", "allowed"],
    ] as const
  ) {
    const call = creation("db", [], { operation, body: kept });
    assertEquals(under(guard, call), kind, operation);
  }
});

Deno.test("what was not recorded is not claimed", () => {
  assertEquals(
    under("standard", creation("db", [], { body: undefined })),
    "undecided",
  );
  assertEquals(
    under("standard", creation("db", [], { body: { unread: "it is cut" } })),
    "undecided",
  );
  const start = onContainer("container.start", "web", {
    body: { needs: ["targets: allow"] },
  });
  assertEquals(under("standard", start), "undecided");
  assertEquals(under("{ targets: allow }", start), "allowed");
  const ordinary = onContainer("container.start", "web", {
    body: { needs: ["targets: allow"], standard: [] },
  });
  assertEquals(under("standard", ordinary), "allowed");
  assertEquals(under("strict", ordinary), "undecided");
  const restart = onContainer("container.restart", "web");
  assertEquals(under("standard", restart), "undecided");
  assertEquals(under("{ targets: allow }", restart), "allowed");
  assertEquals(
    under("standard", onContainer("container.stop", "web")),
    "allowed",
  );
});

Deno.test("a call on a container that keeps to the guard passes, whatever else its guard asks for", () => {
  const guard = "{ binds: /srv/data }";
  const restart = onContainer("container.restart", "db");
  const needing = { ...restart, body: { needs: ["targets: allow"] } };
  for (const call of [restart, needing]) {
    assertEquals(under(guard, call), "undecided");
    assertEquals(under(guard, call, true), "allowed");
  }
});
