/**
 * Five clients with a scope each, one sockwarden, one real engine with objects
 * of each and of none: no client sees or touches what is not its own, by
 * whatever name, and its own work is done. Every answer is searched for names,
 * ids and labels of the others.
 */

import { assert, assertEquals } from "@std/assert";
import { IMAGE, whySkipped } from "./dockerd.ts";
import { type RawAnswer, type RawBody, send } from "./raw.ts";
import { type Call, CALLS } from "./scope_calls.ts";
import {
  type Foreign,
  foreignIn,
  type ScopeRig,
  withScopes,
} from "./scope_rig.ts";

const reason = whySkipped();

const ALLOW =
  `"container.*", "exec.*", "checkpoint.*", "network.*", "volume.*", system.events, system.info, system.ping, system.version`;

/** What is granted to the last one besides. */
const IMAGES =
  ', "image.*:read", image.inspect, image.history, image.tag, image.delete';

/** The clients by the word that stands in the names of all that is theirs, with the scope of each. */
const SCOPES: Readonly<Record<string, string>> = {
  alder: "{ project: alder }",
  birch: `{ name: "birch-*" }`,
  cedar: "{ label: team=cedar }",
  hazel: `{ label: public, not: { name: "sequoia-*" } }`,
  rowan: "{ label: job=rowan }",
};

/** What is put on the objects of each; those of the last are nobody's. */
const LABELS: Readonly<Record<string, string>> = {
  alder: "com.docker.compose.project=alder",
  birch: "of=birch",
  cedar: "team=cedar",
  hazel: "public=hazel",
  rowan: "job=rowan",
  sequoia: "public=sequoia",
};
const OWNERS = Object.keys(LABELS);

const CLIENTS = Object.fromEntries(
  Object.entries(SCOPES).map(([client, scope]) => [client, [
    `allow: [${ALLOW}${client === "rowan" ? IMAGES : ""}]`,
    ...["containers", "networks", "volumes"].map((kind) => `${kind}: ${scope}`),
    `images: { use: ["${IMAGE}"], change: ["${client}/*:*"] }`,
  ]]),
);

/** The objects of one owner. */
interface Objects {
  /** Full ids. */
  readonly web: string;
  readonly linker: string;
  readonly network: string;
  readonly exec: string;
}

interface Stage extends ScopeRig {
  readonly objects: ReadonlyMap<string, Objects>;
  /** What is wrong so far. */
  readonly faults: string[];
}

if (reason !== null) {
  Deno.test.ignore(`clients with scopes end to end: ${reason}`, () => {});
} else {
  Deno.test("clients with scopes end to end", async (t) => {
    await withScopes(CLIENTS, async (rig) => {
      const began = Math.floor(Date.now() / 1000) - 1;
      const objects = new Map(
        await Promise.all(
          OWNERS.map(async (owner) => [owner, await make(rig, owner)] as const),
        ),
      );
      for (const owner of Object.keys(SCOPES)) {
        await rig.engine("network", "connect", `${owner}-net`, "sequoia-web");
        await rig.engine("tag", IMAGE, `${owner}/app:1`);
      }
      const faults: string[] = [];
      const stage = { ...rig, objects, faults };
      const step = (name: string, run: () => Promise<void>) =>
        t.step(name, async () => {
          faults.length = 0;
          await run();
          assertEquals(faults, []);
        });
      const clients = Object.keys(SCOPES);
      const streams = new Map(
        await Promise.all(
          clients.map(async (client) =>
            [client, await follow(stage, client)] as const
          ),
        ),
      );
      try {
        const before = await stateOf(stage);
        for (const client of clients) {
          await step(
            `${client} reaches nothing of others`,
            () => reachesNothing(stage, client),
          );
        }
        await t.step("nothing was done to what is theirs", async () => {
          assertEquals(await stateOf(stage), before);
        });
        for (const client of clients) {
          await step(
            `${client} sees its own alone`,
            () => seesItsOwn(stage, client),
          );
        }
        await step("all do their work at once", async () => {
          await Promise.all(
            clients.map((client) => doesItsWork(stage, client, began)),
          );
        });
        await t.step("what is others' is as it was", async () => {
          assertEquals(await stateOf(stage), before);
        });
        await step("events tell of their own alone", async () => {
          await Promise.all(
            clients.map((client) =>
              hearsItsOwn(stage, client, streams.get(client)!)
            ),
          );
        });
      } finally {
        for (const stream of streams.values()) stream.close();
      }
    });
  });
}

