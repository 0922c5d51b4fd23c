/**
 * deploy/swarm/monitoring.yaml, deployed in a real Swarm: the proxy's image is
 * ours, Prometheus is the one of this machine, and Grafana is not run.
 */

import { assertEquals, assertMatch } from "@std/assert";
import {
  changes,
  defaultBinary,
  makeTar,
  makeTree,
} from "../../tools/image.ts";
import { exists } from "../../tools/exists.ts";
import { type Dockerd, IMAGE, startDockerd, whySkipped } from "./dockerd.ts";

const STACK = new URL("../../deploy/swarm/monitoring.yaml", import.meta.url)
  .pathname;
const BINARY = Deno.env.get("SOCKWARDEN_BINARY") || defaultBinary();
const PROMETHEUS = ["/usr/bin/prometheus", "/usr/bin/promtool"];
/** Milliseconds that services may take to start, and series to come. */
const PATIENCE_MS = 180_000;

function reason(): string | null {
  const missing = [BINARY, ...PROMETHEUS].find((path) => !exists(path));
  return whySkipped() ??
    (missing === undefined
      ? null
      : `${missing} is missing: deno task compile, apt-get install prometheus`);
}

/** Runs the docker CLI; fails where it does. */
async function run(dockerd: Dockerd, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await dockerd.docker(...args);
  assertEquals(code, 0, `docker ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Asks again until something holds. */
async function until(
  what: string,
  look: () => Promise<string>,
  holds: (seen: string) => boolean,
): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return;
    if (Date.now() > end) throw new Error(`${what}: ${seen}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** Imports a file tree as an image with this start. */
async function importTree(
  dockerd: Dockerd,
  tree: string,
  name: string,
  changes: readonly string[],
): Promise<void> {
  const tar = `${tree}.tar`;
  await new Deno.Command("tar", { args: ["-C", tree, "-cf", tar, "."] })
    .output();
  const options = changes.flatMap((one) => ["--change", one]);
  await run(dockerd, "import", ...options, tar, name);
}

/** Makes the stack's images of what is on this machine. */
async function makeImages(dockerd: Dockerd, folder: string): Promise<void> {
  const ours = `${folder}/ours`;
  makeTree(BINARY, ours);
  makeTar(ours, `${ours}.tar`);
  await run(
    dockerd,
    "import",
    ...changes({ VERSION: "test", REVISION: "test" })
      .map((change) => `--change=${change}`),
    ...[`${ours}.tar`, "sockwarden"],
  );
  const tree = `${folder}/prometheus`;
  for (const name of ["bin", "etc/prometheus", "tmp", "prometheus"]) {
    await Deno.mkdir(`${tree}/${name}`, { recursive: true });
  }
  const { stdout } = await new Deno.Command("ldd", { args: PROMETHEUS })
    .output();
  const libraries = [
    ...new Set(new TextDecoder().decode(stdout).match(/\/lib\S+/g) ?? []),
  ];
  for (const path of [...PROMETHEUS, ...libraries]) {
    const target = tree +
      (path.startsWith("/usr/bin/") ? path.replace("/usr", "") : path);
    await Deno.mkdir(target.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(await Deno.realPath(path), target);
  }
  await importTree(dockerd, tree, "prom/prometheus:v3.5.0", [
    'ENTRYPOINT ["/bin/prometheus"]',
  ]);
  await run(dockerd, "tag", IMAGE, "grafana/grafana:12.1.0");
}

/**
 * The stack, with this engine's socket, and something for Grafana's image to do.
 * The discovery is asked by its task's address: a service's own needs IPVS,
 * which not every kernel has. It is asked often, so that the test need not wait.
 */
async function stackFile(dockerd: Dockerd, folder: string): Promise<string> {
  const scrape = `${folder}/prometheus.yaml`;
  await Deno.writeTextFile(
    scrape,
    (await Deno.readTextFile(STACK.replace(/[^/]*$/, "prometheus.yaml")))
      .replace("tcp://discovery:2375", "tcp://tasks.discovery:2375")
      .replace("port: 9323 }", "port: 9323, refresh_interval: 5s }")
      .replace("scrape_interval: 15s", "scrape_interval: 2s"),
  );
  const text = (await Deno.readTextFile(STACK))
    .replaceAll("/var/run/docker.sock:/", `${dockerd.socket}:/`)
    .replace("file: ./prometheus.yaml", `file: ${scrape}`)
    .replaceAll("file: ../", `file: ${STACK.replace(/swarm\/[^/]*$/, "")}`)
    .replace(
      /image: grafana\/.*\n/,
      (line) => `${line}    command: [sleep, "1000"]\n`,
    );
  const path = `${folder}/stack.yaml`;
  await Deno.writeTextFile(path, text);
  return path;
}

async function deployed(dockerd: Dockerd): Promise<void> {
  const replicas = () =>
    run(dockerd, ...["service", "ls", "--format", "{{.Name}} {{.Replicas}}"]);
  await until(
    "the services",
    replicas,
    (seen) => seen.trim().split("\n").every((line) => / 1\/1$/.test(line)),
  );
  const container = (await run(
    dockerd,
    ...["ps", "-q", "--filter", "name=monitoring_prometheus"],
  )).trim();
  const ask = async (query: string) =>
    (await dockerd.docker(
      ...["exec", container, "/bin/promtool", "query", "instant"],
      ...["http://127.0.0.1:9090", query],
    )).stdout;
  await until(
    "both sockwardens",
    () => ask("sockwarden_engine_up"),
    (seen) => (seen.match(/=> 1 @/g) ?? []).length === 2,
  );
  const seen = await ask('up{job="sockwarden"}');
  for (const name of ["docker-proxy", "discovery"]) {
    assertMatch(seen, new RegExp(`instance="monitoring_${name}@`));
    assertMatch(seen, new RegExp(`service="monitoring_${name}"`));
  }
  assertEquals((seen.match(/=> 1 @/g) ?? []).length, 2, seen);
}

const skipped = reason();
if (skipped !== null) {
  Deno.test.ignore(`the stack in a Swarm: ${skipped}`, () => {});
} else {
  Deno.test("the stack of deploy/swarm/monitoring.yaml starts in a Swarm, and its Prometheus finds every sockwarden", async () => {
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-swarm-" });
    const dockerd = await startDockerd("own");
    try {
      await makeImages(dockerd, folder);
      await run(
        dockerd,
        ...["swarm", "init", "--advertise-addr", "127.0.0.1"],
        ...["--listen-addr", "127.0.0.1:2377"],
      );
      await run(
        dockerd,
        ...["network", "create", "--driver", "overlay", "--internal"],
        "sockwarden-metrics",
      );
      const file = await stackFile(dockerd, folder);
      await run(
        dockerd,
        ...["stack", "deploy", "--resolve-image", "never", "-c", file],
        "monitoring",
      );
      await deployed(dockerd);
      await run(dockerd, "stack", "rm", "monitoring");
    } finally {
      await dockerd.docker("swarm", "leave", "--force");
      await dockerd.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
