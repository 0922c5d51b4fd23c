/**
 * Traefik and Dozzle work behind sockwarden with their presets, and neither
 * they nor Homepage are told a planted secret: every byte of every answer is
 * searched, of the program's own calls and of all that it could ask.
 *
 * `deno task programs` builds them. `SOCKWARDEN_DOZZLE` names another Dozzle, of
 * version 10: its releases are no versions of a Go module.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findPreset } from "../../lib/docker/presets.ts";
import { DOZZLE, programPath, TRAEFIK } from "../../tools/programs.ts";
import { PRESET_CALLS } from "../docker/preset_calls.ts";
import { whySkipped } from "./dockerd.ts";
import { plant, SAID, secretsIn } from "./planted.ts";
import { questionsOf } from "./preset_questions.ts";
import {
  freePort,
  listen,
  type Running,
  startProgram,
  until,
  whyMissing,
} from "./programs.ts";
import { send } from "./raw.ts";
import {
  record,
  type Recorder,
  type ScopeRig,
  withScopes,
} from "./scope_rig.ts";

const reason = whySkipped();

/** Another Dozzle than the one that is built here; empty for none. */
const LATER_DOZZLE = Deno.env.get("SOCKWARDEN_DOZZLE") ?? "";

const WORDS = "hide: { env: true, args: true, mounts: true }";

/** Clients by name: a preset, and what is hidden from them, by itself or by hand. */
const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  "traefik-preset": ["preset: traefik"],
  "homepage-preset": ["preset: homepage"],
  "dozzle-preset": ["preset: dozzle"],
  "traefik-words": ["preset: traefik@1", WORDS],
  "traefik-fields": [
    "preset: traefik@1",
    "hide: { args: true, fields: traefik }",
  ],
  "homepage-words": ["preset: homepage@1", WORDS],
  "homepage-fields": ["preset: homepage@1", "hide: { fields: homepage }"],
  "dozzle-words": ["preset: dozzle@1", "allow: [container.logs]", WORDS],
  "dozzle-fields": [
    "preset: dozzle@1",
    "allow: [container.logs]",
    "hide: { env: true, args: true, fields: dozzle }",
  ],
};

/** A client from which nothing is hidden, and what it is told: what is planted is to be found. */
const OPEN = [
  ...new Set(["traefik@1", "homepage@1", "dozzle@1"].flatMap(operationsOf)),
];
const TOLD: Readonly<Record<string, readonly string[]>> = {
  "container.list": ["ARGSECRET", "MOUNTSECRET"],
  "container.inspect": ["ARGSECRET", "ENVSECRET", "MOUNTSECRET"],
  "container.logs": ["ENVSECRET"],
  "system.events": ["ARGSECRET"],
};

if (reason !== null) {
  Deno.test.ignore(`programs end to end: ${reason}`, () => {});
} else {
  Deno.test("programs end to end", async (t) => {
    const clients = {
      ...CLIENTS,
      open: [`allow: [${OPEN.join(", ")}]`],
    };
    await withScopes(clients, async (rig) => {
      await plant(rig);
      const id = await rig.engine("inspect", "--format={{.Id}}", "web");
      for (const client of Object.keys(CLIENTS)) {
        const [program = "", by] = client.split("-");
        const granted = by === "preset" ? program : `${program}@1`;
        const missing = program === "traefik"
          ? whyMissing(TRAEFIK)
          : program === "dozzle" && LATER_DOZZLE === ""
          ? whyMissing(DOZZLE)
          : null;
        await t.step({
          name: missing ?? `${client} works and is told no secret`,
          ignore: missing !== null,
          fn: () => works(rig, client, WORKS[program]!),
        });
        await t.step(`${client} can ask for no secret`, async () => {
          const operations = operationsOf(granted);
          assertEquals([...await ask(rig, client, operations, id)], []);
        });
      }
      await t.step("the secrets are there to be told", async () => {
        const told = await ask(rig, "open", OPEN, id);
        assertEquals(Object.fromEntries(told), TOLD);
      });
      await t.step("streams without end tell no secret", () => streams(rig));
    }, "host");
  });
}

