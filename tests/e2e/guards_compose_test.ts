/**
 * Compose files of public projects under the guard `standard`: each comes up, or
 * is refused for exactly what reaches the host, and comes up once that is
 * allowed.
 *
 * The files in `compose_files/` name their origin. Their images are stubs that
 * sleep, under the names that the files use. Folders beside a file are listed in
 * `binds`, as a user lists the folder of a project.
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { exists } from "../../tools/exists.ts";
import { IMAGE, type Output, whySkipped } from "./dockerd.ts";
import { send } from "./raw.ts";
import { type ScopeRig, withScopes } from "./scope_rig.ts";

/** What a file meets. */
interface Row {
  /** Its name in `compose_files/`, without `.yaml`. */
  readonly file: string;
  /** What reaches the host: the field without indexes, the knob, and the value that allows it. */
  readonly reaching: readonly string[];
  /** Why its containers are only created here. */
  readonly held?: string;
}

const SOCKET = "HostConfig.Binds binds /var/run/docker.sock";
const CLOCK = "HostConfig.Binds binds /etc/localtime:ro";
const HOST_NETWORK = "HostConfig.NetworkMode namespaces net";

const FILES: readonly Row[] = [
  {
    file: "authentik",
    reaching: [SOCKET],
    held: "it has the engine's socket",
  },
  {
    file: "dockprom",
    reaching: [
      "HostConfig.Binds binds /:ro",
      "HostConfig.Binds binds /proc:ro",
      "HostConfig.Binds binds /sys:ro",
      "HostConfig.Binds binds /var/run",
      "HostConfig.Binds binds /var/lib/docker:ro",
    ],
    held: "it has the whole host",
  },
  { file: "elasticsearch", reaching: [], held: "it raises limits" },
  {
    file: "frigate",
    reaching: [
      "HostConfig.Privileged privileged allow",
      "HostConfig.Devices.PathOnHost devices /dev/bus/usb",
      "HostConfig.Devices.PathOnHost devices /dev/apex_0",
      "HostConfig.Devices.PathOnHost devices /dev/video11",
      "HostConfig.Devices.PathOnHost devices /dev/dri/renderD128",
      "HostConfig.Devices.PathOnHost devices /dev/accel",
      CLOCK,
    ],
    held: "it is privileged",
  },
  {
    file: "gitea",
    reaching: [CLOCK, "HostConfig.Binds binds /etc/timezone:ro"],
  },
  {
    file: "gluetun",
    reaching: [
      "HostConfig.CapAdd capabilities NET_ADMIN",
      "HostConfig.Devices.PathOnHost devices /dev/net/tun",
    ],
    held: "it has a device",
  },
  {
    file: "homeassistant",
    reaching: [
      "HostConfig.Privileged privileged allow",
      HOST_NETWORK,
      CLOCK,
      "HostConfig.Binds binds /run/dbus:ro",
    ],
    held: "it is privileged",
  },
  { file: "immich", reaching: [CLOCK] },
  {
    file: "jellyfin",
    reaching: [
      HOST_NETWORK,
      "HostConfig.Devices.PathOnHost devices /dev/dri/renderD128",
    ],
    held: "it has a device",
  },
  { file: "loki", reaching: ["HostConfig.Binds binds /var/log"] },
  { file: "mastodon", reaching: [] },
  { file: "minecraft", reaching: [] },
  {
    file: "netdata",
    reaching: [
      "HostConfig.PidMode namespaces pid",
      HOST_NETWORK,
      "HostConfig.CapAdd capabilities SYS_PTRACE",
      "HostConfig.CapAdd capabilities SYS_ADMIN",
      "HostConfig.SecurityOpt security-opt apparmor=unconfined",
      "HostConfig.Binds binds /etc/passwd:ro",
      "HostConfig.Binds binds /etc/group:ro",
      "HostConfig.Binds binds /proc:ro",
      "HostConfig.Binds binds /sys:ro",
      "HostConfig.Binds binds /etc/os-release:ro",
      `${SOCKET}:ro`,
    ],
    held: "it has the engine's socket",
  },
  {
    file: "nextcloud",
    reaching: [`${SOCKET}:ro`],
    held: "it has the engine's socket",
  },
  {
    file: "node-exporter",
    reaching: [
      "HostConfig.PidMode namespaces pid",
      HOST_NETWORK,
      "HostConfig.Binds binds /:ro",
      "HostConfig.Binds propagation allow",
    ],
    held: "it has the whole host",
  },
  {
    file: "open-webui",
    reaching: ["HostConfig.DeviceRequests devices allow"],
    held: "it has a device",
  },
  { file: "paperless", reaching: [] },
  {
    file: "pihole",
    reaching: ["HostConfig.CapAdd capabilities NET_ADMIN"],
  },
  { file: "plausible", reaching: [], held: "it raises limits" },
  {
    file: "portainer",
    reaching: [SOCKET],
    held: "it has the engine's socket",
  },
  {
    file: "supabase",
    reaching: [
      `${SOCKET}:ro`,
      "HostConfig.SecurityOpt security-opt label=disable",
    ],
    held: "it has the engine's socket",
  },
  {
    file: "traefik",
    reaching: [SOCKET],
    held: "it has the engine's socket",
  },
  { file: "vaultwarden", reaching: [] },
  {
    file: "wg-easy",
    reaching: [
      "HostConfig.CapAdd capabilities NET_ADMIN",
      "HostConfig.CapAdd capabilities SYS_MODULE",
      "HostConfig.Sysctls sysctls net.ipv4.ip_forward",
      "HostConfig.Sysctls sysctls net.ipv4.conf.all.src_valid_mark",
    ],
    held: "it loads modules of the kernel",
  },
  { file: "wordpress", reaching: [] },
];

