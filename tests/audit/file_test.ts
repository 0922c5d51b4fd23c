import { assertEquals, assertMatch } from "@std/assert";
import { NO_LINK, seal } from "../../lib/audit/chain.ts";
import { openAuditFile } from "../../lib/audit/file.ts";
import { encodeUtf8 } from "../../lib/host.ts";

const KEY = encodeUtf8("k".repeat(32));
const TIME = `"time":"2026-11-26T12:00:00.000Z"`;

async function inFolder(run: (folder: string) => void | Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-test-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function problem(path: string): string {
  const opened = openAuditFile(path, null);
  return "problem" in opened ? opened.problem : "none";
}

function opened(path: string, key: Uint8Array | null = KEY) {
  const opened = openAuditFile(path, key);
  if ("problem" in opened) throw new Error(opened.problem);
  return opened;
}

Deno.test("a new file belongs to its owner alone", () =>
  inFolder((folder) => {
    const { file, ending } = opened(`${folder}/a`);
    assertEquals(Deno.statSync(`${folder}/a`).mode! & 0o777, 0o600);
    assertEquals([ending.torn, ending.link], [false, null]);
    file.close();
  }));

Deno.test("a link, a folder, a pipe, a device and a socket are refused, each with what to do", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/real`, "");
    Deno.symlinkSync(`${folder}/real`, `${folder}/link`);
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    const socket = Deno.listen({ transport: "unix", path: `${folder}/socket` });
    assertMatch(problem(`${folder}/link`), /symbolic link: name the file/);
    assertMatch(problem(folder), /folder: name a file in it/);
    assertMatch(problem(`${folder}/pipe`), /pipe.*or - for standard output/);
    assertMatch(problem("/dev/null"), /device.*or - for standard output/);
    assertMatch(problem(`${folder}/socket`), /socket: name a file/);
    assertMatch(problem(`${folder}/none/a`), /No such file or directory/);
    socket.close();
  }));

Deno.test("a file that another one has open is refused, and free once that has closed it", () =>
  inFolder((folder) => {
    const first = opened(`${folder}/a`);
    assertMatch(problem(`${folder}/a`), /^another process has it/);
    first.file.close();
    opened(`${folder}/a`).file.close();
  }));

/** How a file with this text ends. */
function ending(folder: string, text: string, key: Uint8Array | null = KEY) {
  Deno.writeTextFileSync(`${folder}/a`, text);
  const { file, ending } = opened(`${folder}/a`, key);
  file.close();
  return ending;
}

Deno.test("the last whole line is found, behind lines that are long and before one that is torn", () =>
  inFolder((folder) => {
    const first = seal(`"event":"started",${TIME},"chain":"new"`, NO_LINK, KEY);
    const long = seal(
      `"event":"ended",${TIME},"x":"${"x".repeat(40_000)}"`,
      first.link,
      KEY,
    );
    const last = seal(`"event":"ended",${TIME}`, long.link, KEY);
    const text = `${first.line}\n${long.line}\n${last.line}\n`;
    const whole = { torn: false, link: last.link, why: "" };
    assertEquals(ending(folder, text), whole);
    assertEquals(ending(folder, text.repeat(30)), whole);
    const torn = { ...whole, torn: true };
    assertEquals(ending(folder, text + last.line.slice(0, 50)), torn);
    assertEquals(ending(folder, `${first.line}\n`).link, first.link);
  }));

Deno.test("a chain does not go on from a line that the key does not fit, and it is said why", () =>
  inFolder((folder) => {
    const first = seal(`"event":"started",${TIME},"chain":"new"`, NO_LINK, KEY);
    const last = seal(`"event":"ended",${TIME}`, first.link, KEY);
    const bare = seal(`"event":"ended",${TIME}`, NO_LINK, null);
    const text = `${first.line}\n${last.line}\n`;
    for (
      const [of, why, key] of [
        [text, "does not fit this key", encodeUtf8("o".repeat(32))],
        [text.replaceAll("12:00", "13:00"), "does not fit this key", KEY],
        [`${last.line}\n`, "does not fit this key", KEY],
        [`${bare.line}\n`, "has no MAC", KEY],
        ["no line\n", "does not end in a line of an audit", KEY],
      ] as const
    ) {
      const { link, why: said } = ending(folder, of, key);
      assertEquals(link, null);
      assertMatch(said, new RegExp(why));
    }
  }));
