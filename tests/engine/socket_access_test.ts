/** What keeps a user from the engine's socket. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { whyClosed } from "../../lib/engine/socket_access.ts";

const SOCKET = 0o140000;

Deno.test("whyClosed() has nothing to say of a socket that its group may open", () => {
  for (
    const [uid, gid, mode] of [
      [0, 998, SOCKET | 0o660],
      [1000, 1000, SOCKET | 0o777],
      [null, null, null],
    ] as const
  ) {
    assertEquals(whyClosed({ uid, gid, mode }), null);
  }
});

Deno.test("whyClosed() says how to open a socket that is closed to its group", () => {
  const roots = whyClosed({ uid: 0, gid: 0, mode: SOCKET | 0o600 })!;
  assertStringIncludes(roots, "its mode 0600 lets only user 0 open it");
  assertStringIncludes(roots, "chmod 0660");
  assertStringIncludes(roots, "cap_drop: [ALL]");
  const users = whyClosed({ uid: 1000, gid: 0, mode: SOCKET | 0o640 })!;
  assertStringIncludes(users, 'user: "1000"');
  assertEquals(users.includes("cap_drop"), false);
});

Deno.test("whyClosed() knows a socket of another user namespace", () => {
  const closed = whyClosed({ uid: 65534, gid: 65534, mode: SOCKET | 0o660 })!;
  assertStringIncludes(closed, "userns_mode: host");
  assertStringIncludes(closed, "which costs");
});
