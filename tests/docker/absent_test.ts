import { assertEquals } from "@std/assert";
import { noSuchObject, retarget } from "../../lib/docker/absent.ts";
import { matchOperation } from "../../lib/docker/match.ts";

function sent(
  method: string,
  target: string,
  parameters: string[],
  query?: string,
): string | null {
  const match = matchOperation(method, target);
  if (match.kind !== "operation") throw new Error(match.kind);
  return retarget(method, match, parameters, query ?? match.target.query)
    ?.sent ?? null;
}

const ID = "a".repeat(64);

Deno.test("retarget() writes other parameters and keeps version and query", () => {
  assertEquals(
    sent("GET", "/v1.41/containers/web/logs?follow=1", [ID]),
    `/v1.41/containers/${ID}/logs?follow=1`,
  );
  assertEquals(
    sent("DELETE", "/containers/web/checkpoints/one", [ID, "one"]),
    `/containers/${ID}/checkpoints/one`,
  );
  assertEquals(
    sent("GET", "/networks/x", ["my net"], "verbose=1"),
    "/networks/my%20net?verbose=1",
  );
  assertEquals(
    sent("GET", "/images/x/json", ["a/b:1"]),
    "/images/a/b:1/json",
  );
});

Deno.test("retarget() makes no other request than the one that it was asked for", () => {
  for (const name of ["", "a/b", "..", "json", "a?b"]) {
    const other = sent("GET", "/containers/web/json", [name]);
    if (other === null) continue;
    const again = matchOperation("GET", other);
    assertEquals(
      again.kind === "operation" && again.operation.name,
      "container.inspect",
    );
    assertEquals(again.kind === "operation" && again.parameters, [name]);
  }
  assertEquals(sent("GET", "/containers/web/json", [".."]), null);
  assertEquals(sent("GET", "/containers/web/json", []), null);
});

Deno.test("noSuchObject() speaks as the engine does", () => {
  assertEquals(noSuchObject("containers", "x", "x.y"), "No such container: x");
  assertEquals(noSuchObject("exec", "x", "x.y"), "No such exec instance: x");
  assertEquals(noSuchObject("networks", "x", "x.y"), "network x not found");
  assertEquals(noSuchObject("volumes", "x", "x.y"), "get x: no such volume");
  assertEquals(noSuchObject("images", "x", "x.y"), "No such image: x:latest");
  assertEquals(
    noSuchObject("images", "h:5/x", "x.y"),
    "No such image: h:5/x:latest",
  );
  assertEquals(noSuchObject("images", "x:1", "x.y"), "No such image: x:1");
  assertEquals(
    noSuchObject("containers", "$&", "container.kill"),
    "cannot kill container: $&: No such container: $&",
  );
});