/** A Compose to run, and why it is not run here; null where it is. */
interface Compose {
  readonly name: string;
  readonly path: string;
  readonly skipped: string | null;
  /** Whether it goes on with other services when one is refused. */
  readonly tellsAll: boolean;
}

const COMPOSE_1 = "/usr/bin/docker-compose";
/** The plugin of the docker CLI runs as a program of its own, too. */
const CURRENT = Deno.env.get("SOCKWARDEN_E2E_COMPOSE") ?? "";

const COMPOSES: readonly Compose[] = [
  {
    name: "Compose 1",
    path: COMPOSE_1,
    skipped: exists(COMPOSE_1)
      ? null
      : `${COMPOSE_1} is missing: apt-get install docker-compose`,
    tellsAll: true,
  },
  {
    name: "current Compose",
    path: CURRENT,
    skipped: CURRENT === ""
      ? "SOCKWARDEN_E2E_COMPOSE does not name its program"
      : null,
    tellsAll: false,
  },
];

const ALLOW = [
  ...["system.ping", "system.version", "system.info", "system.events"],
  ...["container.*", "network.*", "volume.*", "image.inspect"],
];

/** What the files ask for as variables. */
const VARIABLES = "DB_PASSWORD=secret\n";

const FOLDER = new URL("compose_files/", import.meta.url).pathname;

/** A project: a file, as it is run here, in a folder of its own. */
interface Project extends Row {
  readonly folder: string;
  readonly images: readonly string[];
  /** The folders beside it that it mounts. */
  readonly own: readonly string[];
}

// deno-lint-ignore no-explicit-any
type Yaml = any;

/** Writes the file of a row to a folder of its own. */
async function projectOf(row: Row, parent: string): Promise<Project> {
  const folder = `${parent}/${row.file}`;
  const text = await Deno.readTextFile(`${FOLDER}${row.file}.yaml`);
  const services: Yaml[] = Object.values((parse(text) as Yaml).services);
  const sources = services.flatMap(({ volumes = [] }) => volumes)
    .map((one: Yaml) => one.source ?? String(one).split(":")[0])
    .filter((source: string) => source?.startsWith("."));
  const own = [...new Set(sources)]
    .map((source: string) => source.replace(/^\./, folder));
  for (const path of [folder, ...own]) {
    await Deno.mkdir(path, { recursive: true });
  }
  await Deno.writeTextFile(`${folder}/.env`, VARIABLES);
  await Deno.writeTextFile(`${folder}/docker-compose.yaml`, runnable(text));
  return {
    ...row,
    folder,
    own,
    images: services.map(({ image }) => withDefaults(image)),
  };
}

