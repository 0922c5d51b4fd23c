/**
 * sockwarden: lets programs use the part of the Docker socket that you grant
 * them. Reads the command and runs it; each command is loaded when it is run.
 *
 * @module
 */

import {
  COMMANDS,
  DEFAULT_COMMAND,
  findCommand,
} from "./lib/commands/commands.ts";
import {
  args,
  commandLine,
  exit,
  printStderr,
  printStdout,
} from "./lib/host.ts";

/** Runs what the command line asks for; the image gives the program further names. */
async function start(): Promise<number> {
  const { readShim } = await import("./lib/commands/shim.ts");
  const shim = readShim(commandLine(0), args());
  switch (shim.kind) {
    case "refused":
      printStderr(`sockwarden: ${shim.message}\n`);
      return 1;
    case "healthcheck":
      return await runCommand("healthcheck", []);
    case "program":
      return await run(args());
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const [first = DEFAULT_COMMAND, ...rest] = argv;
  if (argv.includes("--help") || first === "-h" || first === "help") {
    const { commandHelp, helpText } = await import("./lib/commands/help.ts");
    printStdout(commandHelp(first) ?? helpText());
    return 0;
  }
  if (argv.includes("--version") && argv.length > 1) {
    printStderr(
      "sockwarden: --version prints the version, and stands alone then: write --version=1 or --version=0 for the switch VERSION\n",
    );
    return 2;
  }
  if (first === "--version" || first === "version") {
    printStdout(`sockwarden ${(await import("./lib/version.ts")).VERSION}\n`);
    return 0;
  }
  if (/(?:^|\/)haproxy$/.test(first) || first === "-f") {
    printStderr(
      "sockwarden: the command line is one of HAProxy, which sockwarden replaces: remove `command:` and write its rules as switches (CONTAINERS=1) or --allow; see docs/migration.md\n",
    );
    return 2;
  }
  return first.startsWith("-")
    ? await runCommand(DEFAULT_COMMAND, argv)
    : await runCommand(first, rest);
}

async function runCommand(
  name: string,
  argv: readonly string[],
): Promise<number> {
  const command = findCommand(name);
  if (command === null) {
    printStderr(
      `sockwarden: unknown command '${name}'; commands: ${
        COMMANDS.map(({ name }) => name).join(", ")
      }; see sockwarden --help\n`,
    );
    return 2;
  }
  return await (await command.load())(argv);
}

exit(await start());