/** How each program is seen to work. */
const WORKS: Readonly<
  Record<string, (rig: ScopeRig, socket: string) => Promise<void>>
> = { traefik, homepage, dozzle };

/** Lets a program work through a recorder, and searches what it was told. */
async function works(
  rig: ScopeRig,
  client: string,
  run: (rig: ScopeRig, socket: string) => Promise<void>,
): Promise<void> {
  const recorder: Recorder = record(
    `${rig.folder}/recorded-${client}.sock`,
    rig.socketOf(client),
  );
  try {
    await run(rig, recorder.socket);
  } finally {
    recorder.close();
    await rig.engine("stop", "-t0", "late");
  }
  assertStringIncludes(recorder.seen(), '"team":"shop"');
  assertEquals(secretsIn(recorder.seen()), []);
}

/** Traefik routes to what its labels say, and follows a start and a stop. */
async function traefik(rig: ScopeRig, socket: string): Promise<void> {
  const port = freePort();
  const program = startProgram(programPath(TRAEFIK), rig.folder, [
    `--entrypoints.web.address=127.0.0.1:${port}`,
    `--providers.docker.endpoint=unix://${socket}`,
    ...["--providers.docker.exposedByDefault=false", "--log.level=DEBUG"],
    // A container that has just ended does not answer.
    "--serversTransport.forwardingTimeouts.dialTimeout=1s",
    ...["--global.checkNewVersion=false", "--global.sendAnonymousUsage=false"],
  ]);
  const routes = (path: string, status: number, body: string) =>
    until(`${status} of ${path}`, async () => {
      const answer = await send(port, `GET ${path}`).catch(() => null);
      return answer?.status === status && answer.body.includes(body);
    }, program.log);
  try {
    await routes("/web/", 200, "web");
    await routes("/late/", 404, "");
    await rig.engine("start", "late");
    await routes("/late/", 200, "late");
    await rig.engine("stop", "-t0", "late");
    await routes("/late/", 404, "");
    await routes("/web/", 200, "web");
  } finally {
    await program.stop();
  }
}

/** What Homepage asks is answered with the fields that it reads. */
async function homepage(_rig: ScopeRig, socket: string): Promise<void> {
  const [list, one, stats] = await Promise.all(
    PRESET_CALLS["homepage@1"]!.known.map((call) => send(socket, call)),
  );
  const web = JSON.parse(list!.body).find(({ Names }: { Names: string[] }) =>
    Names.includes("/web")
  );
  assertEquals([web.State, web.Labels.team], ["running", "shop"]);
  assertEquals(JSON.parse(one!.body).State.Health.Status, "healthy");
  assert(JSON.parse(stats!.body).memory_stats !== undefined);
}

/** Dozzle lists containers, shows logs as they come, and follows a start. */
async function dozzle(rig: ScopeRig, socket: string): Promise<void> {
  const port = freePort();
  const program = startProgram(
    LATER_DOZZLE || programPath(DOZZLE),
    rig.folder,
    [],
    {
      DOCKER_HOST: `unix://${socket}`,
      DOZZLE_ADDR: `127.0.0.1:${port}`,
      DOZZLE_NO_ANALYTICS: "true",
    },
  );
  try {
    await until(
      "an answer of Dozzle",
      () => send(port, "GET /version").then(() => true, () => false),
      program.log,
    );
    const long = await rig.engine("inspect", "--format={{.Id}}", "web");
    const id = long.slice(0, 12);
    if (LATER_DOZZLE !== "") return await laterDozzle(rig, port, id, program);
    const list = await send(port, "GET /api/containers.json");
    assertStringIncludes(list.body, '"web"');
    await shows(port, `/api/logs/stream?id=${id}`, program, [SAID]);
    await shows(
      ...[port, "/api/events/stream", program, ["data: start"]] as const,
      () => rig.engine("start", "late"),
    );
  } finally {
    await program.stop();
  }
}

