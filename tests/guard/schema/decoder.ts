/**
 * Go's decoder: the program in `go/`, which reads bodies into the API's own
 * structures.
 *
 * @module
 */

const FOLDER = new URL("go/", import.meta.url).pathname;

/** A field that is not Go's zero value: the steps to it, and its value. */
export type Leaf = readonly [
  steps: readonly (string | number | readonly [key: string])[],
  value: unknown,
];

/** How one version of the API reads a body: its leaves, or an error. */
export type Reading = readonly Leaf[] | string;

/** The program, or why it cannot be had here. */
export type Decoder = { readonly program: string } | {
  readonly missing: string;
};

/**
 * Builds the program.
 *
 * @returns Why not, where Go or the modules cannot be had.
 * @throws Where it does not compile.
 */
export async function buildDecoder(): Promise<Decoder> {
  try {
    const { code, stderr } = await go("mod", "download");
    if (code !== 0) {
      return { missing: `no modules of Docker's API: ${firstLine(stderr)}` };
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { missing: "no go" };
  }
  const program = await Deno.makeTempFile({ prefix: "decoder" });
  globalThis.addEventListener("unload", () => Deno.removeSync(program));
  const { code, stderr } = await go("build", "-o", program, ".");
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return { program };
}

function go(...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command("go", { args, cwd: FOLDER }).output();
}

function firstLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).split("\n")[0]!;
}

/**
 * The fields of the structures.
 *
 * @returns Lines of body, path, type, and version of the API.
 */
export async function readTypes(program: string): Promise<string[][]> {
  const { stdout } = await new Deno.Command(program, { args: ["types"] })
    .output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n")
    .map((line) => line.split("\t"));
}

/**
 * Decodes bodies.
 *
 * @param bodies The name of each body's type and its bytes.
 * @returns For each, how every version of the API that has it reads it.
 */
export async function decode(
  program: string,
  bodies: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<Record<string, Reading>[]> {
  const child = new Deno.Command(program, {
    args: ["decode"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = bodies.map(({ name, bytes }) =>
    `${name} ${bytes.toBase64()}\n`
  );
  const writer = child.stdin.getWriter();
  const written = writer.write(new TextEncoder().encode(input.join("")))
    .then(() => writer.close());
  const { stdout } = await child.output();
  await written;
  return new TextDecoder().decode(stdout).trimEnd().split("\n")
    .map((line) => JSON.parse(line));
}