/** A file whose ports are free ones on loopback, and that waits for no health: the stubs have none. */
function runnable(text: string): string {
  return text
    .replace(/"(?:127\.0\.0\.1:)?\d+:(\d+(?:\/\w+)?)"/g, '"127.0.0.1::$1"')
    .replaceAll("condition: service_healthy", "condition: service_started");
}

/** An image's name with the defaults of its variables. */
function withDefaults(image: string): string {
  return image.replace(/\$\{\w+:-([^}]*)\}/g, "$1");
}

/** The guard's knobs that allow what reaches the host, with the folders of the project. */
function guardOf({ own, reaching }: Pick<Project, "own" | "reaching">): string {
  const knobs = new Map<string, string[]>([["binds", [...own]]]);
  for (const line of reaching) {
    const [, knob = "", value = ""] = line.split(" ");
    knobs.set(knob, [...knobs.get(knob) ?? [], value]);
  }
  const set = [...knobs].map(([knob, values]) =>
    values[0] === "allow"
      ? `${knob}: allow`
      : `${knob}: [${values.map((one) => JSON.stringify(one)).join(", ")}]`
  );
  return `guard: { level: standard, ${set.join(", ")} }`;
}

/** Compose writes the same mount as an element of the one list or of the other. */
const MOUNT = /^HostConfig\.(?:Binds|Mounts\b.*)$/;

/** Two clients a project: one whose guard has its folders alone, and one with all that it needs. */
function clientsOf(
  projects: readonly Project[],
): Record<string, readonly string[]> {
  const allow = `allow: [${ALLOW.map((one) => `"${one}"`).join(", ")}]`;
  return Object.fromEntries(projects.flatMap((project) => [
    [project.file, [allow, guardOf({ ...project, reaching: [] })]],
    [`${project.file}-allowed`, [allow, guardOf(project)]],
  ]));
}

/** What a refusal says, in the words of a row: fields, and knobs with their values. */
function told(text: string): { fields: string[]; knobs: string[] } {
  const fields = new Set<string>();
  const knobs = new Set<string>();
  const refusals = text.matchAll(
    /guard 'standard': (.*?); to allow it add to the guard of client '[\w-]+' \([^)]*\): ([^\n]*)/g,
  );
  for (const [, findings = "", remedies = ""] of refusals) {
    for (const finding of findings.split("; ")) {
      const field = finding.split(" ")[0]!;
      fields.add(
        field.replace(/\[(?:\d+|"[^"]*")\]/g, "")
          .replace(MOUNT, "HostConfig.Binds"),
      );
    }
    for (
      const [, knob, value = ""] of remedies.matchAll(
        /([a-z-]+): (allow|\[[^\]]*\])/g,
      )
    ) {
      for (const one of value.replace(/^\[|\]$/g, "").split(", ")) {
        knobs.add(`${knob} ${one}`);
      }
    }
  }
  return { fields: [...fields].toSorted(), knobs: [...knobs].toSorted() };
}

/** The same of a row. */
function expected({ reaching }: Row): ReturnType<typeof told> {
  const lines = reaching.map((line) => line.split(" "));
  return {
    fields: [...new Set(lines.map(([field]) => field!))].toSorted(),
    knobs: lines.map(([, knob, value]) => `${knob} ${value}`).toSorted(),
  };
}

