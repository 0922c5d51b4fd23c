/**
 * Clients told apart by the container that owns their address: real containers
 * on a real Docker network, one sockwarden, one policy file.
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { eventually } from "../support/proxy.ts";
import {
  type Dockerd,
  IMAGE,
  type Output,
  startDockerd,
  whySkipped,
} from "./dockerd.ts";
import { type Sockwarden, startSockwarden } from "./sockwarden.ts";

const SUBNET = "10.231.9.0/24";
const GATEWAY = "10.231.9.1";
const PORT = 23761;
const BINARY = Deno.env.get("SOCKWARDEN_BINARY") ?? "";

const POLICY = `
clients:
  looker:
    from: { container: alice }
    allow: [ container.list, container.inspect ]
  restarter:
    from: { service: deployer }
    allow: [ container.list, container.restart ]
  operator:
    from: { label: role=operator }
    allow: [ system.info ]
  maker:
    from: { container: maker }
    allow: [ container.create, container.rename, container.start, network.connect, network.create, system.events ]
  local:
    from: { cidr: 127.0.0.1 }
    allow: [ container.list ]
default: { allow: [ system.ping ] }
`;

interface Stage {
  readonly dockerd: Dockerd;
  readonly warden: Sockwarden;
  readonly policy: string;
}

const reason = whySkipped();

if (reason !== null) {
  Deno.test.ignore(
    `end to end with clients in containers: ${reason}`,
    () => {},
  );
} else {
  Deno.test("end to end with clients in containers", async (t) => {
    const dockerd = await startDockerd();
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-policy-" });
    await Deno.chmod(folder, 0o755);
    const policy = `${folder}/policy.yaml`;
    await Deno.writeTextFile(policy, POLICY);
    let warden: Sockwarden | null = null;
    try {
      await must(dockerd.docker(
        "network",
        "create",
        `--subnet=${SUBNET}`,
        `--gateway=${GATEWAY}`,
        "cage",
      ));
      await run(dockerd, "alice");
      await run(dockerd, "bob", "--label=com.docker.compose.service=deployer");
      await run(dockerd, "carl", "--label=role=operator");
      await run(dockerd, "dora");
      await run(dockerd, "maker");
      await run(dockerd, "victim");
      warden = await startSockwarden(dockerd.socket, [
        `--listen=tcp://0.0.0.0:${PORT}`,
        `--config=${policy}`,
      ]);
      const stage: Stage = { dockerd, warden, policy };
      for (const [name, step] of STEPS) {
        await t.step({
          name: LEAN_ONLY.has(step) && BINARY === ""
            ? `${name}: SOCKWARDEN_BINARY names no one-file program`
            : name,
          ignore: LEAN_ONLY.has(step) && BINARY === "",
          fn: () => step(stage),
        });
      }
    } finally {
      await warden?.stop();
      await dockerd.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Steps for the one-file program: it runs in a container, and asks the kernel who is there. */
const LEAN_ONLY: ReadonlySet<(stage: Stage) => Promise<void>> = new Set([
  inContainer,
  lateRead,
]);

