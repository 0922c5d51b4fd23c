import { assert, assertEquals } from "@std/assert";
import { matchOperation } from "../../lib/docker/match.ts";
import { decodeUtf8 } from "../../lib/host.ts";
import type { ObjectQueries } from "../../lib/identity/object_queries.ts";
import { readRecording } from "../../lib/learn/read_recording.ts";
import { createRecorder, type Recording } from "../../lib/learn/recorder.ts";
import type {
  Entry,
  Loss,
  RecordingLine,
  RunEnd,
} from "../../lib/learn/recording.ts";
import type { RequestRecord } from "../../lib/observe/record.ts";
import type { Decided } from "../../lib/proxy/recorder.ts";
import { compile } from "../../lib/policy/compile.ts";
import { decide, plainRequest } from "../../lib/policy/decide.ts";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { type RigOptions, withRig } from "../support/proxy.ts";
import { runStart } from "./recordings.ts";

/** A rig that records to a text; `room` is how much the disk takes. */
async function recorded(
  options: RigOptions,
  run: (
    ask: (request: string, answer?: string) => Promise<string>,
    recording: () => Recording,
  ) => Promise<void>,
  disk = { room: Infinity },
): Promise<{ lines: RecordingLine[]; told: string[]; text: string }> {
  let text = "";
  let recording: Recording | null = null;
  const told: string[] = [];
  await withRig(
    (connection, head) =>
      connection.write(
        head.startsWith("GET /nothing") || head.includes("/nope/")
          ? "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
          : ok("{}"),
      ),
    {
      ...options,
      recorder(objects) {
        recording = createRecorder({
          start: runStart(),
          objects,
          sockets: [],
          write: {
            write(bytes) {
              if (disk.room < bytes.length) {
                return Promise.reject(new Error("No space left on device"));
              }
              text += decodeUtf8(bytes);
              return Promise.resolve(bytes.length);
            },
            sync: () => Promise.resolve(),
          },
          entry: () => {},
          loss: () => {},
          tell: (_, message) => told.push(message),
        });
        return recording;
      },
    },
    async (rig) => {
      await run(async (request) => {
        const client = await rig.connect();
        await client.send(request.replaceAll("\n", "\r\n"));
        const answer = await client.rest();
        client.close();
        return answer;
      }, () => recording!);
      await recording!.end();
    },
  );
  const lines: RecordingLine[] = [];
  const problems = readRecording("test", text, (line) => lines.push(line));
  assertEquals(problems, []);
  return { lines, told, text };
}

const get = (path: string, fields = "") =>
  `GET ${path} HTTP/1.1\nHost: docker\nConnection: close\n${fields}\n`;

function entries(lines: readonly RecordingLine[]): Entry[] {
  return lines.filter((line): line is Entry => "operation" in line);
}

/** The calls and losses that the end of the run says. */
function endOf(lines: readonly RecordingLine[]): [number, number] {
  const end = lines.find((line): line is RunEnd => "ended" in line);
  return [end!.calls, end!.dropped];
}

Deno.test("createRecorder: equal calls are one entry with their number, others are apart", async () => {
  const { lines } = await recorded({}, async (ask) => {
    for (let i = 0; i < 5; i++) {
      await ask(get("/v1.41/containers/json?all=1&limit=7"));
    }
    await ask(get("/v1.41/containers/json", "User-Agent: other/1\n"));
    await ask(get("/version"));
  });
  assertEquals(
    entries(lines).map(({ operation, query, agent, api, n, code }) => [
      operation,
      query,
      agent,
      api,
      n,
      code,
    ]),
    [
      [
        "container.list",
        ["all=1", "limit"],
        "",
        "1.41",
        5,
        "request.completed",
      ],
      ["container.list", undefined, "other/1", "1.41", 1, "request.completed"],
      ["system.version", undefined, "", "", 1, "request.completed"],
    ],
  );
  assert("recording" in lines[0]!);
  assertEquals(endOf(lines), [7, 0]);
});

