import { assertEquals } from "@std/assert";
import type { OperationUse } from "../../lib/admin/api.ts";
import { OPERATIONS } from "../../lib/docker/operations.ts";
import { cellText, groupOf, matrixOf, standingsOf } from "../../web/matrix.ts";

function use(
  operation: string,
  given: Partial<OperationUse> = {},
): OperationUse {
  return {
    operation,
    access: "read",
    granted: true,
    used: 0,
    refused: 0,
    last_used: null,
    last_refused: null,
    ...given,
  };
}

Deno.test("a group is what stands before the verb, with libpod apart", () => {
  assertEquals(groupOf("container.exec.create"), "container");
  assertEquals(groupOf("libpod.container.list"), "libpod.container");
  assertEquals(groupOf("-"), "unknown");
  for (const { name } of OPERATIONS) {
    assertEquals(name.startsWith(`${groupOf(name)}.`), true, name);
  }
});

Deno.test("an operation is used, unused, refused, or was used before", () => {
  assertEquals(standingsOf(use("a.b", { used: 1 })), ["used"]);
  assertEquals(standingsOf(use("a.b")), ["unused"]);
  assertEquals(standingsOf(use("a.b", { refused: 1 })), ["unused", "refused"]);
  assertEquals(
    standingsOf(use("a.b", { granted: false, used: 2, refused: 1 })),
    [
      "refused",
      "past",
    ],
  );
  assertEquals(standingsOf(use("a.b", { granted: false })), []);
});

Deno.test("clients are rows, groups are columns, those first that people ask about", () => {
  const matrix = matrixOf({
    clients: [
      { name: "a", operations: [use("libpod.pod.list"), use("system.info")] },
      {
        name: "b",
        operations: [
          use("image.list", { used: 3 }),
          use("container.list"),
          use("container.kill", { granted: false, refused: 1 }),
        ],
      },
    ],
  });
  assertEquals(matrix.groups, ["container", "image", "system", "libpod.pod"]);
  assertEquals(matrix.rows.map(({ client }) => client), ["a", "b"]);
  assertEquals(
    cellText(matrix.rows[1]!.cells.get("container")!),
    "1 granted, unused, 1 refused",
  );
  assertEquals(matrix.rows[0]!.cells.has("container"), false);
});
