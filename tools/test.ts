/**
 * Runs the tests and closes with one line that says how many passed, failed
 * and were skipped; arguments go to `deno test`.
 *
 * @module
 */

const paths = Deno.args.some((arg) => !arg.startsWith("-"))
  ? Deno.args
  : [...Deno.args, "tests/"];
const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "--quiet", "-A", "--parallel", ...paths],
  cwd: new URL("../", import.meta.url).pathname,
  env: { DENO_JOBS: "2" },
  stdout: "piped",
  stderr: "inherit",
}).spawn();

const decoder = new TextDecoder();
let text = "";
for await (const bytes of child.stdout) {
  await Deno.stdout.write(bytes);
  text += decoder.decode(bytes, { stream: true });
}
const { code } = await child.status;

// deno-lint-ignore no-control-regex -- colours
const plain = text.replace(/\x1b\[[0-9;]*m/g, "");
const skipped = [...plain.matchAll(/^(.*?) \.\.\. ignored/gm)]
  .map(([, name]) => name!);
if (skipped.length > 0) {
  console.log(`Skipped:\n${skipped.map((name) => `  ${name}\n`).join("")}`);
}
const count = (word: string) =>
  Number(
    new RegExp(`^(?:ok|FAILED) \\|.*?([0-9]+) ${word}`, "m").exec(plain)?.[1] ??
      0,
  );
console.log(
  `${count("passed")} passed, ${count("failed")} failed, ${
    count("ignored")
  } skipped`,
);
Deno.exit(code);
