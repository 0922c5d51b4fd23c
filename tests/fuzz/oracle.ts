/**
 * Other readers of the same bytes: Go's packages (`go/`), on which Docker's
 * engine is built, and Node's parser (`node_oracle.mjs`).
 *
 * @module
 */

/** Milliseconds that an oracle may take for its answers to one batch. */
const PATIENCE_MS = 60_000;

const FOLDER = new URL(".", import.meta.url).pathname;

/** A running program that reads cases. */
export interface Oracle {
  /** What it says of each case, in order. */
  ask(kind: string, cases: readonly Uint8Array[]): Promise<unknown[]>;
  stop(): Promise<void>;
}

/** The readers that are to be had here. */
export interface Oracles {
  readonly go: Oracle | null;
  readonly node: Oracle | null;
  /** Those that are not, in words. */
  readonly missing: readonly string[];
  stop(): Promise<void>;
}

/** Builds and starts what is to be had. */
export async function startOracles(): Promise<Oracles> {
  const program = await buildGo();
  const go = program === null ? null : start(program, []);
  const node = has("node") ? start("node", [`${FOLDER}node_oracle.mjs`]) : null;
  const missing: string[] = [];
  if (go === null) missing.push("no go");
  if (node === null) missing.push("no node");
  return {
    go,
    node,
    missing,
    async stop() {
      await go?.stop();
      await node?.stop();
      if (program !== null) await Deno.remove(program);
    },
  };
}

async function buildGo(): Promise<string | null> {
  if (!has("go")) return null;
  const program = await Deno.makeTempFile({ prefix: "sockwarden-oracle-" });
  const { success, stderr } = await new Deno.Command("go", {
    args: ["build", "-o", program, "."],
    cwd: `${FOLDER}go`,
    env: { GOFLAGS: "", GOTOOLCHAIN: "local" },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return program;
}

function has(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

function start(program: string, args: readonly string[]): Oracle {
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const from = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const nextLine = async () => {
    for (;;) {
      const end = text.indexOf("\n");
      if (end >= 0) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        return line;
      }
      const { value, done } = await patiently(program, from.read());
      if (done) throw new Error(`${program} has ended`);
      text += value;
    }
  };
  const askNow = async (kind: string, cases: readonly Uint8Array[]) => {
    const asked = cases.map((bytes) => `${kind} ${bytes.toBase64()}\n`);
    const written = writer.write(new TextEncoder().encode(asked.join("")));
    const said: unknown[] = [];
    while (said.length < cases.length) {
      said.push(JSON.parse(await nextLine()));
    }
    await written;
    return said;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask(kind, cases) {
      // One after the other: answers come in the order of the questions.
      const said = last.then(() => askNow(kind, cases));
      last = said;
      return said;
    },
    async stop() {
      await writer.close();
      await from.cancel();
      await child.status;
    },
  };
}

/** What happens, where it happens in time. */
async function patiently<T>(what: string, happens: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`${what} does not answer`)),
    PATIENCE_MS,
  );
  try {
    return await Promise.race([happens, promise]);
  } finally {
    clearTimeout(timer);
  }
}
