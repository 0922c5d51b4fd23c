/**
 * The metrics: their form, and that nothing in them is a client's choice.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import * as fc from "fast-check";
import { METRICS, PREFIX } from "../../lib/admin/metrics.ts";
import { formFor } from "../../lib/admin/metrics_text.ts";
import { OPERATIONS } from "../../lib/docker/operations.ts";
import { REASONS } from "../../lib/observe/reasons.ts";
import { type AdminRig, withAdmin } from "../support/admin.ts";
import { ok } from "../support/engine.ts";
import { policyFile } from "../support/policy.ts";

const OPENMETRICS = "application/openmetrics-text";

const engine = (connection: { write(text: string): Promise<void> }) =>
  connection.write(ok('{"Version":"28.1.1","ApiVersion":"1.49"}'));

/** One line of a value: its name, its labels, its value. */
function samplesOf(text: string): [string, Record<string, string>, number][] {
  return text.split("\n").filter((line) => line !== "" && line[0] !== "#").map(
    (line): [string, Record<string, string>, number] => {
      const [, name, labels = "", value] =
        /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      assert(name !== undefined, line);
      const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)];
      return [
        name!,
        Object.fromEntries(pairs.map(([, key, text]) => [key, text])),
        Number(value),
      ];
    },
  );
}

async function metrics(rig: AdminRig, accept?: string): Promise<string> {
  const answer = await rig.get("/metrics", accept ? { accept } : {});
  return await answer.text();
}

/** Sends requests, each on its own connection, and waits for what they come to. */
async function send(rig: AdminRig, heads: readonly string[]): Promise<void> {
  for (const head of heads) {
    const client = await rig.connect();
    await client.send(head);
    await client.rest();
    client.close();
  }
}

const ASKED = [
  "GET /containers/json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  "POST /containers/x/stop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
];