const STEPS: readonly (readonly [string, (stage: Stage) => Promise<void>])[] = [
  ["a container may look, by its name, and no more", async (s) => {
    assertEquals(await ask(s, "alice", "GET", "/containers/json"), 200);
    assertEquals(await ask(s, "alice", "GET", "/containers/victim/json"), 200);
    assertEquals(
      await ask(s, "alice", "POST", "/containers/victim/restart"),
      403,
    );
  }],
  ["a compose service may restart, and no more", async (s) => {
    assertEquals(
      await ask(s, "bob", "POST", "/containers/victim/restart?t=0"),
      204,
    );
    assertEquals(await ask(s, "bob", "GET", "/containers/victim/json"), 403);
  }],
  ["a label is an identity", async (s) => {
    assertEquals(await ask(s, "carl", "GET", "/info"), 200);
    assertEquals(await ask(s, "carl", "GET", "/containers/json"), 403);
  }],
  ["a container that matches no client gets the default", async (s) => {
    assertEquals(await ask(s, "dora", "GET", "/containers/json"), 403);
    assertEquals(await ask(s, "dora", "GET", "/info"), 403);
    assertEquals(await ask(s, "dora", "GET", "/_ping"), 200);
  }],
  ["a container that asks as soon as it starts is known", async (s) => {
    for (let i = 0; i < 5; i++) {
      const { stdout } = await s.dockerd.docker(
        "run",
        "--rm",
        "--network=cage",
        "--label=role=operator",
        IMAGE,
        "sh",
        "-c",
        open("GET", "/info"),
      );
      assertStringIncludes(stdout, "HTTP/1.1 200");
    }
  }],
  [
    "a container that is alone on its network is known as soon as it asks",
    async (s) => {
      await must(
        s.dockerd.docker(
          "network",
          "create",
          "--subnet=10.231.10.0/24",
          "empty",
        ),
      );
      for (let i = 0; i < 5; i++) {
        const { stdout } = await s.dockerd.docker(
          "run",
          "--rm",
          "--network=empty",
          "--label=role=operator",
          IMAGE,
          "sh",
          "-c",
          open("GET", "/info", "10.231.10.1"),
        );
        assertStringIncludes(stdout, "HTTP/1.1 200");
      }
      await must(s.dockerd.docker("network", "rm", "empty"));
    },
  ],
  [
    "a container that renames itself to another's name gains nothing",
    async (s) => {
      assertEquals(
        await ask(s, "maker", "POST", "/containers/dora/rename?name=alice2"),
        204,
      );
      await must(s.dockerd.docker("rename", "alice2", "dora"));
      await must(s.dockerd.docker("rename", "alice", "wonder"));
      // The name is free now, and still another client's.
      assertEquals(
        await ask(s, "maker", "POST", "/containers/dora/rename?name=alice"),
        403,
      );
      // The container that lost the name is no longer that client.
      await eventuallyStatus(s, "wonder", "/containers/json", 403);
      await must(s.dockerd.docker("rename", "wonder", "alice"));
      await eventuallyStatus(s, "alice", "/containers/json", 200);
    },
  ],
  [
    "a container made with another's label, name or alias is refused",
    async (s) => {
      const label = { "com.docker.compose.service": "deployer" };
      await must(s.dockerd.docker(
        "run",
        "-d",
        "--name=sidecar",
        "--network=container:bob",
        IMAGE,
        "sleep",
        "10000",
      ));
      for (
        const [query, body] of [
          ["", { Image: IMAGE, Labels: label }],
          ["?name=alice", { Image: IMAGE }],
          ["", { Image: IMAGE, HostConfig: { NetworkMode: "container:bob" } }],
          ["", {
            Image: IMAGE,
            HostConfig: { NetworkMode: "container:sidecar" },
          }],
          ["", {
            Image: IMAGE,
            NetworkingConfig: {
              EndpointsConfig: { cage: { Aliases: ["alice"] } },
            },
          }],
        ] as const
      ) {
        assertEquals(
          await ask(s, "maker", "POST", `/containers/create${query}`, body),
          403,
          JSON.stringify(body),
        );
      }
      const { stdout } = await s.dockerd.docker(
        "ps",
        "-a",
        "--format={{.Names}}",
      );
      assertEquals(stdout.trim().split("\n").length, 7);
      // What shares bob's network speaks with its address, and is bob.
      assertEquals(await ask(s, "sidecar", "GET", "/containers/json"), 200);
      await must(s.dockerd.docker("rm", "-f", "sidecar"));
    },
  ],
  ["a label of the image gives a container no identity", async (s) => {
    await must(s.dockerd.docker(
      "commit",
      "--change=LABEL com.docker.compose.service=deployer other=kept",
      "dora",
      "labelled:1",
    ));
    for (const Labels of [undefined, null, {}, { own: "1" }]) {
      assertEquals(
        await ask(s, "maker", "POST", "/containers/create?name=guise", {
          Image: "labelled:1",
          Cmd: ["sleep", "1000"],
          Labels,
          HostConfig: { NetworkMode: "cage" },
        }),
        201,
      );
      const { stdout } = await s.dockerd.docker(
        "inspect",
        "--format={{json .Config.Labels}}",
        "guise",
      );
      assertEquals(JSON.parse(stdout), {
        "com.docker.compose.service": "",
        "com.docker.swarm.service.name": "",
        "role": "",
        "other": "kept",
        ...Labels,
      });
      await must(s.dockerd.docker("start", "guise"));
      assertEquals(
        await ask(s, "guise", "POST", "/containers/victim/restart"),
        403,
      );
      await must(s.dockerd.docker("rm", "-f", "guise"));
    }
  }],
  [
    "a container that takes nothing of another client is made and started",
    async (s) => {
      assertEquals(
        await ask(s, "maker", "POST", "/containers/create?name=fine", {
          Image: IMAGE,
          Cmd: ["sleep", "1000"],
          Labels: { "com.docker.compose.service": "other" },
          HostConfig: { NetworkMode: "cage" },
        }),
        201,
      );
      assertEquals(
        await ask(s, "maker", "POST", "/containers/fine/start"),
        204,
      );
      assertEquals(
        await ask(s, "fine", "POST", "/containers/victim/restart"),
        403,
      );
    },
  ],
  [
    "a container that takes the address of a client that has ended gains nothing",
    async (s) => {
      const { stdout } = await s.dockerd.docker(
        "inspect",
        "--format={{.NetworkSettings.Networks.cage.IPAddress}}",
        "bob",
      );
      await must(s.dockerd.docker("rm", "-f", "bob"));
      await run(s.dockerd, "mallory", `--ip=${stdout.trim()}`);
      assertEquals(
        await ask(s, "mallory", "POST", "/containers/victim/restart"),
        403,
      );
      await must(s.dockerd.docker("rm", "-f", "mallory"));
      await run(
        s.dockerd,
        "bob2",
        "--label=com.docker.compose.service=deployer",
      );
      assertEquals(
        await ask(s, "bob2", "POST", "/containers/victim/restart?t=0"),
        204,
      );
    },
  ],
  [
    "what a container has sent is never its successor's, however late it is read",
    lateRead,
  ],
  [
    "what a container has sent is never its successor's, however often it tries",
    quickSuccession,
  ],
  ["a network is not laid over another client's address", async (s) => {
    const network = (Subnet: string) => ({
      Name: "fake",
      IPAM: { Config: [{ Subnet }] },
    });
    for (const subnet of ["127.0.0.0/24", "127.0.0.1/32", "0.0.0.0/0"]) {
      assertEquals(
        await ask(s, "maker", "POST", "/networks/create", network(subnet)),
        403,
        subnet,
      );
    }
    assertEquals(
      await ask(
        s,
        "maker",
        "POST",
        "/networks/create",
        network("10.231.11.0/24"),
      ),
      201,
    );
    await must(s.dockerd.docker("network", "rm", "fake"));
  }],
  ["the host's network is another client's by its id too", async (s) => {
    const { stdout } = await s.dockerd.docker(
      "network",
      "inspect",
      "--format={{.Id}}",
      "host",
    );
    const id = stdout.trim();
    const create = (network: string, NetworkID = "") =>
      ask(s, "maker", "POST", "/containers/create?name=placed", {
        Image: IMAGE,
        Cmd: ["sleep", "10000"],
        NetworkingConfig: { EndpointsConfig: { [network]: { NetworkID } } },
      });
    for (const network of ["host", id, id.slice(0, 12), id.slice(0, 1)]) {
      assertEquals(await create(network), 403, network);
      assertEquals(await create("my_net", network), 403, network);
      assertEquals(
        await ask(s, "maker", "POST", `/networks/${network}/connect`, {
          Container: "dora",
        }),
        403,
        network,
      );
    }
    assertEquals(await create("cage"), 201);
    await must(s.dockerd.docker("rm", "placed"));
  }],
  ["an edited policy takes effect without a dropped connection", async (s) => {
    const conn = await Deno.connect({
      hostname: "127.0.0.1",
      port: s.warden.port,
    });
    try {
      assertEquals(await keptStatus(conn, "GET", "/info"), 403);
      await Deno.writeTextFile(
        s.policy,
        POLICY.replace("[ container.list ]", "[ container.lst ]"),
      );
      s.warden.reload();
      await eventually(
        "the problem is told",
        () => s.warden.log().includes("did you mean container.list?"),
      );
      assertEquals(await keptStatus(conn, "GET", "/containers/json"), 200);
      await Deno.writeTextFile(
        s.policy,
        POLICY.replace("[ container.list ]", "[ system.info ]"),
      );
      s.warden.reload();
      await eventually(
        "the policy is in force",
        () => s.warden.log().includes("local: newly allowed: system.info"),
      );
      assertEquals(await keptStatus(conn, "GET", "/info"), 200);
      assertEquals(await keptStatus(conn, "GET", "/containers/json"), 403);
    } finally {
      conn.close();
    }
  }],
  ["a stream of a client that lost the right to it is closed", async (s) => {
    await must(s.dockerd.docker(
      "exec",
      "-d",
      "maker",
      "sh",
      "-c",
      // An end of its side would cancel the stream.
      `(${
        shell("GET", "/events").replace("| nc -w 5", "; sleep 60) | nc")
      } > /tmp/events`,
    ));
    const seen = async () =>
      (await s.dockerd.docker("exec", "maker", "cat", "/tmp/events")).stdout;
    for (let attempt = 0; !(await seen()).includes("200 OK"); attempt++) {
      assert(attempt < 20, "the stream never began");
    }
    await Deno.writeTextFile(
      s.policy,
      POLICY.replace(", system.events ]", " ]"),
    );
    s.warden.reload();
    await eventually(
      "the record",
      () =>
        /maker@\S+ system\.events GET .* end="revoked"/.test(s.warden.log()),
    );
  }],
  [
    "a kept connection is looked up again when its container is another",
    async (s) => {
      const list = "GET /containers/json HTTP/1.1\\r\\nHost: d\\r\\n\\r\\n";
      await must(s.dockerd.docker(
        "exec",
        "-d",
        "alice",
        "sh",
        "-c",
        `(printf '${list}'; while [ ! -e /tmp/go ]; do sleep 0.1; done; printf '${list}'; sleep 1) | nc ${GATEWAY} ${PORT} > /tmp/kept`,
      ));
      const statuses = async (container: string) => {
        const { stdout } = await s.dockerd.docker(
          "exec",
          container,
          "cat",
          "/tmp/kept",
        );
        return [...stdout.matchAll(/HTTP\/1\.1 ([0-9]+)/g)].map(([, n]) => n);
      };
      for (let attempt = 0; (await statuses("alice")).length < 1; attempt++) {
        assert(attempt < 20, "no first answer");
      }
      await must(s.dockerd.docker("rename", "alice", "wonder"));
      // The engine's event takes a moment.
      await eventuallyStatus(s, "wonder", "/containers/json", 403);
      await must(s.dockerd.docker("exec", "wonder", "sh", "-c", "> /tmp/go"));
      for (let attempt = 0; (await statuses("wonder")).length < 2; attempt++) {
        assert(attempt < 40, "no second answer");
      }
      assertEquals(await statuses("wonder"), ["200", "403"]);
      await must(s.dockerd.docker("rename", "wonder", "alice"));
    },
  ],
  [
    "in a container it serves its network, and lets no client change itself",
    inContainer,
  ],
];

