/**
 * Formats generated files as `deno fmt` wants them.
 *
 * @module
 */

/**
 * Formats a text.
 *
 * @param extension Of the file that it is for, such as `md` or `json`.
 * @throws Where it cannot be formatted.
 */
export async function format(text: string, extension: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--no-config", "--ext", extension, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`deno fmt failed on a generated ${extension}`);
  return new TextDecoder().decode(stdout);
}
