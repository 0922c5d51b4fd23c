/** Under which name a host is looked up. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { addressesByFile, lookUpHost } from "../../lib/identity/look_up.ts";

const none = () => [];

for (const name of ["web", "Web", "web.lan", "web.lan."]) {
  Deno.test(`'${name}' is looked up as an absolute name, so that no search domain is added`, async () => {
    const asked: string[] = [];
    const found = await lookUpHost(name, none, (absolute) => {
      asked.push(absolute);
      return Promise.resolve(["10.0.0.1"]);
    });
    assertEquals(found, ["10.0.0.1"]);
    assertEquals(asked, [
      name === "web" || name === "Web" ? "web." : "web.lan.",
    ]);
  });
}

Deno.test("a name in the hosts file is asked of no name server", async () => {
  const asked: string[] = [];
  const found = await lookUpHost(
    "web",
    (name) => name === "web" ? ["10.0.0.7"] : [],
    (name) => {
      asked.push(name);
      return Promise.resolve([]);
    },
  );
  assertEquals([found, asked], [["10.0.0.7"], []]);
});

Deno.test("a name that has no address rejects, and is not tried in another form", async () => {
  const asked: string[] = [];
  await assertRejects(
    () =>
      lookUpHost("web", none, (name) => {
        asked.push(name);
        return Promise.reject(new Error("no such name"));
      }),
    Error,
    "no such name",
  );
  assertEquals(asked, ["web."]);
});

Deno.test("the hosts file of this system has localhost", async () => {
  assert(addressesByFile("LocalHost").length > 0);
  assertEquals(addressesByFile("no-such-name.invalid"), []);
  assertEquals(await lookUpHost("localhost"), addressesByFile("localhost"));
});