/** The address that a container and its successor have. */
const SHARED = "10.231.9.77";
/** No such container exists: a client that may restart gets 404. */
const NO_RESTART = "/containers/nosuch/restart";

/** Makes a container that is a client, and is started later. */
async function createOps({ dockerd }: Stage): Promise<void> {
  await must(dockerd.docker(
    "create",
    "--name=ops",
    "--network=cage",
    `--ip=${SHARED}`,
    "--label=com.docker.compose.service=deployer",
    IMAGE,
    "sleep",
    "10000",
  ));
}

/** Runs commands in a container that matches no client and has the address, until they end. */
function runShared(dockerd: Dockerd, commands: string): Promise<void> {
  return must(dockerd.docker(
    "run",
    "--rm",
    "--network=cage",
    `--ip=${SHARED}`,
    IMAGE,
    "sh",
    "-c",
    commands,
  ));
}

/** The records of restarts that were asked for from that address. */
function requestsOf({ warden }: Stage): string[] {
  return requestsIn(warden.log());
}

function requestsIn(log: string): string[] {
  return log.split("\n").filter((line) =>
    line.includes(`@${SHARED}`) && line.includes(` ${NO_RESTART} `)
  );
}

/** A request that is read only when its sender has ended, and another has its address. */
async function lateRead(stage: Stage): Promise<void> {
  const { dockerd, warden } = stage;
  await createOps(stage);
  warden.freeze();
  try {
    // Its kernel connects and sends, even while sockwarden does not read.
    await runShared(dockerd, `${shell("POST", NO_RESTART)} & sleep 1`);
    await must(dockerd.docker("start", "ops"));
  } finally {
    warden.goOn();
  }
  await eventually("the record", () => requestsOf(stage).length === 1);
  assertMatch(requestsOf(stage)[0]!, /default@\S+ .* 403 /);
  assertEquals(await ask(stage, "ops", "POST", NO_RESTART), 404);
  await must(dockerd.docker("rm", "-f", "ops"));
}

