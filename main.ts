/**
 * sockwarden: lets programs use the part of the Docker socket that you grant
 * them. Reads the command and runs it; each command is loaded when it is run.
 *
 * @module
 */

import {
  args,
  commandLine,
  exit,
  printStderr,
  printStdout,
} from "./lib/host.ts";

/** Commands by name; each takes the arguments after it and returns the exit code. */
const COMMANDS: Readonly<
  Record<string, (argv: readonly string[]) => Promise<number>>
> = {
  serve: async (argv) => (await import("./lib/commands/serve.ts")).serve(argv),
  check: async (argv) => (await import("./lib/commands/check.ts")).check(argv),
  explain: async (argv) =>
    (await import("./lib/commands/explain.ts")).explain(argv),
  diff: async (argv) => (await import("./lib/commands/diff.ts")).diff(argv),
  presets: async (argv) =>
    (await import("./lib/commands/presets.ts")).presets(argv),
  healthcheck: async (argv) =>
    (await import("./lib/commands/healthcheck.ts")).healthcheck(argv),
  demo: async (argv) => (await import("./lib/commands/demo.ts")).demo(argv),
};

/** Runs what the command line asks for; the image gives the program further names. */
async function start(): Promise<number> {
  const { readShim } = await import("./lib/commands/shim.ts");
  const shim = readShim(commandLine(0), args());
  if (shim.kind === "refused") {
    printStderr(`sockwarden: ${shim.message}\n`);
    return 1;
  }
  return shim.kind === "healthcheck"
    ? await COMMANDS.healthcheck!([])
    : await run(args());
}

async function run(argv: readonly string[]): Promise<number> {
  if (argv.includes("--help") || argv[0] === "-h" || argv[0] === "help") {
    const { commandHelp, helpText } = await import("./lib/commands/help.ts");
    printStdout(commandHelp(argv[0] ?? "") ?? helpText());
    return 0;
  }
  if (argv.includes("--version") || argv[0] === "version") {
    printStdout(`sockwarden ${(await import("./lib/version.ts")).VERSION}\n`);
    return 0;
  }
  const [first = "serve", ...rest] = argv;
  if (/(?:^|\/)haproxy$/.test(first) || first === "-f") {
    printStderr(
      "sockwarden: this is no HAProxy: remove the `command:` and write its rules as switches (CONTAINERS=1) or --allow; see docs/migration.md\n",
    );
    return 2;
  }
  if (first.startsWith("-")) return await COMMANDS.serve!(argv);
  if (!Object.hasOwn(COMMANDS, first)) {
    printStderr(
      `sockwarden: '${first}' is no command: ${
        Object.keys(COMMANDS).join(", ")
      }, or --help\n`,
    );
    return 2;
  }
  return await COMMANDS[first]!(rest);
}

exit(await start());
