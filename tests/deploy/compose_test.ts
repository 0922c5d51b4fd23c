/**
 * Docker Compose itself takes the files in `deploy/`.
 */

import { assertEquals } from "@std/assert";

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;

/** The command of Compose that is installed here: the plugin, or Debian's. */
function compose(): string[] | null {
  for (const command of [["docker", "compose"], ["docker-compose"]]) {
    try {
      const { success } = new Deno.Command(command[0]!, {
        args: [...command.slice(1), "version"],
        stdout: "null",
        stderr: "null",
      }).outputSync();
      if (success) return command;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

/** What Compose says of a stack's files, which only a swarm has. */
const NO_CONFIGS = /^Some services .* use the 'configs' key,.*\n$/;
const command = compose();
const files = [
  ...[...Deno.readDirSync(`${DEPLOY}compose`)]
    .map(({ name }) => `compose/${name}`).sort(),
  "swarm/traefik.yaml",
  "swarm/monitoring.yaml",
];

for (const file of files) {
  Deno.test({
    name: command === null
      ? `docker compose config ${file}: Compose is missing (apt-get install docker-compose)`
      : `docker compose config takes ${file}`,
    ignore: command === null,
    async fn() {
      const { code, stderr } = await new Deno.Command(command![0]!, {
        args: [...command!.slice(1), "-f", DEPLOY + file, "config", "-q"],
        env: { DOCKER_GID: "999" },
      }).output();
      const said = new TextDecoder().decode(stderr);
      assertEquals([code, said.replace(NO_CONFIGS, "")], [0, ""]);
    },
  });
}