Deno.test("createRecorder: entries and the end say how long the run has gone on, by a clock that nobody sets", async () => {
  const wall = Date.now;
  try {
    const { lines } = await recorded({}, async (ask, recording) => {
      await ask(get("/version"));
      Date.now = () => wall() + 86_400_000;
      await recording().flush();
    });
    const ups = lines.flatMap((line) => "up" in line ? [line.up!] : []);
    assertEquals(ups.length, 2);
    assert(ups.every((up) => up < 3600), `${ups}`);
  } finally {
    Date.now = wall;
  }
});

Deno.test("createRecorder: what is refused is recorded with its reason", async () => {
  const { lines } = await recorded({}, async (ask) => {
    await ask(get("/images/json"));
    await ask(get("/no/such/route"));
  });
  assertEquals(
    entries(lines).map(({ operation, path, status, code }) => [
      operation,
      path,
      status,
      code,
    ]),
    [
      ["image.list", "/images/json", 403, "policy.not_granted"],
      ["-", "/no/such/route", 403, "policy.unknown_operation"],
    ],
  );
});

Deno.test("createRecorder: a dry run says what would have refused the call", async () => {
  const { lines } = await recorded({ dryRun: true }, async (ask) => {
    await ask(get("/images/json"));
  });
  const [one] = entries(lines);
  assertEquals([one!.status, one!.would], [200, "policy.not_granted"]);
});

Deno.test("createRecorder: no value of a query, a field or a body is recorded", async () => {
  const secret = "planted-secret";
  const { text } = await recorded(
    { grants: grants({ CONTAINERS: 1, POST: 1, AUTH: 1 }) },
    async (ask) => {
      await ask(
        get(
          `/containers/json?filters=%7B%22label%22%3A%5B%22${secret}%22%5D%7D&x=${secret}`,
          `Authorization: ${secret}\nX-Registry-Auth: ${secret}\nCookie: ${secret}\n`,
        ),
      );
      const body = `{"Image":"x","Env":["A=${secret}"],"Cmd":["${secret}"]}`;
      await ask(
        `POST /containers/create HTTP/1.1\nHost: d\nConnection: close\nContent-Length: ${body.length}\n\n` +
          body,
      );
    },
  );
  assert(text.includes("container.create"), text);
  assert(!text.includes(secret), text);
});

Deno.test("createRecorder: an agent cannot add a line", async () => {
  const { lines } = await recorded({}, async (ask) => {
    await ask(get("/version", 'User-Agent: a\x85b"}\\n{"ended":1\n'));
  });
  assertEquals(entries(lines).length, 1);
});

Deno.test("createRecorder: what a full disk does not take is written later, and nothing is lost", async () => {
  const disk = { room: 0 };
  const { lines, told } = await recorded({}, async (ask, recording) => {
    await ask(get("/version"));
    await recording().flush();
    await ask(get("/containers/json"));
    await recording().flush();
    disk.room = Infinity;
    await recording().flush();
  }, disk);
  assertEquals(entries(lines).map(({ operation }) => operation), [
    "system.version",
    "container.list",
  ]);
  assertEquals(told.length, 2);
});

Deno.test("createRecorder: kinds beyond the bound are counted, and told", async () => {
  const { recording, told, losses, written } = direct();
  for (let i = 0; i < 5000; i++) recording.add(record(`/x/${i}`), null, null);
  await recording.flush();
  await recording.end();
  const lines: RecordingLine[] = [];
  readRecording("test", written(), (line) => lines.push(line));
  const counted = entries(lines).reduce((sum, { n }) => sum + n, 0);
  const lost = lines.find((line): line is Loss => "why" in line);
  assertEquals([counted, lost?.dropped], [4096, 904]);
  assertEquals(losses, [[904, lost!.why]]);
  assertEquals(endOf(lines), [5000, 904]);
  assertEquals(told.length, 1);
});

Deno.test("createRecorder: one client's flood leaves another's calls in the recording", async () => {
  const { recording, written } = direct();
  for (let i = 0; i < 5000; i++) {
    recording.add({ ...record(`/x/${i}`), client: "flood" }, null, null);
  }
  recording.add({ ...record("/y"), client: "quiet" }, null, null);
  await recording.flush();
  await recording.end();
  const lines: RecordingLine[] = [];
  readRecording("test", written(), (line) => lines.push(line));
  const of = (name: string) =>
    entries(lines).filter(({ client }) => client === name).length;
  assertEquals([of("flood"), of("quiet")], [1024, 1]);
});

