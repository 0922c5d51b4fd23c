/**
 * The image, made of the compiled program without any registry, in a Docker
 * Engine of the test's own and in front of that engine's real socket.
 */

import { exists } from "../../tools/exists.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import {
  changes,
  defaultBinary,
  makeTar,
  makeTree,
  type Sizes,
  sizesOf,
} from "../../tools/image.ts";
import {
  docker,
  type Dockerd,
  IMAGE,
  spawnDocker,
  startDockerd,
  whySkipped,
} from "../e2e/dockerd.ts";
import { systemdIsThere, unitProfile } from "./unit_filter.ts";

const BINARY = Deno.env.get("SOCKWARDEN_BINARY") || defaultBinary();
const BUDGETS = new URL("../budgets.json", import.meta.url);
const COMPOSE = new URL("../../deploy/compose/", import.meta.url).pathname;
const OURS = "sockwarden-image:test";
const HARDENED = [
  "--read-only",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
];
const GRANTS = { CONTAINERS: "1", POST: "1", EXEC: "1" };

const noBinary = missing(BINARY);
if (noBinary) {
  Deno.test.ignore(
    `the image: ${
      BINARY.split("/").at(-1)
    } is missing: deno task compile makes it`,
    () => {},
  );
} else {
  Deno.test("the image keeps to its budgets", async (t) => {
    const { tree, tar, sizes } = await make();
    try {
      const { image } = JSON.parse(await Deno.readTextFile(BUDGETS)) as {
        image: { bytes: number; gzip: number };
      };
      await t.step(
        `${sizes.unpacked} bytes unpacked, at most ${image.bytes}`,
        () => assert(sizes.unpacked <= image.bytes),
      );
      await t.step(
        `${sizes.compressed} bytes compressed, at most ${image.gzip}`,
        () => assert(sizes.compressed <= image.gzip),
      );
      assertEquals(filesOf(tree), [
        "bin/sh",
        "etc/group",
        "etc/passwd",
        "healthcheck",
        ...exists(`${BINARY}.licenses.txt`) ? ["licenses.txt"] : [],
        "sockwarden",
        "usr/bin/curl",
        "usr/bin/nc",
        "usr/bin/wget",
      ]);
    } finally {
      await Deno.remove(tree, { recursive: true });
      await Deno.remove(tar);
    }
  });
}

Deno.test("the settings for docker import hold no flag that engines before 25 refuse", () => {
  const all = changes({ VERSION: "1" });
  assertEquals(all.filter((text) => text.startsWith("HEALTHCHECK ")), [
    'HEALTHCHECK --interval=5s --timeout=10s --start-period=10s --retries=3 CMD ["/sockwarden", "healthcheck"]',
  ]);
});

const skipped = noBinary ? "there is no binary" : whySkipped();
if (skipped !== null) {
  Deno.test.ignore(`the image in a Docker Engine: ${skipped}`, () => {});
} else {
  Deno.test("the image in a Docker Engine", async (t) => {
    const dockerd = await startDockerd();
    const { tree, tar } = await make();
    try {
      const { code, stderr } = await dockerd.docker(
        "import",
        ...changes({ VERSION: "test", REVISION: "test" })
          .map((change) => `--change=${change}`),
        tar,
        OURS,
      );
      assertEquals(code, 0, stderr);
      await dockerd.docker(
        "run",
        "-d",
        "--name=web",
        "--network=none",
        IMAGE,
        "sleep",
        "10000",
      );
      for (const [name, step] of STEPS) await t.step(name, () => step(dockerd));
    } finally {
      const { stdout } = await dockerd.docker("ps", "-aq");
      const ids = stdout.split("\n").filter((id) => id !== "");
      await dockerd.docker("rm", "-f", ...ids);
      await dockerd.stop();
      await Deno.remove(tree, { recursive: true });
      await Deno.remove(tar);
    }
  });
}

