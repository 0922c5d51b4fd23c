import { assertEquals } from "@std/assert";
import { nearestRoute } from "../../lib/commands/nearest_route.ts";

for (
  const [method, path, near] of [
    ["get", "/containers/json", "GET /containers/json (container.list)"],
    ["GET", "/containres/json", "GET /containers/json (container.list)"],
    ["GET", "/container/json", "GET /containers/json (container.list)"],
    [
      "post",
      "/containers/web/restrat",
      "POST /containers/web/restart (container.restart)",
    ],
    [
      "DELETE",
      "/containers/a/json",
      "GET /containers/a/json (container.inspect)",
    ],
    ["GTE", "/containers/json", "GET /containers/json (container.list)"],
    ["GET", "/something", null],
    ["GET", "/", null],
    ["GET", "/a/b/c/d/e/f/g", null],
    ["OPTIONS", "/nothing", null],
  ] as const
) {
  Deno.test(`nearestRoute() of ${method} ${path} is ${near}`, () => {
    assertEquals(nearestRoute(method, path), near);
  });
}