/** Makes a network, a volume and containers of an owner past sockwarden. */
async function make(rig: ScopeRig, owner: string): Promise<Objects> {
  const { engine, dockerd } = rig;
  const label = `--label=${LABELS[owner]}`;
  const network = await engine("network", "create", label, `${owner}-net`);
  await engine("volume", "create", label, `${owner}-vol`);
  const web = await engine(
    ...["run", "-d", "-t", label, `--name=${owner}-web`],
    ...[`--network=${owner}-net`, `--network-alias=${owner}-www`],
    ...[`--volume=${owner}-vol:/v`, `--env=SECRET=${owner}`],
    ...[IMAGE, "sh", "-c", `echo hello from ${owner}; exec sleep 1000`],
  );
  const [key = "", value = ""] = LABELS[owner]!.split("=");
  const post = async (path: string, body: object): Promise<string> => {
    const text = JSON.stringify(body);
    const made = await send(dockerd.socket, `POST ${path}`, text);
    assertEquals(made.status, 201, made.body);
    return JSON.parse(made.body).Id;
  };
  // Its link gives the other one a name more. The CLI would not send it.
  const linker = await post(`/containers/create?name=${owner}-linker`, {
    Image: IMAGE,
    Cmd: ["true"],
    Labels: { [key]: value },
    HostConfig: { Links: [`${owner}-web:${owner}-peer`] },
  });
  const exec = await post(`/containers/${web}/exec`, { Cmd: ["echo", owner] });
  return { web, linker, network, exec };
}

/** What a client must not be told. */
function foreignOf({ objects }: Stage, client: string): Foreign {
  const others = OWNERS.filter((owner) => owner !== client);
  return {
    ids: others.flatMap((owner) => Object.values(objects.get(owner)!)),
    words: others,
  };
}