const STEPS: readonly (readonly [string, (d: Dockerd) => Promise<void>])[] = [
  [
    "hardened: healthy, refuses, execs, stops in time with a stream open",
    async (d) => {
      const proxy = await start(d, HARDENED, GRANTS);
      await healthy(d, proxy.name);
      await serves(proxy);
      await stopsWithStream(d, proxy);
    },
  ],
  ["hardened and as user 65532 with the socket's group", async (d) => {
    const gid = (await Deno.stat(d.socket)).gid;
    const proxy = await start(
      d,
      [...HARDENED, `--user=65532:${gid}`],
      GRANTS,
    );
    await healthy(d, proxy.name);
    assertEquals((await identityOf(d, proxy.name)).uid, "65532");
    await serves(proxy);
    await stopsWithStream(d, proxy);
  }],
  ["hardened, with the group added", async (d) => {
    const gid = (await Deno.stat(d.socket)).gid;
    const proxy = await start(
      d,
      [...HARDENED, "--user=65532:65532", `--group-add=${gid}`],
      GRANTS,
    );
    await healthy(d, proxy.name);
    await serves(proxy);
    await remove(d, proxy);
  }],
  ["as the original is started, it gives up root", async (d) => {
    const gid = (await Deno.stat(d.socket)).gid;
    const proxy = await start(d, [], GRANTS);
    await healthy(d, proxy.name);
    assertStringIncludes(await logs(d, proxy.name), "switched to user 65532");
    assertEquals(await identityOf(d, proxy.name), {
      uid: "65532",
      gid: String(gid),
      capabilities: "0000000000000000",
    });
    await serves(proxy);
    await stopsWithStream(d, proxy);
  }],
  ["it protects its own container, however it is run", async (d) => {
    const gid = (await Deno.stat(d.socket)).gid;
    const shared = await Deno.makeTempDir({ prefix: "sockwarden-shared-" });
    await Deno.chmod(shared, 0o777);
    for (
      const flags of [
        [],
        HARDENED,
        [`--user=65532:${gid}`],
        ["--cgroupns=host"],
        ["--cgroupns=private"],
        ["--network=none", "--hostname=proxy"],
        ["--network=none", "--hostname=proxy", "--cgroupns=private"],
      ]
    ) {
      const alone = flags.includes("--network=none");
      const proxy = await start(
        d,
        [...flags, ...(alone ? [`--volume=${shared}:/run/sockwarden`] : [])],
        {
          ...GRANTS,
          ...(alone
            ? { SOCKWARDEN_LISTEN: "unix:///run/sockwarden/docker.sock" }
            : {}),
        },
      );
      const host = alone ? `unix://${shared}/docker.sock` : proxy.host;
      for (
        const words of [["stop", "--time=0", proxy.name], [
          "exec",
          proxy.name,
          "/sockwarden",
        ]]
      ) {
        const { code, stderr } = await docker(host, ...words);
        assertEquals(code, 1, `${flags} ${words}: ${stderr}`);
        assertStringIncludes(stderr, "sockwarden's own container");
      }
      assertEquals(await inspect(d, proxy.name, ".State.Running"), "true");
      await remove(d, proxy);
    }
    await Deno.remove(shared, { recursive: true });
  }],
  ["as nobody, by name", async (d) => {
    const gid = (await Deno.stat(d.socket)).gid;
    for (const user of ["nobody", "nobody:nogroup"]) {
      const proxy = await start(
        d,
        [`--user=${user}`, `--group-add=${gid}`],
        GRANTS,
      );
      await healthy(d, proxy.name);
      assertEquals((await identityOf(d, proxy.name)).uid, "65534");
      await remove(d, proxy);
    }
  }],
  [
    "it gives up root without the engine's socket, and takes its group by a restart",
    async (d) => {
      const folder = await Deno.makeTempDir({ prefix: "sockwarden-late-" });
      await Deno.chmod(folder, 0o711);
      const proxy = await start(d, [
        `--volume=${folder}:/run/engine`,
        "--restart=on-failure",
      ], { ...GRANTS, SOCKET_PATH: "/run/engine/docker.sock" });
      const gaveUp = { uid: "65532", capabilities: "0000000000000000" };
      assertEquals(await identityOf(d, proxy.name), {
        ...gaveUp,
        gid: "65532",
      });
      await relay(`${folder}/docker.sock`, d.socket, 4321, 0o660, async () => {
        // Its own health check notices.
        await healthy(d, proxy.name);
        assertEquals(await identityOf(d, proxy.name), {
          ...gaveUp,
          gid: "4321",
        });
        const said = await logs(d, proxy.name);
        assertStringIncludes(said, "is not there yet");
        assertStringIncludes(
          said,
          "exiting, so that a restart takes its group",
        );
        const { stdout } = await d.docker(
          "exec",
          proxy.name,
          "/sockwarden",
          "healthcheck",
        );
        assertStringIncludes(
          stdout,
          "runs as user 65532, group 4321, without capabilities",
        );
        await lists(proxy);
      });
      await remove(d, proxy);
      await Deno.remove(folder, { recursive: true });
    },
  ],
  [
    "it stops before a socket that only root may open, and keeps no capability where it stays root",
    async (d) => {
      const folder = await Deno.makeTempDir({ prefix: "sockwarden-closed-" });
      const closed = `${folder}/closed`;
      await Deno.mkdir(closed, { mode: 0o700 });
      await Deno.chmod(folder, 0o711);
      const flags = [`--volume=${folder}:/run/engine`];
      for (
        const [path, mode, mend] of [
          ["docker.sock", 0o600, "cap_drop: [ALL]"],
          ["closed/docker.sock", 0o660, "a folder above it is closed"],
        ] as const
      ) {
        const environment = { ...GRANTS, SOCKET_PATH: `/run/engine/${path}` };
        await relay(`${folder}/${path}`, d.socket, 0, mode, async () => {
          const { code, stderr } = await d.docker(
            "run",
            "--rm",
            "--network=none",
            `--env=SOCKET_PATH=${environment.SOCKET_PATH}`,
            ...flags,
            OURS,
          );
          assertEquals(code, 1, stderr);
          assertStringIncludes(stderr, mend);
          const proxy = await start(
            d,
            [...flags, "--cap-drop=ALL"],
            environment,
          );
          await healthy(d, proxy.name);
          assertEquals(await identityOf(d, proxy.name), {
            uid: "0",
            gid: "0",
            capabilities: "0000000000000000",
          });
          await lists(proxy);
          await remove(d, proxy);
        });
      }
      await Deno.remove(folder, { recursive: true });
    },
  ],
  ["it keeps no capability where it may not change its user", async (d) => {
    const proxy = await start(
      d,
      ["--cap-drop=SETUID", "--cap-drop=SETGID"],
      GRANTS,
    );
    assertStringIncludes(
      await logs(d, proxy.name),
      "stays root without capabilities",
    );
    const { capabilities } = await identityOf(d, proxy.name);
    assertEquals(capabilities, "0000000000000000");
    await healthy(d, proxy.name);
    await remove(d, proxy);
  }],
  ["the DOCKER_HOST of a whole project does not redirect it", async (d) => {
    const proxy = await start(d, [], {
      ...GRANTS,
      DOCKER_HOST: "tcp://docker-proxy:2375",
    });
    await healthy(d, proxy.name);
    assertStringIncludes(
      await logs(d, proxy.name),
      "DOCKER_HOST=tcp://docker-proxy:2375 is ignored",
    );
    await serves(proxy);
    await remove(d, proxy);
  }],
  ["without the socket's group it says the line to add", async (d) => {
    const gid = (await Deno.stat(d.socket)).gid;
    const proxy = await start(
      d,
      [...HARDENED, "--user=65532:65532"],
      GRANTS,
    );
    const said = await logs(d, proxy.name);
    assertStringIncludes(said, `group_add: ["${gid}"]`);
    assertEquals(
      (await d.docker("exec", proxy.name, "/sockwarden", "healthcheck")).code,
      1,
    );
    await remove(d, proxy);
  }],
  [
    "health checks that were written for the original go on working",
    async (d) => {
      const proxy = await start(d, [
        ...HARDENED,
        "--health-cmd=wget -q --spider http://localhost:2375/version || exit 1",
      ], GRANTS);
      await healthy(d, proxy.name);
      const exec = (...words: string[]) =>
        d.docker("exec", proxy.name, ...words);
      for (
        const words of [
          [
            "wget",
            "--no-verbose",
            "--tries=1",
            "--spider",
            "http://localhost:2375/_ping",
          ],
          ["curl", "-fsS", "http://127.0.0.1:2375/version"],
          ["sh", "-c", "curl -f http://localhost:2375/version || exit 1"],
        ]
      ) {
        const { code, stdout, stderr } = await exec(...words);
        assertEquals([code, stdout.split("\n")[0]], [0, "healthy"], stderr);
      }
      for (
        const words of [["sh"], ["sh", "-c", "id"], [
          "curl",
          "http://example.com",
        ]]
      ) {
        const { code, stdout, stderr } = await exec(...words);
        assertEquals([code, stdout], [1, ""]);
        assertStringIncludes(stderr, "accepts a health check only");
      }
      await remove(d, proxy);
    },
  ],
  [
    "it serves under the system call filter of sockwarden.service",
    async (d) => {
      if (!systemdIsThere()) return;
      const profile = await Deno.makeTempFile();
      await Deno.writeTextFile(profile, JSON.stringify(unitProfile()));
      const gid = (await Deno.stat(d.socket)).gid;
      const proxy = await start(d, [
        `--user=65532:${gid}`,
        "--cap-drop=ALL",
        // With it the filter comes last, after the change of the user.
        "--security-opt=no-new-privileges",
        `--security-opt=seccomp=${profile}`,
      ], GRANTS);
      await healthy(d, proxy.name);
      await serves(proxy);
      await stopsWithStream(d, proxy);
      await Deno.remove(profile);
    },
  ],
  [
    "the proxies of deploy/compose/ run as they are written there",
    async (d) => {
      const gid = (await Deno.stat(d.socket)).gid;
      const files = [...Deno.readDirSync(COMPOSE)].map(({ name }) => name);
      for (const file of files.sort()) {
        const text = await Deno.readTextFile(COMPOSE + file);
        const { services, volumes } = parse(text) as Compose;
        const service = services["docker-proxy"]!;
        const numbered = (word: string) =>
          word.replace(/\$\{DOCKER_GID:[^}]*\}/, String(gid));
        const sidecar = service.network_mode === "none";
        if (sidecar) {
          await d.docker(
            "volume",
            "create",
            ...Object.entries(volumes!.socket!.driver_opts)
              .map(([key, value]) => `--opt=${key}=${value}`),
            "shared",
          );
        }
        const proxy = await start(
          d,
          [
            ...(service.read_only ? ["--read-only"] : []),
            ...(service.cap_drop ?? []).map((one) => `--cap-drop=${one}`),
            ...(service.security_opt ?? [])
              .map((one) => `--security-opt=${one}`),
            ...(service.group_add ?? [])
              .map((one) => `--group-add=${numbered(one)}`),
            ...(service.user ? [`--user=${numbered(service.user)}`] : []),
            ...(sidecar
              ? ["--network=none", "--volume=shared:/run/sockwarden"]
              : []),
          ],
          Object.fromEntries(
            Object.entries(service.environment)
              .map(([key, value]) => [key, String(value)]),
          ),
        );
        await healthy(d, proxy.name);
        const { stdout } = sidecar
          ? await d.docker(
            "volume",
            "inspect",
            "--format={{.Mountpoint}}",
            "shared",
          )
          : { stdout: "" };
        const list = await docker(
          sidecar ? `unix://${stdout.trim()}/docker.sock` : proxy.host,
          "ps",
          "--format={{.Names}}",
        );
        assertStringIncludes(list.stdout, "web", `${file}: ${list.stderr}`);
        await remove(d, proxy);
      }
    },
  ],
  [
    "the seed setups of the original work with the image changed alone",
    async (d) => {
      const swarm = await d.docker(
        "swarm",
        "init",
        "--advertise-addr=127.0.0.1",
        `--listen-addr=127.0.0.1:${freePort()}`,
      );
      assertEquals(swarm.code, 0, swarm.stderr);
      const setups: readonly [Record<string, string>, string[], string[]][] = [
        [{ CONTAINERS: "1" }, ["ps"], ["network", "ls"]],
        [
          { SERVICES: "1", TASKS: "1", NETWORKS: "1" },
          ["service", "ls"],
          ["ps"],
        ],
        [
          { POST: "1", IMAGES: "1", CONTAINERS: "1" },
          ["tag", IMAGE, "sockwarden-test:2"],
          ["volume", "ls"],
        ],
        [
          {
            CONTAINERS: "1",
            IMAGES: "1",
            NETWORKS: "1",
            VOLUMES: "1",
            INFO: "1",
            POST: "1",
          },
          ["volume", "create", "made-through-it"],
          ["secret", "ls"],
        ],
      ];
      for (const [environment, granted, refused] of setups) {
        const proxy = await start(d, [], environment);
        const { code, stderr } = await docker(proxy.host, ...granted);
        assertEquals(code, 0, stderr);
        const denial = await docker(proxy.host, ...refused);
        assertEquals(denial.code, 1);
        assertStringIncludes(denial.stderr, "to allow it set");
        await remove(d, proxy);
      }
    },
  ],
];

