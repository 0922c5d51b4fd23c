import { assertEquals } from "@std/assert";
import { config, problem } from "../support/config.ts";

for (
  const [argv, environment, name, inner] of [
    [[], { CONTAINERS: '"1"' }, "CONTAINERS", "1"],
    [[], { SOCKET_PATH: "'/run/docker.sock'" }, "SOCKET_PATH", null],
    [[], { SOCKWARDEN_ALLOW: '"container.list"' }, "SOCKWARDEN_ALLOW", null],
    [[], { COMMIT: '"1"' }, "COMMIT", "1"],
    [[], { POST: '""' }, "POST", ""],
    [["--post='0'"], {}, "--post", "0"],
    [['--engine="/run/docker.sock"'], {}, "--engine", "/run/docker.sock"],
  ] as [string[], Record<string, string>, string, string | null][]
) {
  Deno.test(`readConfig() names the quotes in ${JSON.stringify([argv, environment])}`, () => {
    const value = environment[name] ?? argv[0]!.split("=")[1]!;
    assertEquals(
      problem(argv, environment),
      `${name}=${value}: the quotes are a part of the value, as a list in a compose file and docker's --env-file keep them: write ${name}=${
        inner ?? value.slice(1, -1)
      }`,
    );
  });
}

Deno.test("readConfig() leaves quotes alone that are no pair, or in a variable of another program", () => {
  assertEquals(problem([], { NAME: '"1"', GREETING: "'" }), "");
  assertEquals(
    problem([], { CONTAINERS: '"1' }),
    'CONTAINERS="1: expected 1 or 0',
  );
  const { warnings } = config([], { VERSION: '"3.2"' });
  assertEquals(warnings.length, 1);
});