/** Requests whose sender ends at once, and whose address another gets as soon as it can. */
async function quickSuccession(stage: Stage): Promise<void> {
  const { dockerd } = stage;
  await createOps(stage);
  const before = requestsOf(stage).length;
  await runShared(
    dockerd,
    `for i in 1 2 3 4 5 6 7 8 9 10; do ${
      shell("POST", NO_RESTART)
    } & done; sleep 0.1`,
  );
  await must(dockerd.docker("start", "ops"));
  await eventually("records", () => requestsOf(stage).length > before);
  assertEquals(await ask(stage, "ops", "POST", NO_RESTART), 404);
  // Only the request of the client itself is attributed to the client.
  const served = () =>
    requestsOf(stage).slice(before).filter((line) => !/ 403 /.test(line));
  await eventually("the record of the client", () => served().length > 0);
  assertEquals(served().length, 1, served().join("\n"));
  await must(dockerd.docker("rm", "-f", "ops"));
}

/** A name server of the network that knows no name, and says so at once (RFC 1035, section 4.1.1). */
async function startNameServer(): Promise<AsyncDisposable> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const answer = Uint8Array.from(query);
    // An answer, NXDOMAIN, with nothing after the question.
    answer.set([0x81, 0x83], 2);
    answer.fill(0, 6, 12);
    const end = answer.indexOf(0, 12) + 5;
    socket.send(answer.subarray(0, end), from.port, from.address);
  });
  socket.bind(53, GATEWAY);
  await once(socket, "listening");
  return {
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** sockwarden in a container on the network of its clients; needs the one-file program. */
async function inContainer({ dockerd, policy }: Stage): Promise<void> {
  await using _ = await startNameServer();
  const text = POLICY.replace(
    "clients:",
    "clients:\n  builder: { from: { host: builder }, allow: [ container.restart ] }",
  ).replace(
    "from: { container: maker }",
    "from: { host: maker }",
  ).replace(
    "container.create, ",
    '"container.*:write", container.exec.create, ',
  );
  await Deno.writeTextFile(policy, text);
  await must(dockerd.docker(
    "run",
    "-d",
    "--name=warden",
    "--network=cage",
    "--network-alias=keeper",
    "--dns-search=example.test",
    `--dns=${GATEWAY}`,
    `-v=${BINARY}:/sockwarden:ro`,
    `-v=${dockerd.socket}:/var/run/docker.sock`,
    `-v=${policy.replace(/\/[^/]*$/, "")}:/policy:ro`,
    IMAGE,
    "/sockwarden",
    "--config=/policy/policy.yaml",
    `--listen=tcp://0.0.0.0:${PORT}`,
  ));
  const id = (await dockerd.docker("inspect", "--format={{.Id}}", "warden"))
    .stdout.trim();
  const warden = "warden";
  const at = (container: string, method: string, target: string) =>
    askAt(dockerd, warden, container, method, target);
  // The engine says that it is started before it listens.
  for (let attempt = 0; attempt < 50; attempt++) {
    if (await at("alice", "GET", "/_ping").catch(() => 0) !== 0) break;
  }
  assertEquals(await at("alice", "GET", "/containers/json"), 200);
  assertEquals(await at("alice", "POST", "/containers/victim/restart"), 403);
  assertEquals(await at("dora", "GET", "/containers/json"), 403);
  assertEquals(await at("maker", "POST", "/containers/victim/pause"), 204);
  assertEquals(await at("maker", "POST", "/containers/victim/unpause"), 204);
  for (const name of [warden, id, id.slice(0, 6)]) {
    assertEquals(await at("maker", "POST", `/containers/${name}/stop`), 403);
    assertEquals(await at("maker", "POST", `/containers/${name}/exec`), 403);
    assertEquals(await at("maker", "DELETE", `/containers/${name}`), 403);
  }
  assertEquals(await at("alice", "GET", `/containers/${warden}/json`), 200);
  // No client may take the names by which sockwarden is found.
  assertEquals(
    await at("maker", "POST", "/containers/dora/rename?name=warden"),
    403,
  );
  for (const alias of ["WARDEN", "keeper", id.slice(0, 12)]) {
    assertEquals(
      await askAt(dockerd, warden, "maker", "POST", "/networks/cage/connect", {
        Container: "dora",
        EndpointConfig: { Aliases: [alias] },
      }),
      403,
      alias,
    );
  }
  // With a search domain the system's resolver would ask for this name.
  await run(dockerd, "other", "--network-alias=builder.example.test");
  assertEquals(await at("other", "POST", NO_RESTART), 403);
  await must(dockerd.docker("rm", "-f", "other"));
  await hostsOfContainers(dockerd);
  // It is known by its new name as soon as the engine reports it.
  await must(dockerd.docker("rename", "warden", "guard"));
  for (let attempt = 0;; attempt++) {
    const status = await askAt(
      dockerd,
      "guard",
      "maker",
      "POST",
      "/containers/guard/resize?h=1&w=1",
    );
    if (status === 403) break;
    assert(attempt < 20, `still ${status}`);
  }
}

/** A client that is identified by a host name loses its rights with the address; bytes that were sent before are not attributed to it. */
async function hostsOfContainers(dockerd: Dockerd): Promise<void> {
  const ask = open("POST", NO_RESTART, "warden", 3);
  const known = async () => {
    await run(dockerd, "builder", `--ip=${SHARED}`);
    // A name server that is slow to deny a name is 502 meanwhile.
    for (let attempt = 0;; attempt++) {
      const status = await askAt(
        dockerd,
        "warden",
        "builder",
        "POST",
        NO_RESTART,
      );
      if (status === 404) break;
      assert(status === 502 && attempt < 10, `still ${status}`);
    }
    await must(dockerd.docker("rm", "-f", "builder"));
  };
  for (let i = 0; i < 3; i++) {
    await known();
    // The next owner of the address asks at once, and then ends.
    await runShared(dockerd, `${ask} & sleep 0.3`);
  }
  await known();
  const { stdout, stderr } = await dockerd.docker("logs", "warden");
  const lines = requestsIn(stdout + stderr);
  const allowed = lines.filter((line) => / 404 /.test(line));
  assertEquals(allowed.length, 4, lines.join("\n"));
  // Its name told who it is: its container was not looked up.
  assert(allowed.every((line) => line.includes(" builder@")));
}

async function run(
  dockerd: Dockerd,
  name: string,
  ...flags: string[]
): Promise<void> {
  await must(dockerd.docker(
    "run",
    "-d",
    `--name=${name}`,
    "--network=cage",
    ...flags,
    IMAGE,
    "sleep",
    "10000",
  ));
}

async function must(output: Promise<Output>): Promise<void> {
  const { code, stderr } = await output;
  assertEquals(code, 0, stderr);
}

/** A request of busybox's nc, as a line for the shell. */
function shell(
  method: string,
  target: string,
  body = "",
  host = GATEWAY,
): string {
  const head = [
    `${method} ${target} HTTP/1.1`,
    "Host: docker",
    "Connection: close",
    ...(body === ""
      ? []
      : ["Content-Type: application/json", `Content-Length: ${body.length}`]),
  ].join("\\r\\n");
  return `printf '${head}\\r\\n\\r\\n%s' '${body}' | nc -w 5 ${host} ${PORT}`;
}

/** The same, with no end of the client's side for so many seconds: stock engines take one for its end while a container starts. */
function open(
  method: string,
  target: string,
  host = GATEWAY,
  seconds = 1,
): string {
  const line = shell(method, target, "", host);
  return `(${line.replace(" | nc", `; sleep ${seconds}) | nc`)}`;
}