/** The parts of a compose file that are looked at. */
interface Compose {
  readonly services: Readonly<
    Record<string, {
      readonly environment: Readonly<Record<string, unknown>>;
      readonly user?: string;
      readonly group_add?: readonly string[];
      readonly read_only?: boolean;
      readonly cap_drop?: readonly string[];
      readonly security_opt?: readonly string[];
      readonly network_mode?: string;
    }>
  >;
  readonly volumes?: Readonly<
    Record<string, { readonly driver_opts: Readonly<Record<string, string>> }>
  >;
}

interface Proxy {
  readonly name: string;
  readonly host: string;
}

let started = 0;

/** Starts the image in front of the engine's own socket, on a port of the host's. */
async function start(
  dockerd: Dockerd,
  flags: readonly string[],
  environment: Record<string, string>,
): Promise<Proxy> {
  const name = `proxy-${++started}`;
  const port = freePort();
  // The test's engine has no bridge, so the proxy shares the host's network; a
  // health check for the original's port is then answered all the same.
  const { code, stderr } = await dockerd.docker(
    "run",
    "-d",
    `--name=${name}`,
    ...(flags.includes("--network=none") ? [] : ["--network=host"]),
    "--health-interval=500ms",
    `--volume=${dockerd.socket}:/var/run/docker.sock:ro`,
    ...Object.entries({
      SOCKWARDEN_LISTEN: `tcp://127.0.0.1:${port}`,
      ...environment,
    }).map(([key, value]) => `--env=${key}=${value}`),
    ...flags,
    OURS,
  );
  assertEquals(code, 0, stderr);
  await until(
    `${name} to listen`,
    async () => {
      if (await inspect(dockerd, name, ".State.Running") !== "true") {
        throw new Error(`${name} ended:\n${await logs(dockerd, name)}`);
      }
      return /[ "]engine /.test(await logs(dockerd, name));
    },
    () => logs(dockerd, name),
  );
  return { name, host: `tcp://127.0.0.1:${port}` };
}

/** Passes connections to a socket of another group and mode on to the engine's, while a step runs. */
async function relay(
  path: string,
  engine: string,
  gid: number,
  mode: number,
  step: () => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ transport: "unix", path });
  await Deno.chown(path, 0, gid);
  await Deno.chmod(path, mode);
  const open: Deno.Conn[] = [];
  const passing: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const conn of listener) {
      const onwards = await Deno.connect({ transport: "unix", path: engine });
      open.push(conn, onwards);
      passing.push(
        conn.readable.pipeTo(onwards.writable).catch(() => {}),
        onwards.readable.pipeTo(conn.writable).catch(() => {}),
      );
    }
  })();
  try {
    await step();
  } finally {
    listener.close();
    await accepting;
    for (const conn of open) {
      try {
        conn.close();
      } catch {
        // The end of a stream has closed it.
      }
    }
    await Promise.all(passing);
    await Deno.remove(path).catch(() => {});
  }
}

