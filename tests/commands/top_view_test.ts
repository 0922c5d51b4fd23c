import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Decision, State, Stream } from "../../lib/admin/api.ts";
import {
  ageText,
  bytesText,
  linesText,
  printable,
  topLines,
  type TopReport,
} from "../../lib/commands/top_view.ts";

const STATE: State = {
  version: "1.2.3",
  runtime: "lean",
  started: "2026-01-01T00:00:00.000Z",
  now: "2026-01-01T03:12:00.000Z",
  engine: {
    address: "unix:///var/run/docker.sock",
    up: true,
    version: "28.3.0",
    api_version: "1.51",
    checked: "2026-01-01T03:11:00.000Z",
  },
  policy: {
    hash: "0123456789abcdef",
    loaded: "2026-01-01T00:00:00.000Z",
    reload: null,
    dry_run: false,
    clients: 2,
  },
  connections: { open: 3, max: 4000 },
  streams: 30,
  totals: {
    requests: 12,
    allowed: 7,
    refused: 40,
    would_refuse: 0,
    failed: 1,
    bytes_in: 10,
    bytes_out: 2048,
    log_lines_dropped: 0,
  },
  rates: { requests_per_second: 1.25, refused_per_second: 0.5 },
  memory: { resident_bytes: 9 * 1024 * 1024, held_bytes: 0 },
  audit: null,
};

const STREAM: Stream = {
  id: 1,
  client: "dozzle",
  container: "",
  remote: "172.18.0.3",
  operation: "container.logs",
  method: "GET",
  path: "/containers/x/logs",
  kind: "stream",
  started: "2026-01-01T00:00:00.000Z",
  age_seconds: 75,
  bytes_in: 0,
  bytes_out: 5,
  bytes_per_second: 0,
};

const REFUSAL: Decision = {
  id: 1,
  time: "2026-01-01T03:11:22.000Z",
  client: "",
  container: "web",
  remote: "172.18.0.4",
  operation: "exec.start",
  method: "POST",
  path: "/exec/x/start",
  status: 403,
  decision: "refused",
  code: "policy.not_granted",
  rule: "",
  message: "",
  remedies: [{ kind: "flag", text: "--allow exec.start", where: "" }],
  no_remedy: "",
  engine_ms: null,
  own_ms: 0,
  in: 0,
  out: 0,
};

function report(streams: number, refused: number): TopReport {
  return {
    format: "top/1",
    state: { ...STATE, streams },
    streams: Array(streams).fill(STREAM),
    refused: Array(refused).fill(REFUSAL),
  };
}

const textOf = (one: TopReport, rows: number | null = null) =>
  linesText(topLines(one, rows), Infinity, false);

Deno.test("topLines() shows how it goes, the streams and the refusals", () => {
  assertEquals(
    textOf(report(1, 1)),
    `sockwarden 1.2.3 (lean), up 3h12m, policy 0123456789abcdef, 2 clients
engine unix:///var/run/docker.sock: 28.3.0, API 1.51
1.3 requests/s, 0.5 refused/s; since the start 12: 7 allowed, 40 refused, 1 failed
connections 3 of 4000; in 10 B, out 2.0 KiB; memory 9.0 MiB

STREAMS (1)
AGE    CLIENT  OPERATION       KIND    IN   OUT  RATE   PATH
1m15s  dozzle  container.logs  stream  0 B  5 B  0 B/s  /containers/x/logs

REFUSED (40)
TIME      CLIENT  OPERATION   CODE                REQUEST
03:11:22  web     exec.start  policy.not_granted  POST /exec/x/start

TO ALLOW IT
CLIENT  OPERATION   ADD                 WHERE
web     exec.start  --allow exec.start
`,
  );
});

Deno.test("topLines() tells what would allow each kind of refusal once, or why nothing does", () => {
  const guard = {
    kind: "policy",
    text: "privileged: allow\nbinds: [/etc]",
    where: "the guard of client 'ci' (policy.yaml:6:12)",
  } as const;
  const identity = {
    ...REFUSAL,
    operation: "container.create",
    remedies: [],
    no_remedy: "choose another name",
  };
  const text = textOf({
    ...report(0, 3),
    refused: [
      REFUSAL,
      { ...REFUSAL, client: "ci", remedies: [guard] },
      identity,
      REFUSAL,
      identity,
    ],
  });
  assertEquals(
    text.slice(text.indexOf("TO ALLOW IT")),
    `TO ALLOW IT
CLIENT  OPERATION         ADD                                   WHERE
web     exec.start        --allow exec.start
ci      exec.start        privileged: allow                     in the guard of client 'ci' (policy.yaml:6:12)
                          binds: [/etc]
web     container.create  nothing to copy: choose another name
`,
  );
});