function promtool(...args: string[]): Deno.Command | null {
  try {
    new Deno.Command("promtool", { args: ["--version"], stderr: "null" })
      .outputSync();
    return new Deno.Command("promtool", {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
  } catch {
    return null;
  }
}

const noPromtool = promtool() === null;

Deno.test({
  name: `promtool has nothing to say of the text${
    noPromtool ? ": promtool is missing (Debian: prometheus)" : ""
  }`,
  ignore: noPromtool,
  fn: async () => {
    await withAdmin(engine, {}, async (rig) => {
      await send(rig, ASKED);
      const process = promtool("check", "metrics")!.spawn();
      const writer = process.stdin.getWriter();
      await writer.write(new TextEncoder().encode(await metrics(rig)));
      await writer.close();
      const { code, stdout, stderr } = await process.output();
      const said = new TextDecoder().decode(stdout) +
        new TextDecoder().decode(stderr);
      assertEquals([code, said], [0, ""]);
    });
  },
});

Deno.test({
  name: `Prometheus reads the text of OpenMetrics${
    noPromtool ? ": promtool is missing (Debian: prometheus)" : ""
  }`,
  ignore: noPromtool,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    await withAdmin(engine, {}, async (rig) => {
      await send(rig, ASKED);
      // It has no check of this text; its reader of blocks wants times.
      const text = (await metrics(rig, OPENMETRICS))
        .replace(/^([^#].*)$/gm, "$1 1700000000");
      await Deno.writeTextFile(`${folder}/metrics`, text);
      const process = promtool(
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        `${folder}/metrics`,
        `${folder}/blocks`,
      )!.spawn();
      await process.stdin.close();
      const { code, stderr } = await process.output();
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    });
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("both forms tell the same values, and each ends as it must", async () => {
  await withAdmin(engine, {}, async (rig) => {
    await send(rig, ASKED);
    const plain = await metrics(rig);
    const open = await metrics(rig, OPENMETRICS);
    const steady = (text: string) =>
      samplesOf(text).filter(([name]) => !/memory|lookups/.test(name));
    assertEquals(steady(open), steady(plain));
    assert(open.endsWith("\n# EOF\n"));
    assert(!plain.includes("# EOF"));
    assertMatch(open, /^# TYPE sockwarden_requests counter$/m);
    assertMatch(plain, /^# TYPE sockwarden_requests_total counter$/m);
  });
});

Deno.test("the form is the one that Accept prefers, and the plain one else", () => {
  for (
    const [accept, form] of [
      ["", "prometheus"],
      ["*/*", "prometheus"],
      ["text/html", "prometheus"],
      [OPENMETRICS, "openmetrics"],
      [
        `${OPENMETRICS};version=1.0.0;q=0.5,${OPENMETRICS};version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
        "openmetrics",
      ],
      [`text/plain;q=0.9, ${OPENMETRICS};q=0.3`, "prometheus"],
      [`${OPENMETRICS};q=0`, "prometheus"],
      [`${OPENMETRICS};q=x`, "prometheus"],
      [OPENMETRICS.toUpperCase(), "openmetrics"],
    ]
  ) assertEquals(formFor(accept!), form, accept);
});

Deno.test("requests are counted by client, operation, decision and code", async () => {
  await withAdmin(engine, {}, async (rig) => {
    await send(rig, [...ASKED, ASKED[0]!]);
    const counted = samplesOf(await metrics(rig)).filter(([name]) =>
      name === "sockwarden_requests_total"
    ).map(([, { operation, decision, code }, value]) =>
      [operation, decision, code, value].join(" ")
    );
    assertEquals(counted, [
      "container.list allowed request.completed 2",
      "container.stop refused policy.not_granted 1",
      "- refused policy.unknown_operation 1",
    ]);
  });
});

Deno.test("each metric is served that the table names, each once", async () => {
  await withAdmin(engine, {}, async (rig) => {
    await send(rig, ASKED);
    const text = await metrics(rig);
    // Without an audit, and without limits.
    const absent = [
      "audit_lines_dropped_total",
      "client_limit",
      "client_limit_used",
      "upload_slowed_seconds_total",
    ];
    for (const { name } of METRICS) {
      const times = text.split(`# HELP ${PREFIX}${name} `).length - 1;
      assertEquals(times, absent.includes(name) ? 0 : 1, name);
    }
    assertEquals(new Set(METRICS.map(({ name }) => name)).size, METRICS.length);
  });
});

Deno.test("clients with limits have metrics of them, and others have none", async () => {
  const { file } = policyFile(`
clients:
  web: { from: { cidr: 127.0.0.1 }, allow: [container.list], limits: { requests: 5, rate: 1, upload-rate: 4k } }
  other: { from: { cidr: 127.0.0.2 }, allow: [container.list] }
default: { limits: { streams: 3 } }
`);
  await withAdmin(engine, { file }, async (rig) => {
    await send(rig, [ASKED[0]!, ASKED[0]!]);
    const samples = samplesOf(await metrics(rig));
    const of = (name: string) =>
      samples.filter(([one]) => one === `sockwarden_${name}`)
        .map(([, labels, value]) => [...Object.values(labels), value]);
    assertEquals(of("client_limit"), [
      ["web", "requests", 5],
      ["web", "rate", 1],
      ["web", "burst", 1],
      ["web", "upload_rate", 4096],
      ["default", "streams", 3],
    ]);
    assertEquals(of("client_limit_used"), [
      ["web", "requests", 0],
      ["web", "streams", 0],
      ["default", "requests", 0],
      ["default", "streams", 0],
    ]);
    assertEquals(of("upload_slowed_seconds_total"), [["web", 0], [
      "default",
      0,
    ]]);
    assertEquals(
      of("requests_total").map((one) => one.slice(2)),
      [["allowed", "request.completed", 1], ["refused", "limit.rate", 1]],
    );
  });
});

Deno.test("a watchdog says whether the engine is up", async () => {
  await withAdmin(engine, {}, async (rig) => {
    rig.admin.probed("it is gone");
    assertMatch(await metrics(rig), /^sockwarden_engine_up 0$/m);
    const ready = await rig.get("/readyz");
    assertEquals(ready.status, 503);
    assertMatch(await ready.text(), /does not answer: it is gone/);
    rig.admin.probed(null);
    assertMatch(await metrics(rig), /^sockwarden_engine_up 1$/m);
    assertEquals((await rig.json("/readyz")).ready, true);
  });
});

Deno.test("no label has a value that a client has chosen", async () => {
  const { file } = policyFile(`
clients:
  web: { from: { cidr: 127.0.0.1 }, allow: ['container.*'] }
`);
  const operations = new Set([
    ...OPERATIONS.map(({ name }) => name),
    "-",
    "other",
  ]);
  const known: Record<string, (value: string) => boolean> = {
    client: (one) => ["web", "default", "", "other"].includes(one),
    operation: (one) => operations.has(one),
    decision: (one) =>
      ["allowed", "refused", "would_refuse", "failed"].includes(one),
    code: (one) => one in REASONS,
  };
  const word = fc.stringMatching(/^[A-Za-z0-9_.%"{}\\-]{1,12}$/);
  await withAdmin(engine, { file }, async (rig) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "POST", "DELETE", "FOO"),
        fc.array(word, { maxLength: 4 }),
        word,
        async (method, segments, value) => {
          await send(rig, [
            `${method} /${
              segments.join("/")
            }?name=${value} HTTP/1.1\r\nHost: ${value}\r\nUser-Agent: ${value}\r\nConnection: close\r\n\r\n`,
          ]);
        },
      ),
      { numRuns: 150 },
    );
    const samples = samplesOf(await metrics(rig)).filter(([name]) =>
      name === "sockwarden_requests_total"
    );
    assert(samples.length > 1);
    for (const [, labels] of samples) {
      for (const [label, value] of Object.entries(labels)) {
        assert(known[label]?.(value), `${label}=${value}`);
      }
    }
  });
});
