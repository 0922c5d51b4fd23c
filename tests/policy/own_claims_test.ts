import { assertEquals } from "@std/assert";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import type { Claims } from "../../lib/guard/claims.ts";
import { compile } from "../../lib/policy/compile.ts";
import { judgeOwnContainer } from "../../lib/policy/own_claims.ts";
import type { OperationRule } from "../../lib/policy/rules.ts";
import type { OwnContainer } from "../../lib/policy/self_protection.ts";
import { NONE } from "../support/claims.ts";
import { grants } from "../support/grants.ts";

const OWN: OwnContainer = {
  id: "0123456789abcdef".repeat(4),
  name: "Warden",
  aliases: ["proxy", ""],
  service: { id: "k6bqxm7dvm2jrh4vsv7c2ejyr", name: "infra" },
};

/** Why a request with these claims is refused. */
function judge(
  operation: string,
  claims: Partial<Claims>,
  { own = OWN, self = [] }: { own?: OwnContainer; self?: string[] } = {},
): string | null {
  const { rest } = compile({
    ...grants({}, { allow: ["*"] }),
    allowSelf: grants({}, { allow: self }).allow as OperationRule[],
  });
  return judgeOwnContainer(
    own,
    rest,
    OPERATION_BY_NAME.get(operation)!,
    { ...NONE, ...claims },
  );
}

const REFERENCE =
  "'Warden' is sockwarden's own container; to allow it use --allow-self network.connect";

Deno.test("judgeOwnContainer() refuses what joins or touches our own container", () => {
  for (const list of ["joins", "touches"] as const) {
    assertEquals(
      judge("network.connect", { [list]: ["web", "Warden"] }),
      REFERENCE,
    );
    assertEquals(judge("network.connect", { [list]: ["web"] }), null);
    assertEquals(
      judge("network.connect", { [list]: ["Warden"] }, {
        self: ["network.connect"],
      }),
      null,
    );
    assertEquals(
      judge("network.connect", { [list]: ["Warden"] }, {
        self: ["network.disconnect"],
      }),
      REFERENCE,
    );
  }
});

for (
  const name of [
    "warden",
    "WARDEN.",
    "/Warden",
    "proxy",
    "infra",
    "tasks.infra",
    "proxy.back",
  ]
) {
  Deno.test(`judgeOwnContainer() gives no other container the name '${name}'`, () => {
    const refusal =
      `'${name}' is a name by which clients find sockwarden; to allow it use --allow-self container.rename`;
    for (const list of ["names", "aliases"] as const) {
      const claims = { [list]: ["web", name] };
      assertEquals(judge("container.create", claims), refusal);
      assertEquals(
        judge("container.create", claims, { self: ["container.create"] }),
        refusal,
      );
      assertEquals(
        judge("container.create", claims, { self: ["container.rename"] }),
        null,
      );
    }
  });
}

Deno.test("judgeOwnContainer() leaves other names, and the empty one", () => {
  for (
    const name of ["web", "wardens", "tasks", "tasks.web", "back.proxy", ""]
  ) {
    assertEquals(judge("container.create", { names: [name] }), null, name);
  }
});

Deno.test("judgeOwnContainer() knows a service's names only of a task", () => {
  const own = { ...OWN, service: null };
  for (const name of ["infra", "tasks.infra"]) {
    assertEquals(judge("container.create", { names: [name] }, { own }), null);
  }
});
