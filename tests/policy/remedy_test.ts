import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { OPERATION_BY_NAME, OPERATIONS } from "../../lib/docker/operations.ts";
import { compile, type Grants } from "../../lib/policy/compile.ts";
import { remedyFor, remedyText, selfRemedy } from "../../lib/policy/remedy.ts";
import { SWITCHES } from "../../lib/policy/switches.ts";
import { grants } from "../support/grants.ts";

const names = SWITCHES.map(({ name }) => name);
const operations = fc.constantFrom(...OPERATIONS);
const switches = fc.dictionary(fc.constantFrom(...names), fc.boolean());
const patterns = fc.array(
  fc.constantFrom("container.*", "*:read", "exec.*", "image.pull"),
  { maxLength: 2 },
);

/** The grants after what a remedy says was done. */
function applied(
  before: Grants,
  remedy: ReturnType<typeof remedyFor>,
  allow: boolean,
): Grants {
  const after = new Map(before.switches);
  if (!allow) {
    for (const name of remedy.unset) after.delete(name);
    for (const name of remedy.set) after.set(name, { on: true, source: "" });
  }
  const extra = allow && remedy.allow !== null
    ? grants({}, { allow: [remedy.allow] }).allow
    : [];
  return {
    ...before,
    switches: after,
    allow: [...before.allow, ...extra],
    deny: before.deny.filter((rule) =>
      !remedy.remove.includes(`${rule.setting} ${rule.text}`)
    ),
  };
}

/** The rights of every client without a policy file. */
const EVERYBODY = { client: null, source: "" };

Deno.test("remedyFor() names what in fact allows a refused operation, both ways", () => {
  fc.assert(
    fc.property(
      operations,
      switches,
      patterns,
      patterns,
      (operation, settings, allow, deny) => {
        const before = grants(settings, { allow, deny });
        if (compile(before).rest.verdicts.get(operation.name)!.allowed) return;
        const remedy = remedyFor(before, operation);
        const says = remedyText(remedy, EVERYBODY);
        const allowedBy = (after: Grants) =>
          compile(after).rest.verdicts.get(operation.name)!.allowed;
        if (remedy.allow !== null) {
          assert(allowedBy(applied(before, remedy, true)), says);
        }
        const governed = remedy.set.length > 0 || remedy.unset.length > 0 ||
          remedy.remove.length > 0;
        if (
          governed && (operation.section !== null || remedy.allow === null)
        ) assert(allowedBy(applied(before, remedy, false)), says);
      },
    ),
    { numRuns: 5000 },
  );
});

for (
  const [name, settings, text] of [
    [
      "container.restart",
      {},
      "to allow it set ALLOW_RESTARTS=1, or --allow container.restart",
    ],
    [
      "container.stop",
      {},
      "to allow it set ALLOW_STOP=1, or --allow container.stop",
    ],
    ["image.list", {}, "to allow it set IMAGES=1, or --allow image.list"],
    [
      "image.pull",
      {},
      "to allow it set IMAGES=1 POST=1, or --allow image.pull",
    ],
    [
      "image.pull",
      { IMAGES: 1 },
      "to allow it set POST=1, or --allow image.pull",
    ],
    [
      "container.exec.create",
      { CONTAINERS: 1, POST: 1 },
      "to allow it set EXEC=1, or --allow container.exec.create",
    ],
    [
      "container.logs",
      { CONTAINERS: 1, ALLOW_LOGS: 0 },
      "to allow it set ALLOW_LOGS=1, or --allow container.logs",
    ],
    [
      "container.archive.put",
      { CONTAINERS: 1, POST: 1, ALLOW_ARCHIVE: 0 },
      "to allow it remove ALLOW_ARCHIVE=0, or --allow container.archive.put",
    ],
    ["debug.vars", {}, "to allow it use --allow debug.vars"],
    ["libpod.image.build", {}, "to allow it use --allow libpod.image.build"],
  ] as const
) {
  Deno.test(`remedyText() for ${name} with ${JSON.stringify(settings)}`, () => {
    const operation = OPERATION_BY_NAME.get(name)!;
    assertEquals(
      remedyText(remedyFor(grants(settings), operation), EVERYBODY),
      text,
    );
  });
}

Deno.test("remedyText() says to remove a deny rule, which wins over all else", () => {
  const operation = OPERATION_BY_NAME.get("container.list")!;
  assertEquals(
    remedyText(
      remedyFor(
        grants({ CONTAINERS: 1 }, { deny: ["container.*"] }),
        operation,
      ),
      EVERYBODY,
    ),
    "to allow it remove --deny container.*",
  );
});