async function lists({ host }: Proxy): Promise<void> {
  const list = await docker(host, "ps", "--format={{.Names}}");
  assertStringIncludes(list.stdout, "web");
}

async function serves(proxy: Proxy): Promise<void> {
  const { host } = proxy;
  await lists(proxy);
  const exec = await docker(host, "exec", "web", "echo", "from inside");
  assertEquals([exec.code, exec.stdout], [0, "from inside\n"], exec.stderr);
  const refused = await docker(host, "images");
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stderr, "set IMAGES=1, or --allow image.list");
  const answer = await fetch(`${host.replace("tcp", "http")}/images/json`);
  assertEquals(answer.status, 403);
  await answer.body?.cancel();
}

async function stopsWithStream(dockerd: Dockerd, proxy: Proxy): Promise<void> {
  // What has happened before comes at once, and shows that the stream runs.
  const events = spawnDocker(proxy.host, "events", "--since=1");
  const reader = events.stdout.getReader();
  await reader.read();
  const before = performance.now();
  await dockerd.docker("stop", "--time=10", proxy.name);
  const seconds = (performance.now() - before) / 1000;
  await events.stdin.close().catch(() => {});
  while (!(await reader.read()).done);
  await events.stderr.cancel();
  await events.status;
  assertEquals(await inspect(dockerd, proxy.name, ".State.ExitCode"), "0");
  assert(seconds < 9, `the stop took ${seconds} s`);
  await remove(dockerd, proxy);
}