/** The status that a container gets. */
function ask(
  { dockerd }: Stage,
  container: string,
  method: string,
  target: string,
  body?: unknown,
): Promise<number> {
  return askAt(dockerd, GATEWAY, container, method, target, body);
}

async function askAt(
  dockerd: Dockerd,
  host: string,
  container: string,
  method: string,
  target: string,
  body?: unknown,
): Promise<number> {
  const { stdout, stderr } = await dockerd.docker(
    "exec",
    container,
    "sh",
    "-c",
    shell(
      method,
      target,
      body === undefined ? "" : JSON.stringify(body),
      host,
    ),
  );
  const status = /^HTTP\/1\.1 ([0-9]{3})/.exec(stdout)?.[1];
  assert(status !== undefined, `no answer: ${stdout}${stderr}`);
  return Number(status);
}

/** Asks until a status comes: events take a moment. */
async function eventuallyStatus(
  stage: Stage,
  container: string,
  target: string,
  status: number,
): Promise<void> {
  for (let attempt = 0;; attempt++) {
    const now = await ask(stage, container, "GET", target);
    if (now === status) return;
    assert(attempt < 20, `still ${now}`);
    // The answer alone shows whether the event has come: it is asked for again.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The status on a connection that is kept. */
async function keptStatus(
  conn: Deno.Conn,
  method: string,
  target: string,
): Promise<number> {
  await conn.write(
    new TextEncoder().encode(`${method} ${target} HTTP/1.1\r\nHost: d\r\n\r\n`),
  );
  const buffer = new Uint8Array(1 << 20);
  let text = "";
  for (;;) {
    const size = await conn.read(buffer);
    if (size === null) throw new Error("the connection was dropped");
    text += new TextDecoder().decode(buffer.subarray(0, size));
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const length = /content-length: ([0-9]+)/i.exec(text)?.[1];
    if (
      length === undefined
        ? text.endsWith("0\r\n\r\n")
        : text.length >= end + 4 + Number(length)
    ) break;
  }
  return Number(/^HTTP\/1\.1 ([0-9]{3})/.exec(text)![1]);
}