/** The remedy of a refused operation, in words. */
function remedy(
  name: string,
  given: Parameters<typeof grants>,
  rights: Parameters<typeof remedyText>[1] = EVERYBODY,
): string {
  const operation = OPERATION_BY_NAME.get(name)!;
  return remedyText(remedyFor(grants(...given), operation), rights);
}

const VIEWER = { client: "viewer", source: "policy.yaml:2:3" };
const UNKNOWN = { client: null, source: "policy.yaml" };

for (
  const [rules, text] of [
    [
      { deny: ["image.pull"] },
      "to allow it remove --deny image.pull and set IMAGES=1 POST=1, or in place of the last step use --allow image.pull",
    ],
    [
      { deny: ["image.pull", "container.*", "image.*", "GET /new"] },
      "to allow it remove --deny image.pull and --deny image.* and set IMAGES=1 POST=1, or in place of the last step use --allow image.pull",
    ],
    [
      { allow: ["image.pull"], deny: ["image.*"] },
      "to allow it remove --deny image.*",
    ],
    [
      { allow: ["image.list", "GET /new"], deny: ["container.*"] },
      "to allow it set IMAGES=1 POST=1, or --allow image.pull",
    ],
  ] as const
) {
  Deno.test(`remedyText() for image.pull with ${JSON.stringify(rules)}`, () => {
    const { deny, ...rest } = rules;
    const allow = "allow" in rest ? [...rest.allow] : [];
    assertEquals(remedy("image.pull", [{}, { allow, deny: [...deny] }]), text);
  });
}

Deno.test("remedyText() for an operation without a switch that a deny rule refuses", () => {
  assertEquals(
    remedy("debug.vars", [{}, { deny: ["debug.*"] }]),
    "to allow it remove --deny debug.* and use --allow debug.vars",
  );
  assertEquals(
    remedy("debug.vars", [{}, { allow: ["debug.*"], deny: ["debug.*"] }]),
    "to allow it remove --deny debug.*",
  );
});

Deno.test("remedyText() for several gates and switches at once", () => {
  assertEquals(
    remedy("container.archive.put", [{ ALLOW_ARCHIVE: 0 }]),
    "to allow it remove ALLOW_ARCHIVE=0 and set CONTAINERS=1 POST=1, or --allow container.archive.put",
  );
});

Deno.test("remedyText() tells a client of a policy file to change what stands there", () => {
  assertEquals(
    remedy("image.pull", [{}], VIEWER),
    "to allow it add image.pull to allow of client 'viewer' (policy.yaml:2:3)",
  );
  assertEquals(
    remedy("image.pull", [{}, { deny: ["image.*"] }], VIEWER),
    "to allow it remove --deny image.* and add image.pull to allow of client 'viewer' (policy.yaml:2:3)",
  );
  assertEquals(
    remedy(
      "image.pull",
      [{}, { allow: ["image.pull"], deny: ["image.*"] }],
      VIEWER,
    ),
    "to allow it remove --deny image.*",
  );
});

Deno.test("remedyText() tells an unknown client to become one of the policy file", () => {
  assertEquals(
    remedy("image.pull", [{}], UNKNOWN),
    "to allow it add this client to policy.yaml, or add image.pull to allow of its default",
  );
  assertEquals(
    remedy("image.pull", [{}, { deny: ["image.*"] }], UNKNOWN),
    "to allow it remove --deny image.* and add this client to policy.yaml, or add image.pull to allow of its default",
  );
  assertEquals(
    remedy(
      "image.pull",
      [{}, { allow: ["image.pull"], deny: ["image.*"] }],
      UNKNOWN,
    ),
    "to allow it remove --deny image.*",
  );
});

Deno.test("selfRemedy() names the setting that allows an operation on our own container", () => {
  const operation = { name: "container.stop" };
  assertEquals(
    selfRemedy(EVERYBODY, operation),
    "to allow it use --allow-self container.stop",
  );
  assertEquals(
    selfRemedy(UNKNOWN, operation),
    "to allow it add container.stop to allow-self of default (policy.yaml)",
  );
  assertEquals(
    selfRemedy(VIEWER, operation),
    "to allow it add container.stop to allow-self of client 'viewer' (policy.yaml:2:3)",
  );
});