async function healthy(dockerd: Dockerd, name: string): Promise<void> {
  await until(
    `${name} to be healthy`,
    async () =>
      await inspect(dockerd, name, ".State.Health.Status") === "healthy",
    () => inspect(dockerd, name, "json .State.Health"),
  );
}

/** Who the container's process is by now, as the kernel sees it. */
async function identityOf(dockerd: Dockerd, name: string) {
  const pid = await inspect(dockerd, name, ".State.Pid");
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const field = (key: string) =>
    new RegExp(`^${key}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "";
  return {
    uid: field("Uid"),
    gid: field("Gid"),
    capabilities: field("CapEff"),
  };
}

async function inspect(
  dockerd: Dockerd,
  name: string,
  what: string,
): Promise<string> {
  const { stdout } = await dockerd.docker("inspect", `-f={{${what}}}`, name);
  return stdout.trim();
}

async function logs(dockerd: Dockerd, name: string): Promise<string> {
  const { stdout, stderr } = await dockerd.docker("logs", name);
  return stdout + stderr;
}

async function remove(dockerd: Dockerd, { name }: Proxy): Promise<void> {
  await dockerd.docker("rm", "-f", name);
}

async function until(
  what: string,
  holds: () => Promise<boolean>,
  otherwise: () => Promise<string>,
): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`waited in vain for ${what}:\n${await otherwise()}`);
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function make(): Promise<{ tree: string; tar: string; sizes: Sizes }> {
  const tree = await Deno.makeTempDir({ prefix: "sockwarden-image-" });
  const tar = `${tree}.tar`;
  makeTree(BINARY, tree);
  makeTar(tree, tar);
  return { tree, tar, sizes: await sizesOf(tree, tar) };
}

function filesOf(folder: string, under = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? filesOf(`${folder}/${name}`, `${under}${name}/`)
      : [under + name]
  ).sort();
}

function missing(path: string): boolean {
  try {
    Deno.statSync(path);
    return false;
  } catch {
    return true;
  }
}
