/**
 * What of a request is sent, and what is said of one that is not.
 */

import { assertObjectMatch, assertStringIncludes } from "@std/assert";
import { grants } from "../support/grants.ts";
import { ok } from "../support/engine.ts";
import { get, withRig } from "../support/proxy.ts";

const OPEN = { grants: grants({ CONTAINERS: 1, NETWORKS: 1 }) };

for (
  const [path, sent] of [
    ["/networks/gr%c3%bc%C3%9Fe", "/networks/gr%C3%BC%C3%9Fe"],
    ["/v1.41/networks/a/b?verbose=%31", "/v1.41/networks/a%2Fb?verbose=%31"],
    ["/v1.55.0/networks/w%65b", "/v1.55.0/networks/web"],
    ["/networks/web", "/networks/web"],
  ] as const
) {
  Deno.test(`the engine gets ${sent} for ${path}`, async () => {
    await withRig((c) => c.write(ok("[]")), OPEN, async (rig) => {
      const client = await rig.connect();
      await client.send(get(path));
      await client.until("[]");
      assertStringIncludes(rig.engine.received(), `GET ${sent} HTTP/1.1\r\n`);
    });
  });
}

Deno.test("a name that no container can have is answered in the engine's words, and the connection goes on", async () => {
  await withRig((c) => c.write(ok("[]")), OPEN, async (rig) => {
    const client = await rig.connect();
    await client.send(get("/containers/gr%C3%BC%C3%9Fe/json"));
    const text = await client.until("}\n");
    assertStringIncludes(text, "HTTP/1.1 404 Not Found");
    // The UTF-8 of it, one code unit a byte.
    assertStringIncludes(
      text,
      '{"message":"No such container: gr\xc3\xbc\xc3\x9fe"}',
    );
    await client.send(get("/networks"));
    await client.until("[]");
    assertObjectMatch(rig.records[0]!, {
      code: "api.no_such_name",
      status: 404,
      operation: "container.inspect",
    });
  });
});

Deno.test("the record of a malformed target names its method and path", async () => {
  await withRig((c) => c.write(ok("[]")), OPEN, async (rig) => {
    const client = await rig.connect();
    await client.send(get("/networks/a%252Fb?token=x"));
    const text = await client.rest();
    assertStringIncludes(text, "HTTP/1.1 400 ");
    assertStringIncludes(text, '{"message":"sockwarden: the path has');
    assertObjectMatch(rig.records[0]!, {
      code: "http.bad_target",
      status: 400,
      method: "GET",
      path: "/networks/a%252Fb",
    });
  });
});

Deno.test("a library's WebSocket with the Origin of its Host reaches the engine", async () => {
  const open = { grants: grants({ CONTAINERS: 1, POST: 1 }) };
  const switched =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  await withRig((c) => c.write(switched), open, async (rig) => {
    const attach = (origin: string) =>
      "GET /containers/a/attach/ws HTTP/1.1\r\nHost: localhost:2375\r\n" +
      `Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: ${origin}\r\n\r\n`;
    const library = await rig.connect();
    await library.send(attach("http://localhost:2375"));
    assertStringIncludes(await library.until("\r\n\r\n"), "HTTP/1.1 101 ");
    library.close();
    const page = await rig.connect();
    await page.send(attach("http://localhost:8080"));
    assertStringIncludes(await page.until("}\n"), "HTTP/1.1 403 ");
  });
});
