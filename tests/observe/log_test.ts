import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { createLog } from "../../lib/observe/log.ts";
import type { RequestRecord } from "../../lib/observe/record.ts";

const RECORD: RequestRecord = {
  remote: "172.18.0.3",
  client: "",
  container: "",
  operation: "container.list",
  method: "GET",
  path: "/containers/json",
  status: 200,
  engineMs: 1.25,
  ownMs: 0.1,
  bytesIn: 0,
  bytesOut: 300,
  code: "request.completed",
  rule: "CONTAINERS=1",
  message: "",
  wouldRefuse: null,
};

function collector() {
  let text = "";
  let writes = 0;
  const decoder = new TextDecoder();
  return {
    write: (bytes: Uint8Array) => {
      text += decoder.decode(bytes);
      writes++;
      return Promise.resolve(bytes.length);
    },
    text: () => text,
    writes: () => writes,
  };
}

Deno.test("createLog() writes many lines in one write", async () => {
  const to = collector();
  const log = createLog("info", "text", to.write);
  for (let i = 0; i < 100; i++) log.request(RECORD);
  await log.flush(1000);
  assertEquals(to.writes(), 1);
  assertEquals(to.text().split("\n").length, 101);
  assertStringIncludes(
    to.text(),
    "info 172.18.0.3 container.list GET /containers/json 200 1.3ms in=0 out=300\n",
  );
});

Deno.test("createLog() writes JSON that reads back", async () => {
  const to = collector();
  const log = createLog("info", "json", to.write);
  log.request({ ...RECORD, code: "policy.not_granted", message: 'a"b' });
  await log.flush(1000);
  const entry = JSON.parse(to.text());
  assertEquals(entry.operation, "container.list");
  assertEquals(entry.level, "warning");
  assertEquals(entry, {
    schema: 1,
    time: entry.time,
    level: "warning",
    remote: "172.18.0.3",
    operation: "container.list",
    method: "GET",
    path: "/containers/json",
    status: 200,
    engine_ms: 1.3,
    in: 0,
    out: 300,
    end: "refused",
    code: "policy.not_granted",
    rule: "CONTAINERS=1",
    message: 'a"b',
  });
});

Deno.test("createLog() leaves out what is below the threshold", async () => {
  const to = collector();
  const log = createLog("warning", "text", to.write);
  log.request(RECORD);
  log.line("notice", "no");
  log.request({ ...RECORD, code: "policy.denied" });
  await log.flush(1000);
  assertEquals(to.text().split("\n").length, 2);
});

Deno.test("createLog() escapes control characters", async () => {
  const to = collector();
  const log = createLog("info", "text", to.write);
  log.request({
    ...RECORD,
    code: "http.bad_field",
    path: "/a\n2026 fake\x1b[31m",
  });
  await log.flush(1000);
  assertStringIncludes(to.text(), "/a\\x0a2026 fake\\x1b[31m");
});

Deno.test("createLog() drops and counts lines while they are not read, and never waits", async () => {
  let release: (size: number) => void = () => {};
  let text = "";
  let first = true;
  const log = createLog("info", "text", (bytes) => {
    text += new TextDecoder().decode(bytes);
    if (!first) return Promise.resolve(bytes.length);
    first = false;
    return new Promise((resolve) => release = () => resolve(bytes.length));
  });
  log.line("info", "start");
  await log.flush(30);
  for (let i = 0; i < 30_000; i++) log.request(RECORD);
  release(0);
  await log.flush(1000);
  assertStringIncludes(text, "log lines were dropped");
  assert(text.length < 2 ** 21);
});

Deno.test("createLog() goes on where it cannot be written, and ends a flush at once", async () => {
  let tries = 0;
  let full = true;
  const log = createLog("info", "text", ({ length }) => {
    tries++;
    return full
      ? Promise.reject(new Error("No space left on device (os error 28)"))
      : Promise.resolve(length);
  });
  log.line("info", "a");
  await log.flush(60_000);
  log.line("info", "b");
  await log.flush(60_000);
  assertEquals(tries, 2);
  full = false;
  await log.flush(60_000);
});

Deno.test("createLog() tries again after a full disk, loses nothing of what it keeps, and counts the rest", async () => {
  let text = "";
  let room = 7;
  let freed = () => {};
  const whole = new Promise<void>((resolve) => freed = resolve);
  const log = createLog("info", "text", (bytes) => {
    if (room === 0) {
      return Promise.reject(new Error("No space left on device (os error 28)"));
    }
    // The last write before a full disk takes a part.
    const taken = bytes.subarray(0, room);
    room -= taken.length;
    text += new TextDecoder().decode(taken);
    if (text.includes("log lines were dropped")) freed();
    return Promise.resolve(taken.length);
  });
  log.line("info", "first");
  await log.flush(1000);
  assertEquals(text.length, 7);
  for (let i = 0; i < 30_000; i++) log.request(RECORD);
  await log.flush(1000);
  room = Infinity;
  // Nothing but the writer's own timer tries again.
  await whole;
  const lines = text.split("\n");
  assertMatch(lines[0]!, /^\S+ info first$/);
  const kept = lines.filter((line) => line.includes(" container.list ")).length;
  const said = lines.filter((line) => line.includes("log lines were dropped"));
  assertEquals(said.length, 1);
  assertMatch(said[0]!, / warning [0-9]+ log lines were dropped: they could/);
  assertEquals(Number(/warning ([0-9]+)/.exec(said[0]!)![1]) + kept, 30_000);
});

Deno.test("createLog() names the client and its container where there is a policy file", async () => {
  const { write, text } = collector();
  for (const format of ["text", "json"] as const) {
    const log = createLog("info", format, write);
    log.request({ ...RECORD, client: "looker", container: "alice" });
    log.request({ ...RECORD, client: "default" });
    await log.flush(1000);
  }
  const [known, unknown, json, plain] = text().split("\n");
  assertStringIncludes(
    known!,
    " info looker@172.18.0.3(alice) container.list ",
  );
  assertStringIncludes(unknown!, " info default@172.18.0.3 container.list ");
  const { remote, client, container } = JSON.parse(json!);
  assertEquals([remote, client, container], ["172.18.0.3", "looker", "alice"]);
  assertEquals(JSON.parse(plain!).container, undefined);
});

Deno.test("createLog() writes what a dry run lets through as a warning", async () => {
  const { write, text } = collector();
  const log = createLog("warning", "text", write);
  log.request({ ...RECORD, wouldRefuse: "policy.not_granted", message: "x" });
  log.request(RECORD);
  await log.flush(1000);
  assertEquals(text().split("\n").length, 2);
  assertStringIncludes(text(), " warning 172.18.0.3 container.list ");
  assertStringIncludes(
    text(),
    ' code=policy.not_granted "let through: x"',
  );
});

Deno.test("createLog() says how a request ended that only a dry run let through", async () => {
  const { write, text } = collector();
  const log = createLog("warning", "text", write);
  log.request({
    ...RECORD,
    code: "client.closed",
    wouldRefuse: "policy.denied",
    message: "x",
  });
  await log.flush(1000);
  assertStringIncludes(
    text(),
    ' end="client closed" code=policy.denied "let through: x"\n',
  );
});
