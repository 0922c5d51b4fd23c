/**
 * A client with a guard on a real engine: ordinary work goes on, and nothing is
 * made that reaches the host.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { IMAGE, whySkipped } from "./dockerd.ts";
import { send } from "./raw.ts";
import { type ScopeRig, withScopes } from "./scope_rig.ts";

const reason = whySkipped();

/** What the client may do; its guard mounts one folder of the host. */
const ALLOW =
  'allow: ["container.*", "exec.*", "network.*", "volume.*", "image.*", "system.*", "swarm.*"]';

/** Arguments of `docker run` that are ordinary. */
const ORDINARY = [
  "",
  "-p 127.0.0.1::80",
  "-p 80",
  "-v data:/data",
  "-v /anonymous",
  "--tmpfs /t",
  "--cap-add NET_BIND_SERVICE",
  "--cap-drop ALL",
  "--memory 64m --cpus 1 --pids-limit 50",
  "--user 1000:1000",
  "--read-only",
  "--security-opt no-new-privileges",
  "--sysctl net.ipv4.tcp_syncookies=1",
  "--network own",
  "--init",
  "--label a=b",
  "--log-driver none",
  "--restart no",
  "--ulimit nofile=100",
  "--volumes-from inside",
  "--network container:inside",
  "--ipc private",
];

/** Arguments of `docker run` that reach the host, with the knob that says so. */
const REACHING: readonly (readonly [args: string, knob: string])[] = [
  ["--privileged", "privileged: allow"],
  ["-v /:/host", "binds: [/]"],
  ["-v /etc:/e:ro", "binds: [/etc:ro]"],
  ["-v /var/run/docker.sock:/s", "binds: [/var/run/docker.sock]"],
  ["--mount type=bind,source=/etc,target=/e", "binds: [/etc]"],
  [
    "--mount type=volume,target=/e,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/etc",
    "volume-options: allow",
  ],
  ["-v trap:/e", "volume-options: allow"],
  ["--pid host", "namespaces: [pid]"],
  ["--ipc host", "namespaces: [ipc]"],
  ["--uts host", "namespaces: [uts]"],
  ["--userns host", "namespaces: [user]"],
  ["--network host", "namespaces: [net]"],
  ["--cgroupns host", "namespaces: [cgroup]"],
  ["--cap-add SYS_ADMIN", "capabilities: [SYS_ADMIN]"],
  ["--cap-add all", "capabilities: [ALL]"],
  ["--security-opt seccomp=unconfined", "security-opt: [seccomp=unconfined]"],
  ["--security-opt apparmor:unconfined", "security-opt: ["],
  ["--security-opt systempaths=unconfined", "masked-paths: allow"],
  ["--device /dev/null", "devices: [/dev/null]"],
  ["--device-cgroup-rule", "devices: allow"],
  ["--sysctl kernel.msgmax=1", "sysctls: [kernel.msgmax]"],
  ["--runtime other", "runtimes: [other]"],
  ["--cgroup-parent /other", "cgroup-parent: allow"],
  ["--log-driver syslog", "logging: [syslog]"],
  ["--oom-kill-disable", "oom: allow"],
  ["--volumes-from outside", "targets: allow"],
  ["--network container:outside", "targets: allow"],
  ["--pid container:outside", "targets: allow"],
];

/** Other commands that reach the host, or what is outside the guard. */
const OTHERS: readonly (readonly [args: string, knob: string])[] = [
  ["exec --privileged inside true", "privileged: allow"],
  ["exec outside true", "targets: allow"],
  ["restart outside", "targets: allow"],
  ["commit outside x:1", "targets: allow"],
  [
    "volume create --opt type=none --opt o=bind --opt device=/etc v2",
    "volume-options: allow",
  ],
  ["volume create --driver other v3", "volume-drivers: [other]"],
  ["network create -d macvlan n2", "network-drivers: [macvlan]"],
  [
    "network create -o com.docker.network.bridge.name=docker0 n3",
    "network-options: allow",
  ],
  ["swarm init", "swarm: allow"],
];

function words(text: string): string[] {
  return text.split(" ").filter(Boolean)
    .flatMap((one) =>
      one === "--device-cgroup-rule" ? [one, "a *:* rwm"] : [one]
    );
}

async function listed({ engine }: ScopeRig): Promise<string[]> {
  const made = [];
  for (
    const list of [
      ["ps", "-aq"],
      ["volume", "ls", "-q"],
      ["network", "ls", "-q"],
      ["images", "-q"],
    ]
  ) made.push(await engine(...list));
  return made;
}