/** Sends a call as a client, and searches the answer, but for what the call itself names. */
async function ask(
  stage: Stage,
  client: string,
  call: string,
  body: RawBody = null,
  upgrade: string | null = null,
  named = "",
): Promise<RawAnswer> {
  const answer = await send(stage.socketOf(client), call, body, upgrade);
  let text = answer.head + answer.body;
  // The engine takes a slash before a name for none.
  const plain = decodeURIComponent(named).replace(/^\//, "");
  if (plain !== "") text = text.replaceAll(named, "").replaceAll(plain, "");
  const told = foreignIn(text, foreignOf(stage, client));
  if (told.length > 0) {
    stage.faults.push(`${client}: ${call} told of ${told}: ${text}`);
  }
  return answer;
}

// ------------------------------------------------------------ what is others'

/** A call with NAME, NET or VOL in its target or its body. */
type Template = Pick<Call, "call" | "body" | "upgrade">;

const create = (body: object): Template => ({
  call: "POST /containers/create?name=CLIENT-new",
  body: JSON.stringify({ Image: IMAGE, ...body }),
});

/** Other calls by which a container is reached. */
const REACHING: readonly Template[] = [
  { call: "POST /containers/NAME/rename?name=CLIENT-mine" },
  { call: "POST /commit?container=NAME&repo=CLIENT/made&tag=1", body: "{}" },
  { call: "POST /networks/CLIENT-net/connect", body: '{"Container":"NAME"}' },
  {
    call: "POST /networks/CLIENT-net/disconnect",
    body: '{"Container":"NAME","Force":true}',
  },
  create({ HostConfig: { NetworkMode: "container:NAME" } }),
  create({ HostConfig: { PidMode: "container:NAME" } }),
  create({ HostConfig: { IpcMode: "container:NAME" } }),
  create({ HostConfig: { VolumesFrom: ["NAME:ro"] } }),
  create({ HostConfig: { Links: ["NAME:x"] } }),
  create({
    HostConfig: { NetworkMode: "CLIENT-net" },
    NetworkingConfig: {
      EndpointsConfig: { "CLIENT-net": { Links: ["NAME:x"] } },
    },
  }),
  { call: "GET /networks/NET" },
  { call: "DELETE /networks/NET" },
  { call: "POST /networks/NET/connect", body: '{"Container":"CLIENT-web"}' },
  {
    call: "POST /networks/NET/disconnect",
    body: '{"Container":"CLIENT-web","Force":true}',
  },
  create({ HostConfig: { NetworkMode: "NET" } }),
  create({ NetworkingConfig: { EndpointsConfig: { NET: {} } } }),
  { call: "GET /volumes/VOL" },
  { call: "DELETE /volumes/VOL" },
  create({ HostConfig: { Binds: ["VOL:/x"] } }),
  create({
    HostConfig: { Mounts: [{ Type: "volume", Source: "VOL", Target: "/x" }] },
  }),
];

/** What is taken, and is not handed over; the name alone tells that. */
const TAKEN: readonly Template[] = [
  {
    call: "POST /containers/create?name=OWNER-web",
    body: `{"Image":"${IMAGE}"}`,
  },
  { call: "POST /networks/create", body: '{"Name":"OWNER-net"}' },
  { call: "POST /volumes/create", body: '{"Name":"OWNER-vol"}' },
  { call: "POST /containers/CLIENT-web/rename?name=OWNER-web" },
];

/** The spellings of an owner's objects, by what stands for them. */
function spellings(
  owner: string,
  { web, network, exec }: Objects,
): Readonly<Record<string, readonly string[]>> {
  const short = (id: string) => [id, id.slice(0, 12), id.slice(0, 20)];
  return {
    NAME: [
      ...short(web),
      `${owner}-web`,
      `%2F${owner}-web`,
      `/${owner}-web`,
      `${owner}-www`,
      `${owner}-linker%2F${owner}-peer`,
      `${owner}-linker/${owner}-peer`,
      `${owner}-linker`,
    ],
    NET: [...short(network), `${owner}-net`],
    VOL: [`${owner}-vol`],
    EXEC: [exec],
  };
}

async function reachesNothing(stage: Stage, client: string): Promise<void> {
  for (const [owner, objects] of stage.objects) {
    if (owner === client) continue;
    const ways = spellings(owner, objects);
    for (const template of [...CALLS, ...REACHING]) {
      const [what] = /NAME|NET|VOL|EXEC/.exec(
        template.call + (template.body ?? ""),
      )!;
      for (const name of ways[what]!) {
        await isAbsent(stage, client, template, what, name);
      }
    }
    for (const { call, body } of TAKEN) {
      const fill = (text: string) =>
        text.replaceAll("OWNER", owner).replaceAll("CLIENT", client);
      const { status } = await ask(
        stage,
        client,
        fill(call),
        fill(body as string ?? "{}"),
        null,
        owner,
      );
      if (status !== 409 && status !== 403) {
        stage.faults.push(`${client}: ${fill(call)} got ${status}`);
      }
    }
  }
}

async function isAbsent(
  stage: Stage,
  client: string,
  { call, body = null, upgrade }: Template,
  what: string,
  name: string,
): Promise<void> {
  const inBody = !call.includes(what);
  const written = inBody ? decodeURIComponent(name) : name;
  const fill = (text: string) =>
    text.replaceAll(what, written).replaceAll("CLIENT", client);
  const target = fill(call);
  const filled = typeof body === "string" ? fill(body) : body;
  const answer = await ask(
    stage,
    client,
    target,
    filled,
    upgrade ?? null,
    name,
  );
  // A name with a slash may be no name at all.
  const expected = /%2F|\//.test(name) ? [400, 403, 404] : [404];
  if (!expected.includes(answer.status)) {
    stage.faults.push(
      `${client}: ${target} ${filled} got ${answer.status}: ${answer.body}`,
    );
  }
}

// ----------------------------------------------------------------- its own

/** Lists that show what is in scope, filters that name others, and what to find in them. */
const LISTS: readonly (readonly [call: string, finds: string | null])[] = [
  ["/containers/json", '"/CLIENT-web"'],
  ["/containers/json?all=1&size=1", '"/CLIENT-linker"'],
  ['/containers/json?all=1&filters={"name":["sequoia"]}', null],
  ['/containers/json?all=1&filters={"label":["public=sequoia"]}', null],
  ['/containers/json?all=1&filters={"network":["sequoia-net"]}', null],
  ['/containers/json?all=1&filters={"volume":["sequoia-vol"]}', null],
  ["/networks", '"CLIENT-net"'],
  ['/networks?filters={"name":["sequoia"]}', null],
  ["/networks/CLIENT-net", '"CLIENT-net"'],
  ["/volumes", '"CLIENT-vol"'],
  ['/volumes?filters={"name":["sequoia"]}', null],
  ["/volumes/CLIENT-vol", '"CLIENT-vol"'],
  ["/info", '"Containers":2,'],
  ["/containers/CLIENT-web/json", "SECRET=CLIENT"],
];
const IMAGE_LISTS: readonly string[] = [
  "/images/json",
  "/images/json?all=1&digests=1",
  `/images/${IMAGE}/json`,
  `/images/${IMAGE}/history`,
];

async function seesItsOwn(stage: Stage, client: string): Promise<void> {
  for (const [call, finds] of LISTS) {
    const path = call.replaceAll("CLIENT", client)
      .replace(/\{.*\}/, encodeURIComponent);
    const { status, body } = await ask(stage, client, `GET ${path}`);
    const isFound = finds === null
      ? /^(?:\[\]|\{"Volumes":(?:\[\]|null),"Warnings":null\})\s*$/.test(body)
      : body.includes(finds.replaceAll("CLIENT", client));
    if (status !== 200 || !isFound) {
      stage.faults.push(`${client}: GET ${path} got ${status}: ${body}`);
    }
  }
  if (client !== "rowan") return;
  for (const path of IMAGE_LISTS) {
    const { status, body } = await ask(stage, client, `GET ${path}`);
    if (status !== 200) {
      stage.faults.push(`${client}: GET ${path} got ${status}: ${body}`);
    }
  }
}

/** What a client does with what it makes, before and after {@link CALLS}. */
const BEFORE: readonly Template[] = [
  { call: "POST /networks/create", body: '{"Name":"CLIENT-more"}' },
  { call: "POST /volumes/create", body: '{"Name":"CLIENT-data"}' },
  {
    call: "POST /containers/create?name=CLIENT-first",
    body: JSON.stringify({
      Image: IMAGE,
      Cmd: ["sleep", "1000"],
      Tty: true,
      HostConfig: {
        NetworkMode: "CLIENT-net",
        Binds: ["CLIENT-data:/data"],
        VolumesFrom: ["CLIENT-web"],
        PidMode: "container:CLIENT-web",
      },
    }),
  },
  { call: "POST /containers/CLIENT-first/rename?name=CLIENT-second" },
  { call: "POST /containers/CLIENT-second/start" },
  {
    call: "POST /networks/CLIENT-more/connect",
    body: '{"Container":"CLIENT-second"}',
  },
  { call: "GET /networks/CLIENT-more" },
  {
    call: "POST /networks/CLIENT-more/disconnect",
    body: '{"Container":"CLIENT-second"}',
  },
  {
    call: "POST /commit?container=CLIENT-second&repo=CLIENT/made&tag=1",
    body: "{}",
  },
];
const AFTER: readonly Template[] = [
  { call: "DELETE /networks/CLIENT-more" },
  { call: "DELETE /volumes/CLIENT-data" },
];

async function doesItsWork(
  stage: Stage,
  client: string,
  began: number,
): Promise<void> {
  let exec = "";
  for (
    const { call, body = null, upgrade = null, is } of [
      ...BEFORE,
      ...CALLS,
      ...AFTER,
    ] as readonly Call[]
  ) {
    const fill = (text: string) =>
      text.replaceAll("NAME", `${client}-second`).replaceAll("EXEC", exec)
        .replaceAll("CLIENT", client);
    const target = fill(call);
    const answer = await ask(
      stage,
      client,
      target,
      typeof body === "string" ? fill(body) : body,
      upgrade,
    );
    const { status } = answer;
    if (!(is?.includes(status) ?? (status >= 200 && status < 300))) {
      stage.faults.push(`${client}: ${target} got ${status}: ${answer.body}`);
    }
    exec = /^\{"Id":"([0-9a-f]{64})"/.exec(answer.body)?.[1] ?? exec;
  }
  // What was, up to this second.
  const until = Math.floor(Date.now() / 1000);
  const events = `GET /events?since=${began}&until=${until}`;
  // Engines keep 256 events: the start may be none of them any more.
  hears(stage, client, (await ask(stage, client, events)).body, "");
}

// ------------------------------------------------------------------- events

interface Stream {
  /** Waits until a text has come, and returns all until then. */
  readonly until: (text: string) => Promise<string>;
  readonly close: () => void;
}

/** Follows a client's events as they come. */
async function follow(stage: Stage, client: string): Promise<Stream> {
  const conn = await Deno.connect({
    transport: "unix",
    path: stage.socketOf(client),
  });
  const call = "GET /events HTTP/1.1\r\nHost: d\r\n\r\n";
  await conn.write(new TextEncoder().encode(call));
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65536);
  let text = "";
  const until = async (end: string) => {
    while (!text.includes(end)) {
      const size = await conn.read(buffer);
      assert(size !== null, `the events of ${client} ended`);
      text += decoder.decode(buffer.subarray(0, size!));
    }
    return text;
  };
  await until("\r\n\r\n");
  return { until, close: () => conn.close() };
}

async function hearsItsOwn(
  stage: Stage,
  client: string,
  stream: Stream,
): Promise<void> {
  // The last of what is done, after which all others have come.
  const last = `echo the end of ${client}`;
  await ask(
    stage,
    client,
    `POST /containers/${client}-web/exec`,
    JSON.stringify({ Cmd: last.split(" ") }),
  );
  const live = await stream.until(`exec_create: ${last}`);
  const told = foreignIn(live, foreignOf(stage, client));
  if (told.length > 0) {
    stage.faults.push(`the events of ${client} told of ${told}: ${live}`);
  }
  hears(stage, client, live, '"Action":"start"');
}

/** Finds events of the client's own container, of an action or of any. */
function hears(
  stage: Stage,
  client: string,
  events: string,
  action: string,
): void {
  const found = events.split("\n").some((line) =>
    line.includes(action) &&
    line.includes(`"name":"${client}-second"`)
  );
  if (!found) stage.faults.push(`${client} did not hear of itself: ${events}`);
}

/** What must not change: all that was made past sockwarden. */
async function stateOf({ engine, objects }: Stage): Promise<string> {
  const owned = [...objects].flatMap(([owner, { web, linker, network }]) => [
    ...[web, linker, network],
    `${owner}-vol`,
  ]);
  const inspected = JSON.parse(await engine("inspect", ...owned));
  return JSON.stringify(
    // deno-lint-ignore no-explicit-any -- of four kinds
    inspected.map(({ Containers, ExecIDs: _, ...rest }: any) => ({
      containers: Object.keys(Containers ?? {}).toSorted(),
      ...rest,
    })),
    null,
    1,
  );
}