Deno.test("createRecorder: long heads are bounded by their characters", async () => {
  const { recording, written } = direct();
  const policy = compile(grants({}));
  for (let i = 0; i < 1000; i++) {
    const asked = plainRequest("GET", `/x/${i}`);
    const decision = decide(policy, { name: null }, asked);
    const head = { method: "GET", fields: `X: ${"x".repeat(60_000)}\r\n` };
    recording.add(record(`/x/${i}`), { head, decision }, null);
  }
  await recording.end();
  const lines: RecordingLine[] = [];
  readRecording("test", written(), (line) => lines.push(line));
  const counted = entries(lines).length;
  assert(counted > 200 && counted < 300, `${counted}`);
  assertEquals(endOf(lines), [1000, 1000 - counted]);
});

Deno.test("createRecorder: what comes while it writes is written at the end too", async () => {
  const { recording, written } = direct();
  recording.add(record("/x/1"), null, null);
  const writing = recording.flush();
  recording.add(record("/x/2"), null, null);
  await recording.end();
  await writing;
  const lines: RecordingLine[] = [];
  readRecording("test", written(), (line) => lines.push(line));
  assertEquals(entries(lines).map(({ path }) => path), ["/x/1", "/x/2"]);
  assertEquals(endOf(lines), [2, 0]);
});

/** A record of a route that is not known. */
function record(path: string) {
  return {
    remote: "127.0.0.1",
    client: "",
    container: "",
    operation: "-",
    method: "GET",
    path,
    status: 403,
    engineMs: null,
    ownMs: 0.1,
    bytesIn: 0,
    bytesOut: 0,
    code: "policy.unknown_operation",
    rule: "",
    message: "",
    wouldRefuse: null,
  } as const;
}

/** A recorder without a proxy. */
function direct() {
  let text = "";
  const told: string[] = [];
  const losses: [calls: number, why: string][] = [];
  const none = () => Promise.resolve(null);
  const recording = createRecorder({
    start: runStart(),
    objects: {
      find: none,
      exec: none,
      image: none,
      joined: none,
      describe: none,
      usersOf: () => Promise.resolve([]),
      isPodman: () => Promise.resolve(false),
    },
    sockets: [],
    write: {
      write(bytes) {
        text += decodeUtf8(bytes);
        return Promise.resolve(bytes.length);
      },
      sync: () => Promise.resolve(),
    },
    entry: () => {},
    loss: (calls, why) => losses.push([calls, why]),
    tell: (_, message) => told.push(message),
  });
  return { recording, told, losses, written: () => text };
}

Deno.test("createRecorder: an object is looked up once for equal calls, until a call may have changed it", async () => {
  let asked = 0;
  const entries: Entry[] = [];
  const objects = {
    find: () => {
      asked++;
      return Promise.resolve({ id: "a", name: "web", labels: new Map() });
    },
  } as unknown as ObjectQueries;
  const recording = createRecorder({
    start: runStart(),
    objects,
    sockets: [],
    write: null,
    entry: (entry) => entries.push(entry),
    loss: () => {},
    tell: () => {},
  });
  const match = matchOperation("GET", "/containers/web/json");
  if (match.kind !== "operation") throw new Error(match.kind);
  const decided = {
    head: { method: "GET", fields: "" },
    decision: { match },
  } as unknown as Decided;
  const call = async (method: string) => {
    const looked = await recording.look(match, null);
    recording.add(
      {
        client: "",
        operation: "container.inspect",
        method,
        path: "/containers/web/json",
        status: 200,
        code: "request.completed",
        wouldRefuse: null,
      } as RequestRecord,
      decided,
      looked,
    );
  };
  for (let n = 0; n < 5000; n++) await call("GET");
  assertEquals(asked, 1);
  await call("POST");
  await call("GET");
  assertEquals(asked, 2);
  await recording.flush();
  await call("GET");
  assertEquals(asked, 3);
  await recording.end();
  // The method is that of the plan's first call; both lookups say the same.
  assertEquals(entries.map(({ n }) => n), [5002, 1]);
});