if (reason !== null) {
  Deno.test.ignore(`guards end to end: ${reason}`, () => {});
} else {
  Deno.test("guards end to end", async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-guarded-" });
    await withScopes({
      ci: [ALLOW, `guard: { level: standard, binds: [${folder}] }`],
      hard: [ALLOW, `guard: { level: strict, images: ["${IMAGE}"] }`],
    }, async (rig) => {
      const { engine, run, socketOf } = rig;
      const sleeper = [IMAGE, "sleep", "1000"];
      await engine(...["run", "-d", "--name=inside", "-v=/x"], ...sleeper);
      await engine(
        ...["create", "--privileged", "--name=outside", "-v=/etc:/e"],
        ...sleeper,
      );
      await engine("network", "create", "own");
      await engine(
        ...["volume", "create", "--opt=type=none", "--opt=o=bind"],
        ...["--opt=device=/etc", "trap"],
      );
      const api = async (client: string, call: string, body: object) =>
        await send(socketOf(client), call, JSON.stringify(body));

      await t.step("ordinary containers run", async () => {
        for (const args of [...ORDINARY, `-v ${folder}:/d`]) {
          const { code, stdout, stderr } = await run(
            ...["ci", "run", "--rm"],
            ...words(args),
            ...[IMAGE, "echo", "ran"],
          );
          assertEquals(code, 0, `${args}: ${stderr}`);
          if (!args.includes("--log-driver")) {
            assertEquals(stdout.trim(), "ran", args);
          }
        }
        const { code, stderr } = await run("ci", "exec", "inside", "true");
        assertEquals(code, 0, stderr);
      });
      const before = await listed(rig);
      for (const [args, knob] of REACHING) {
        await t.step(`run ${args} is refused`, async () => {
          const { code, stderr } = await run(
            ...["ci", "run", "--rm"],
            ...words(args),
            ...[IMAGE, "true"],
          );
          assert(code !== 0, "it ran");
          assertStringIncludes(stderr, knob);
        });
      }
      for (const [args, knob] of OTHERS) {
        await t.step(`${args} is refused`, async () => {
          const { code, stderr } = await run("ci", ...words(args));
          assert(code !== 0, "it ran");
          assertStringIncludes(stderr, knob);
        });
      }
      await t.step(
        "fields at the root of the body are judged too",
        async () => {
          for (
            const more of [
              { Privileged: true },
              { Binds: ["/:/h"] },
              { Mounts: [{ Type: "bind", Source: "/", Target: "/h" }] },
              { PidMode: "host" },
              { CapAdd: ["SYS_ADMIN"] },
            ]
          ) {
            const body = { Image: IMAGE, ...more };
            const { status, body: text } = await api(
              "ci",
              "POST /containers/create",
              body,
            );
            assertEquals(status, 403, JSON.stringify(more));
            assertStringIncludes(text, Object.keys(more)[0]!);
          }
        },
      );
      await t.step("a field that no release knows is named", async () => {
        const { status, body } = await api("ci", "POST /containers/create", {
          Image: IMAGE,
          HostConfig: { Newest: 1 },
        });
        assertEquals(status, 403);
        assertStringIncludes(body, "fields: [HostConfig.Newest]");
      });
      await t.step("all findings are told at once", async () => {
        const { stderr } = await run(
          ...["ci", "run", "--privileged", "--pid=host", "-v=/etc:/e", IMAGE],
        );
        for (const knob of ["privileged: allow", "[pid]", "binds: [/etc]"]) {
          assertStringIncludes(stderr, knob);
        }
      });
      await t.step("nothing was made by what was refused", async () => {
        assertEquals(await listed(rig), before);
      });
      await t.step(
        "strict asks for limits, a user and no capabilities",
        async () => {
          const plain = await run("hard", "run", "--rm", IMAGE, "true");
          assert(plain.code !== 0);
          for (
            const word of [
              ...["memory", "processes", "user", "no-new-privileges", "ALL"],
              "require: []",
            ]
          ) {
            assertStringIncludes(plain.stderr, word);
          }
          const { code, stderr } = await run(
            ...["hard", "run", "--rm", "--memory=64m", "--pids-limit=50"],
            ...["--user=1000", "--security-opt=no-new-privileges"],
            ...["--cap-drop=ALL", "--network=own", IMAGE, "true"],
          );
          assertEquals(code, 0, stderr);
        },
      );
    });
    await Deno.remove(folder, { recursive: true });
  });
}