/** The same for version 10, which shows states and statistics too. */
async function laterDozzle(
  rig: ScopeRig,
  port: number,
  id: string,
  program: Running,
): Promise<void> {
  const first = await shows(port, "/api/events/stream", program, [
    ...['"name":"web"', '"health":"healthy"', '"team":"shop"'],
    ...["event: container-stat", '"name":"start"'],
  ], () => rig.engine("start", "late"));
  const host = /"host":"([^"]+)"/.exec(first)![1];
  const logs = `/api/hosts/${host}/containers/${id}/logs`;
  const both = "stdout=1&stderr=1&levels=unknown&levels=info";
  await shows(port, `${logs}/stream?${both}`, program, [SAID]);
}

/** Reads a stream of Dozzle's until it shows something; returns what it showed. */
async function shows(
  port: number,
  target: string,
  program: Running,
  texts: readonly string[],
  act: () => Promise<unknown> = () => Promise.resolve(),
): Promise<string> {
  const stream = await listen(port, `GET ${target}`);
  try {
    await act();
    await until(
      `${texts} in ${target}`,
      () => texts.every((text) => stream.seen().includes(text)),
      () => stream.seen() + program.log(),
    );
    return stream.seen();
  } finally {
    stream.close();
  }
}

/** Reads events and statistics as they come, while a container starts and ends. */
async function streams(rig: ScopeRig): Promise<void> {
  const open = await Promise.all(
    Object.keys(CLIENTS).flatMap((client) => {
      const socket = rig.socketOf(client);
      return client.startsWith("homepage")
        ? [listen(socket, "GET /containers/web/stats")]
        : [listen(socket, "GET /events")];
    }),
  );
  try {
    await until(
      "the heads of answers",
      () => open.every(({ seen }) => seen().includes("HTTP/1.1 200")),
      () => open.map(({ seen }) => seen()).join("\n"),
    );
    await rig.engine("start", "late");
    await rig.engine("exec", "late", "echo", "ARGSECRET");
    await rig.engine("stop", "-t0", "late");
    await until(
      "the end of a container, or its statistics",
      () => open.every(({ seen }) => /"die"|"memory_stats"/.test(seen())),
      () => open.map(({ seen }) => seen()).join("\n"),
    );
    assertEquals(open.flatMap(({ seen }) => secretsIn(seen())), []);
  } finally {
    for (const { close } of open) close();
  }
}

/**
 * Asks every question about operations.
 *
 * @returns The secrets that were told, by operation.
 */
async function ask(
  rig: ScopeRig,
  client: string,
  operations: readonly string[],
  id: string,
): Promise<Map<string, string[]>> {
  const told = new Map<string, string>();
  const answered = new Set<string>();
  const questions = questionsOf(operations, id);
  for (let at = 0; at < questions.length; at += 16) {
    await Promise.all(
      questions.slice(at, at + 16).map(async ({ operation, call }) => {
        const { status, head, body } = await send(rig.socketOf(client), call);
        const name = operation ?? call;
        told.set(name, `${told.get(name) ?? ""}\n${head}\n${body}`);
        if (status === 200) answered.add(name);
      }),
    );
  }
  // What is not answered cannot tell anything.
  assertEquals(answered, new Set(operations), client);
  return new Map(
    [...told].map(([name, text]) => [name, secretsIn(text)] as const)
      .filter(([, secrets]) => secrets.length > 0)
      .sort(([one], [other]) => one < other ? -1 : 1),
  );
}

function operationsOf(preset: string): readonly string[] {
  const found = findPreset(preset);
  if ("problem" in found) throw new Error(found.problem);
  return found.operations;
}
