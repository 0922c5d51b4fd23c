import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startDemoEngine } from "../../lib/demo/engine.ts";
import { latin1 } from "../support/engine.ts";
import { get, request } from "../support/proxy.ts";

/** A connection to the demo engine. */
async function connect(port: number) {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const buffer = new Uint8Array(65536);
  return {
    conn,
    /** Sends, and reads up to a text. */
    async ask(text: string, until: string): Promise<string> {
      await conn.write(new TextEncoder().encode(text));
      let seen = "";
      while (!seen.includes(until)) {
        const size = await conn.read(buffer);
        if (size === null) break;
        seen += latin1(buffer.subarray(0, size));
      }
      return seen;
    },
  };
}

Deno.test({
  name: "the demo engine answers what it knows, over one connection",
  // It goes on for as long as the program does.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { conn, ask } = await connect(startDemoEngine());
    assertStringIncludes(await ask(get("/_ping"), "OK"), "200 OK\r\n");
    assertStringIncludes(
      await ask(get("/v1.41/version"), "}\n"),
      '"ApiVersion":"1.47"',
    );
    assertStringIncludes(await ask(get("/info"), "}\n"), '"Containers":3');
    const list = await ask(get("/containers/json"), "]\n");
    assertEquals(list.match(/"State":"running"/g)?.length, 3);
    assertStringIncludes(
      await ask(get("/containers/web/json"), "}\n"),
      '"Name":"/web"',
    );
    assertStringIncludes(
      await ask(get("/containers/none/json"), "}\n"),
      '{"message":"No such container: none"}',
    );
    assertStringIncludes(
      await ask(request("POST", "/containers/web/stop", ""), "\r\n\r\n"),
      "204 No Content",
    );
    const running = await ask(get("/containers/json"), "]\n");
    assertEquals(running.match(/"State":"running"/g)?.length, 2);
    const all = await ask(get("/containers/json?all=1"), "]\n");
    assertEquals(all.match(/"State":/g)?.length, 3);
    await ask(request("POST", "/containers/web/start", ""), "\r\n\r\n");
    assertStringIncludes(
      await ask(get("/containers/web/logs?stdout=1"), "0\r\n\r\n"),
      "web: line 3 of the demo",
    );
    assertStringIncludes(
      await ask(get("/images/json"), "}\n"),
      '{"message":"the demo engine does not know this call"}',
    );
    conn.close();
  },
});

Deno.test({
  name: "the demo engine says what an exec would have run",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { conn, ask } = await connect(startDemoEngine());
    const created = await ask(
      request("POST", "/containers/db/exec", '{"Cmd":["ls","-l"]}'),
      "}\n",
    );
    const id = created.match(/"Id":"(\w+)"/)?.[1];
    assert(id !== undefined);
    const output = await ask(
      request("POST", `/exec/${id}/start`, "{}", "Upgrade: tcp"),
      "\n",
    );
    assertStringIncludes(output, "101 UPGRADED");
    assertStringIncludes(
      output + await ask("", "-l\n"),
      "nothing was run; the command was ls -l",
    );
    conn.close();
    const second = await connect(startDemoEngine());
    assertStringIncludes(
      await second.ask(request("POST", "/exec/none/start", "{}"), "}\n"),
      '{"message":"No such exec instance: none"}',
    );
    second.conn.close();
  },
});

Deno.test({
  name: "the demo engine tells its followers of what is done",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const port = startDemoEngine();
    const follower = await connect(port);
    await follower.ask(get("/events"), "\r\n\r\n");
    const other = await connect(port);
    await other.ask(request("POST", "/containers/db/kill", ""), "\r\n\r\n");
    const event = await follower.ask("", '"Action":"kill"');
    assertStringIncludes(event, '"name":"db"');
    follower.conn.close();
    other.conn.close();
  },
});
