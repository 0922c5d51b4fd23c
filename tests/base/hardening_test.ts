import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { command, isBuilt, run } from "./support.ts";
import { EMULATED, UNABLE } from "../support/emulated.ts";

const built = isBuilt();
const isRoot = Deno.uid() === 0;

/**
 * @param needsRoot Whether the test is for root alone.
 * @param unable What the emulator cannot do for it; null for nothing.
 */
function test(
  name: string,
  needsRoot: boolean,
  unable: string | null,
  fn: () => Promise<void>,
): void {
  const reason = !built
    ? ": the base is missing (deno task base)"
    : needsRoot && !isRoot
    ? ": not as this user"
    : EMULATED && unable !== null
    ? `: ${unable}`
    : "";
  Deno.test({ name: `base: ${name}${reason}`, ignore: reason !== "", fn });
}

/** One number of `/proc/<pid>/status`. */
function status(pid: number, name: string): string {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  return text.match(new RegExp(`^${name}:\\s*(.*)$`, "m"))?.[1] ?? "";
}

/** Runs a program up to its first output, looks, and ends it. */
async function whileRunning(
  program: string,
  args: string[],
  look: (pid: number, first: string) => void,
): Promise<string> {
  const [path, before] = command("lean");
  const process = new Deno.Command(path, {
    args: [...before, program, "/tmp", ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  try {
    for await (const chunk of process.stdout) {
      text += new TextDecoder().decode(chunk);
      if (text.includes("ready")) break;
    }
    look(process.pid, text);
  } finally {
    process.kill("SIGKILL");
    const { stderr: _ } = process;
    await process.stderr.cancel();
    await process.status;
  }
  return text;
}

test(
  "system calls are filtered, and it says so",
  false,
  UNABLE.filter,
  async () => {
    const { stdout, code } = await run("lean", "hardening");
    assertEquals(code, 0);
    assertMatch(stdout, /sandbox: no new privileges, system calls filtered/);
    assertMatch(stdout, /latin1: true\nleft over: \[\]\n/);
    await whileRunning("signals", [], (pid) => {
      assertEquals(status(pid, "NoNewPrivs"), "1");
      assertEquals(status(pid, "Seccomp"), "2");
    });
  },
);

test("--no-sandbox switches it off with a warning", false, null, async () => {
  const { stdout, stderr } = await run("lean", "hardening", {
    args: ["--no-sandbox"],
  });
  assertMatch(stdout, /sandbox: system calls not filtered \(--no-sandbox\)/);
  assertStringIncludes(stderr, "warning: --no-sandbox");
});

test(
  "the limit of open descriptors is raised",
  false,
  UNABLE.process,
  async () => {
    await whileRunning("signals", [], (pid) => {
      const limits = Deno.readTextFileSync(`/proc/${pid}/limits`);
      const [, soft, hard] = limits.match(/Max open files\s+(\d+)\s+(\d+)/) ??
        [];
      assertEquals(Number(soft), Math.min(Number(hard), 65536));
    });
  },
);

test(
  "dropTo changes every thread, and it stays changed",
  true,
  UNABLE.process,
  async () => {
    const text = await whileRunning("dropTo", [], (pid) => {
      for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
        const of = (what: string) =>
          Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`)
            .match(new RegExp(`^${what}:\\s*(.*)$`, "m"))?.[1];
        assertEquals(of("Uid"), "65532\t65532\t65532\t65532");
        assertEquals(of("Gid"), "65532\t65532\t65532\t65532");
        assertEquals(of("Groups")?.trim(), "65532");
        for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
          assertEquals(of(set), "0000000000000000", `${set} of ${name}`);
        }
      }
    });
    assertMatch(text, /^65532 65532$/m);
    assertMatch(text, /^again throws PermissionDenied/m);
    assertMatch(text, /^read what is root's throws PermissionDenied/m);
    assertMatch(text, /^resolve throws ConnectionRefused/m);
  },
);

test(
  "dropCapabilities leaves the user, and no thread a capability",
  true,
  UNABLE.process,
  async () => {
    const text = await whileRunning("dropCapabilities", [], (pid) => {
      for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
        const status = Deno.readTextFileSync(
          `/proc/${pid}/task/${name}/status`,
        );
        for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
          assertMatch(status, new RegExp(`^${set}:\\s*0{16}$`, "m"));
        }
      }
    });
    assertMatch(text, /^0$/m);
    assertMatch(text, /^become another throws PermissionDenied/m);
  },
);

test(
  "restrict confines files, and leaves connecting alone",
  false,
  UNABLE.landlock,
  async () => {
    const outside = Deno.makeTempDirSync({ prefix: "sockwarden-outside-" });
    const engine = Deno.listen({
      transport: "unix",
      path: `${outside}/engine.sock`,
    });
    (async () => {
      for await (const conn of engine) conn.close();
    })();
    try {
      Deno.writeTextFileSync(`${outside}/secret`, "secret");
      const { stdout } = await run("lean", "restrict", { args: [outside] });
      if (stdout.includes("has no Landlock")) return;
      assertMatch(stdout, /files confined by Landlock \d+/);
      assertMatch(stdout, /^read inside gives/m);
      assertMatch(stdout, /^read outside throws PermissionDenied/m);
      assertMatch(stdout, /^stat outside gives true/m);
      assertMatch(stdout, /^connect outside gives connected/m);
      assertMatch(stdout, /^connect inside gives connected/m);
      assertMatch(
        stdout,
        /^make where only reading is allowed throws PermissionD/m,
      );
      assertMatch(stdout, /^make where writing is allowed gives/m);
      assertMatch(stdout, /^resolve gives connected/m);
    } finally {
      engine.close();
      Deno.removeSync(outside, { recursive: true });
    }
  },
);

test(
  "the kernel says whether anything of a peer waits, and takes nothing",
  false,
  null,
  async () => {
    const { stdout } = await run("lean", "quiet");
    const once = "true\ncontent\n2 true\nan end\nfalse\n";
    assertEquals(stdout, once + once);
  },
);

test(
  "the kernel says when it heard of a peer, and asks it for a sign",
  false,
  UNABLE.heard,
  async () => {
    const { stdout } = await run("lean", "heard");
    assertEquals(stdout, "silent\ncontent\ntrue\na sign\nnull false\n");
  },
);