Deno.test("topLines() says what is not well", () => {
  const text = textOf({
    ...report(0, 0),
    state: {
      ...STATE,
      engine: { ...STATE.engine, up: false },
      policy: {
        ...STATE.policy,
        dry_run: true,
        reload: { at: STATE.now, ok: false, message: "p.yaml:1:1: no" },
      },
      totals: { ...STATE.totals, would_refuse: 3, log_lines_dropped: 4 },
      audit: { on: true, dropped: 5 },
    },
  });
  for (
    const said of [
      "does not answer",
      "dry run: 3 requests",
      "not valid: p.yaml:1:1: no",
      "4 lines of the log",
      "5 lines of the audit",
    ]
  ) assertStringIncludes(text, said);
});

Deno.test("topLines() fits the screen, and shows of both what there is room for", () => {
  for (const [streams, refused] of [[50, 50], [0, 50], [50, 0], [2, 3]]) {
    for (const rows of [1, 5, 12, 24, 60]) {
      const lines = topLines(report(streams!, refused!), rows);
      assert(lines.length <= Math.max(rows, 10), `${lines.length} > ${rows}`);
      const of = (word: string) =>
        lines.filter(({ text }) => text.includes(word)).length;
      if (rows < 24) continue;
      assert(of("/logs") >= Math.min(streams!, 5), `${streams} ${rows}`);
      assert(of("/exec/") >= Math.min(refused!, 5), `${refused} ${rows}`);
    }
  }
});

Deno.test("nothing of a client's names reaches the terminal but printable ASCII", () => {
  const evil = "\x1b]0;x\x07\x9b31m\u202e\n\r\x7f\u200b日";
  const text = textOf({
    ...report(0, 0),
    streams: [{
      ...STREAM,
      client: evil,
      operation: evil,
      path: evil,
      kind: evil as Stream["kind"],
    }],
    refused: [{
      ...REFUSAL,
      client: evil,
      operation: evil,
      path: evil,
      method: evil,
      time: evil,
      code: evil as Decision["code"],
      remedies: [{ kind: "flag", text: evil.replace("\n", ""), where: evil }],
    }],
    state: {
      ...STATE,
      version: evil,
      engine: { ...STATE.engine, address: evil, version: evil },
      policy: {
        ...STATE.policy,
        hash: evil,
        reload: { at: "", ok: false, message: evil },
      },
    },
  });
  assertEquals(text.match(/[^ -~\n]/g), null);
  assertEquals(printable("a\x1b b"), "a\\u{1b} b");
  const lines = textOf(report(0, 0)).split("\n").length;
  // One more entry each, one more warning, and a table of what would allow it.
  assertEquals(text.split("\n").length, lines + 3 + 4);
});

Deno.test("linesText() cuts lines at the screen's edge, and colours what stands out", () => {
  const lines = [
    { text: "abcdef", look: "bad" },
    { text: "abc", look: "plain" },
  ] as const;
  assertEquals(linesText(lines, 4, false), "abcd\nabc\n");
  assertEquals(linesText(lines, 4, true), "\x1b[31mabcd\x1b[0m\nabc\n");
});

Deno.test("ageText() and bytesText() are short", () => {
  assertEquals([0, 61, 3600, 90_000].map(ageText), [
    "0s",
    "1m1s",
    "1h0m",
    "1d1h",
  ]);
  assertEquals([0, 1023, 1536, 5 * 1024 ** 3].map(bytesText), [
    "0 B",
    "1023 B",
    "1.5 KiB",
    "5.0 GiB",
  ]);
});

Deno.test("an admin listener that is none of ours cannot control the terminal by what should be a number", () => {
  const hostile = "\x1b]0;x\x07" as unknown as number;
  const report: TopReport = {
    format: "top/1",
    state: {
      ...STATE,
      streams: hostile,
      connections: { open: hostile, max: hostile },
      totals: { ...STATE.totals, refused: hostile, requests: hostile },
    },
    streams: [],
    refused: [],
  };
  const text = linesText(topLines(report, null), Infinity, false);
  assert(/^[\n -~]*$/.test(text), JSON.stringify(text));
});
