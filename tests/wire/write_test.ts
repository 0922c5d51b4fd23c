import { assertEquals, assertRejects } from "@std/assert";
import { writeAll } from "../../lib/wire/write.ts";
import { bytesOf, fakeConn } from "../support/conn.ts";

Deno.test("writeAll() writes in one call where the connection takes all", async () => {
  const conn = fakeConn();
  await writeAll(conn, bytesOf("abcdef"));
  assertEquals(conn.writes, ["abcdef"]);
});

Deno.test("writeAll() goes on where a call ended, up to the last byte", async () => {
  const conn = fakeConn();
  conn.writable = 4;
  await writeAll(conn, bytesOf("abcdefghi"));
  assertEquals(conn.writes, ["abcd", "efgh", "i"]);
  await writeAll(conn, bytesOf("1234"));
  assertEquals(conn.writes.slice(3), ["1234"]);
});

Deno.test("writeAll() throws what the connection throws", async () => {
  const conn = fakeConn();
  conn.fail(new Deno.errors.BrokenPipe("gone"));
  await assertRejects(
    () => writeAll(conn, bytesOf("abc")),
    Deno.errors.BrokenPipe,
  );
});
