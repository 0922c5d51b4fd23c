/**
 * Every call that names a container or an exec, under a scope, on a real engine:
 * by id, short id, name and renamed name. Those in scope do what they do without
 * a proxy; those outside get what the engine says of what it does not have.
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Dockerd, IMAGE, startDockerd, whySkipped } from "./dockerd.ts";
import { send } from "./raw.ts";
import { CALLS } from "./scope_calls.ts";
import { type Sockwarden, startSockwarden } from "./sockwarden.ts";

const reason = whySkipped();

const POLICY = `
clients:
  shop:
    from: { cidr: 127.0.0.1 }
    allow: ["container.*", "exec.*", "checkpoint.*"]
    containers: { label: team=shop }
`;

if (reason !== null) {
  Deno.test.ignore(`calls under a scope end to end: ${reason}`, () => {});
} else {
  Deno.test("calls under a scope end to end", async (t) => {
    const dockerd = await startDockerd();
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-scopes-" });
    await Deno.chmod(folder, 0o755);
    await Deno.writeTextFile(`${folder}/policy.yaml`, POLICY);
    const warden = await startSockwarden(dockerd.socket, [
      `--config=${folder}/policy.yaml`,
    ]);
    const rig = { t, dockerd, warden };
    try {
      for (const way of WAYS) await doesInside(rig, way);
      await seesNothingOutside(rig);
    } finally {
      await warden.stop();
      await dockerd.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

interface CallRig {
  readonly t: Deno.TestContext;
  readonly dockerd: Dockerd;
  readonly warden: Sockwarden;
}

/** Ways to name a container, by its id; it has the name `old` and then `new`. */
const WAYS: readonly (readonly [string, (id: string) => string])[] = [
  ["id", (id) => id],
  ["short id", (id) => id.slice(0, 12)],
  ["start of the id", (id) => id.slice(0, 20)],
  ["renamed name", () => "new"],
];

async function doesInside(
  { t, dockerd, warden }: CallRig,
  [way, nameOf]: typeof WAYS[number],
): Promise<void> {
  const id = await run(dockerd, "old", "shop");
  await dockerd.docker("rename", "old", "new");
  const name = nameOf(id);
  let exec = "";
  for (const { call, body = null, upgrade = null, is } of CALLS) {
    await t.step(`in scope, by ${way}: ${call}`, async () => {
      const target = call.replace("NAME", name).replace("EXEC", exec);
      const answer = await send(warden.port, target, body, upgrade);
      assert(
        is?.includes(answer.status) ?? (answer.status >= 200 &&
          answer.status < 300),
        `${answer.head}\n\n${answer.body}`,
      );
      exec = /^\{"Id":"([0-9a-f]{64})"/.exec(answer.body)?.[1] ?? exec;
      // An old name is nobody's.
      if (way === "renamed name" && call.includes("NAME/json")) {
        const old = await send(warden.port, call.replace("NAME", "old"));
        assertEquals(old.status, 404);
      }
    });
  }
  const { code } = await dockerd.docker("inspect", id);
  assertEquals(code, 1, "it is deleted");
}

async function seesNothingOutside(
  { t, dockerd, warden }: CallRig,
): Promise<void> {
  const id = await run(dockerd, "old", "bank");
  await dockerd.docker("rename", "old", "new");
  const made = await send(
    dockerd.socket,
    `POST /containers/${id}/exec`,
    '{"Cmd":["true"]}',
  );
  const exec = JSON.parse(made.body).Id;
  const before = await stateOf(dockerd, id);
  const ways = [...WAYS, ["old name", () => "old"]] as const;
  for (const [way, nameOf] of ways) {
    for (const { call, body = null, upgrade = null, outside } of CALLS) {
      await t.step(`outside, by ${way}: ${call}`, async () => {
        const isExec = call.includes("EXEC");
        const name = isExec ? exec : nameOf(id);
        const to = (one: string) => call.replace(/NAME|EXEC/, one);
        const hidden = await send(warden.port, to(name), body, upgrade);
        const absent = isExec ? "0".repeat(64) : `absent${name}`;
        const missing = await send(warden.port, to(absent), body, upgrade);
        assertEquals(hidden.status, 404);
        // Hidden and absent do not differ, not even in the head.
        assertEquals(plain(hidden.head), plain(missing.head));
        assertEquals(hidden.body, missing.body.replaceAll(absent, name));
        if (outside !== undefined) {
          return assertEquals(hidden.body.trim(), outside(name));
        }
        const engine = await send(dockerd.socket, to(absent), body, upgrade);
        assertEquals(engine.status, 404);
        assertEquals(
          hidden.body.trim(),
          engine.body.replaceAll(absent, name).trim(),
        );
      });
    }
  }
  await t.step("names with a slash reach nothing", async () => {
    for (
      const name of ["/new", "%2Fnew", "app/db", "app%2Fdb", `/${id}`, ".", ""]
    ) {
      const { status, body } = await send(
        warden.port,
        `GET /containers/${name}/json`,
      );
      assertNotEquals(status, 200, name);
      assert(!body.includes(id) || name.includes(id), body);
    }
  });
  await t.step("nothing was done to what is outside", async () => {
    assertEquals(await stateOf(dockerd, id), before);
  });
}

/** Runs a container of a team; returns its id. */
async function run(
  dockerd: Dockerd,
  name: string,
  team: string,
): Promise<string> {
  const { code, stdout, stderr } = await dockerd.docker(
    ...["run", "-d", "-t", "--network=none", `--label=team=${team}`],
    ...[`--name=${name}`, IMAGE, "sleep", "1000"],
  );
  assertEquals(code, 0, stderr);
  return stdout.trim();
}

async function stateOf(dockerd: Dockerd, id: string): Promise<string> {
  const { stdout } = await dockerd.docker(
    "inspect",
    "--format={{.Name}} {{json .State}} {{json .HostConfig}} {{len .ExecIDs}} {{.RestartCount}}",
    id,
  );
  return stdout;
}

/** A head without what differs by the time, and by the length of a name. */
function plain(head: string): string {
  return head.replace(/^(Date|Content-Length): .*$/gim, "$1");
}