async function run(
  { path }: Compose,
  socket: string,
  { folder, file }: Project,
  ...words: string[]
): Promise<Output> {
  const yaml = `${folder}/docker-compose.yaml`;
  const { code, stdout, stderr } = await new Deno.Command(path, {
    args: ["-f", yaml, "-p", file, ...words],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: folder,
      DOCKER_HOST: `unix://${socket}`,
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** Whether the host has all paths that a row mounts: an engine would make those that are not there. */
function hostHas({ reaching }: Row): boolean {
  return reaching.map((line) => line.split(" "))
    .filter(([, knob]) => knob === "binds")
    .every(([, , path = ""]) => exists(path.replace(/:ro$/, "")));
}

/** Gives the names of all images to one that sleeps, whatever its command is. */
async function stubImages(
  { engine, dockerd }: ScopeRig,
  projects: readonly Project[],
): Promise<void> {
  await engine("create", "--network=none", "--name=seed", IMAGE, "true");
  await engine(
    "commit",
    ...["--change", 'ENTRYPOINT ["sh","-c","exec sleep 1000"]'],
    ...["seed", "stub:1"],
  );
  await engine("rm", "seed");
  for (const image of new Set(projects.flatMap(({ images }) => images))) {
    const [, name, tag = "latest"] = /^(.*?)(?::([^:/]*))?$/.exec(image)!;
    const query = `repo=${encodeURIComponent(name!)}&tag=${tag}`;
    const { status } = await send(
      dockerd.socket,
      `POST /images/stub:1/tag?${query}`,
    );
    assertEquals(status, 201, image);
  }
}

async function comesUp(
  compose: Compose,
  rig: ScopeRig,
  project: Project,
): Promise<void> {
  const socket = rig.socketOf(`${project.file}-allowed`);
  const starts = project.held === undefined && hostHas(project);
  const up = await run(
    ...[compose, socket, project, "up"] as const,
    starts ? "-d" : "--no-start",
  );
  assertEquals(up.code, 0, up.stderr);
  const listed = await rig.engine(
    ...["ps", "-a", "--format={{.State}}"],
    `--filter=label=com.docker.compose.project=${project.file}`,
  );
  assertEquals(
    listed.split("\n"),
    project.images.map(() => starts ? "running" : "created"),
  );
  const down = await run(
    ...[compose, socket, project, "down", "-v", "-t", "0"] as const,
  );
  assertEquals(down.code, 0, down.stderr);
}

async function isRefused(
  compose: Compose,
  rig: ScopeRig,
  project: Project,
): Promise<void> {
  const { code, stderr } = await run(
    ...[compose, rig.socketOf(project.file), project] as const,
    ...["up", "--no-start"],
  );
  assert(code !== 0, "it came up");
  const found = told(stderr);
  const all = expected(project);
  if (compose.tellsAll) return assertEquals(found, all, stderr);
  assert(found.knobs.length > 0, stderr);
  assertEquals(found.knobs.filter((one) => !all.knobs.includes(one)), []);
  assertEquals(found.fields.filter((one) => !all.fields.includes(one)), []);
}

async function testAll(
  t: Deno.TestContext,
  compose: Compose,
  rig: ScopeRig,
  projects: readonly Project[],
): Promise<void> {
  for (const project of projects) {
    const { file, reaching, held } = project;
    if (reaching.length > 0) {
      await t.step(
        `${compose.name}: ${file} is refused for what reaches the host, and for nothing else`,
        () => isRefused(compose, rig, project),
      );
    }
    const what = held === undefined ? "comes up" : `is created (${held})`;
    await t.step(
      `${compose.name}: ${file} ${what} with ${reaching.length} things allowed`,
      () => comesUp(compose, rig, project),
    );
  }
}

const reason = whySkipped();
if (reason !== null) {
  Deno.test.ignore(
    `compose files under a guard end to end: ${reason}`,
    () => {},
  );
} else {
  for (const { name, skipped } of COMPOSES) {
    if (skipped === null) continue;
    Deno.test.ignore(
      `compose files under a guard, ${name}: ${skipped}`,
      () => {},
    );
  }
  Deno.test("compose files under a guard end to end", async (t) => {
    const parent = await Deno.makeTempDir({ prefix: "sockwarden-projects-" });
    try {
      const projects = await Promise.all(
        FILES.map((row) => projectOf(row, parent)),
      );
      await withScopes(clientsOf(projects), async (rig) => {
        await stubImages(rig, projects);
        for (const compose of COMPOSES) {
          if (compose.skipped !== null) continue;
          await testAll(t, compose, rig, projects);
        }
      });
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  });
}
