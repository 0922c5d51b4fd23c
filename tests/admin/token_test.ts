import { assert, assertEquals, assertMatch } from "@std/assert";
import { readToken } from "../../lib/admin/token.ts";

const TOKEN = "0123456789abcdef0123";

/** The problem or the warnings, as one text. */
function said(found: ReturnType<typeof readToken>): string {
  return "problem" in found ? found.problem : found.warnings.join("; ");
}

async function read(text: string, mode = 0o600) {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await Deno.chmod(path, mode);
    return readToken(path, "--admin-token-file");
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a token is what the file has, but for one line end", async () => {
  for (const end of ["", "\n", "\r\n"]) {
    assertEquals(await read(TOKEN + end), { token: TOKEN, warnings: [] });
  }
});

Deno.test("a file without one token is refused, with the setting that names it", async () => {
  for (
    const text of [
      "",
      "\n",
      "a b",
      `${TOKEN}\n\n`,
      `${TOKEN}\nmore`,
      " a",
      "é".repeat(20),
      "a\0b",
      "a".repeat(5000),
    ]
  ) {
    const found = await read(text);
    assert("problem" in found, JSON.stringify(text));
    assertMatch(said(found), /^--admin-token-file=\S+: /);
  }
  const missing = readToken(
    "/nonexistent/token",
    "SOCKWARDEN_ADMIN_TOKEN_FILE",
  );
  assert("problem" in missing);
  assertMatch(said(missing), /^SOCKWARDEN_ADMIN_TOKEN_FILE=\/nonexistent/);
});

Deno.test("a token that is short, or that everyone can read, is warned of", async () => {
  const short = await read("abc");
  assertMatch(said(short), /is short/);
  const open = await read(TOKEN, 0o644);
  assertMatch(said(open), /chmod o-r/);
  assertEquals(await read(TOKEN, 0o640), { token: TOKEN, warnings: [] });
});
