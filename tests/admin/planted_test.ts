/**
 * Secrets in every place of a request where clients put them: none is in what
 * the program writes down or tells of requests, of any operation, whether it is
 * granted, refused, or judged by a guard.
 */

import { assert, assertEquals } from "@std/assert";
import { OPERATIONS } from "../../lib/docker/operations.ts";
import type { Grants } from "../../lib/policy/compile.ts";
import { jsonLine, textLine } from "../../lib/observe/log_line.ts";
import { keptAudit } from "../audit/support.ts";
import { withAdmin } from "../support/admin.ts";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { eventually, type RigOptions } from "../support/proxy.ts";
import { latin1 } from "../support/engine.ts";
import { tarOf } from "../support/tar.ts";

const SECRET = "S3CRET";
/** As it stands in base64, wherever it begins. */
const CODED = ["S3CRET", "_S3CRET", "__S3CRET"].map((text, i) =>
  btoa(text).replace(/=+$/, "").slice(i === 0 ? 0 : i + 1, -1)
);

const ADDRESS = `https://u:${SECRET}@h.example/a.git?token=${SECRET}`;

/** Values of the query. */
const QUERY = new URLSearchParams({
  filters: JSON.stringify({
    label: [`a=${SECRET}`],
    command: [SECRET],
    opt: [`o=password=${SECRET}`],
  }),
  buildargs: JSON.stringify({ TOKEN: SECRET }),
  labels: JSON.stringify({ key: SECRET }),
  remote: ADDRESS,
  fromSrc: ADDRESS,
  ps_args: `e ${SECRET}`,
  changes: `ENV A=${SECRET}`,
  limit: SECRET,
  other: SECRET,
}).toString();

/** A body with a secret wherever an operation takes one. */
const BODY = JSON.stringify({
  Image: "a",
  Env: [`PASSWORD=${SECRET}`],
  Cmd: ["mysql", `-p${SECRET}`],
  Entrypoint: ["sh", "-c", SECRET],
  Healthcheck: { Test: ["CMD", "curl", "-u", SECRET] },
  Labels: { key: SECRET },
  HostConfig: {
    Privileged: true,
    LogConfig: { Type: "x", Config: { token: SECRET } },
    Sysctls: { "kernel.x": SECRET },
    Mounts: [{
      Type: "volume",
      Target: "/a",
      VolumeOptions: {
        DriverConfig: { Name: "local", Options: { o: `password=${SECRET}` } },
      },
    }],
  },
  Driver: "x",
  DriverOpts: { o: `password=${SECRET}` },
  Options: { token: SECRET },
  Name: "a",
  Data: btoa(SECRET),
  username: "u",
  password: SECRET,
  AuthConfig: { password: SECRET },
  TaskTemplate: {
    ContainerSpec: {
      Image: "a",
      Env: [`A=${SECRET}`],
      Command: [SECRET],
      Args: [SECRET],
    },
    LogDriver: { Name: "x", Options: { a: SECRET } },
  },
  JoinToken: SECRET,
  UnlockKey: SECRET,
  CAConfig: { SigningCAKey: SECRET },
});

const CONTEXT = latin1(tarOf({
  name: "Dockerfile",
  content:
    `FROM a\nARG T=${SECRET}\nENV A=${SECRET}\nADD ${ADDRESS} /\nRUN login ${SECRET}\n${SECRET}=x y\n`,
}));

const FIELDS = [
  `X-Registry-Auth: ${btoa(JSON.stringify({ password: SECRET }))}`,
  `X-Registry-Config: ${btoa(`_${JSON.stringify({ a: SECRET })}`)}`,
  `Authorization: Bearer ${SECRET}`,
  `Cookie: a=${SECRET}`,
  `User-Agent: ${SECRET}`,
  `traceparent: 00-${SECRET}`,
];

const LONG = "n".repeat(1500);

/** Each operation, once with plain names and once with long ones. */
function requests(): string[] {
  return OPERATIONS.flatMap(({ name, routes: [route] }) => {
    const { method, path } = route!;
    const body = name.endsWith("build") ? CONTEXT : BODY;
    const [type, sent] = method === "GET" || method === "HEAD" ? ["", ""] : [
      `Content-Type: application/${
        body === CONTEXT ? "x-tar" : "json"
      }\r\nContent-Length: ${body.length}\r\n`,
      body,
    ];
    return ["web", LONG].map((object) => {
      const target = path.replace(/\{[a-z]+\}/g, object);
      return `${method} ${target}?${QUERY}&name=${object} HTTP/1.1\r\nHost: d\r\n${
        FIELDS.join("\r\n")
      }\r\nConnection: close\r\n${type}\r\n${sent}`;
    });
  });
}

const all = (text: string): Grants => grants({}, { allow: [text] });
const file = (text: string): RigOptions => ({ file: policyFile(text).file });

const POLICIES: readonly (readonly [string, RigOptions])[] = [
  ["everything is granted", { grants: all("*") }],
  ["nothing is granted", { grants: grants({}) }],
  [
    "a guard judges",
    file(
      "default: { allow: ['*'], guard: { level: strict, commands: ['true'], images: [b] } }",
    ),
  ],
  [
    "a guard judges under a dry run",
    {
      ...file(
        "default: { allow: ['*'], guard: { level: strict, commands: ['true'] } }",
      ),
      dryRun: true,
    },
  ],
  [
    "much is hidden",
    file("default: { allow: ['*'], hide: [env, args, mounts] }"),
  ],
  [
    "a scope holds",
    file("default: { allow: ['*'], containers: { label: a=b } }"),
  ],
];

for (const [what, options] of POLICIES) {
  Deno.test(`where ${what}, no secret of a client is in audit, log, API or metrics`, async () => {
    const audit = keptAudit();
    const { auditor } = audit;
    const answers = (c: { write(text: string): Promise<void> }) =>
      c.write(ok("{}"));
    await withAdmin(answers, { ...options, auditor }, async (rig) => {
      const sent = requests();
      for (const request of sent) {
        const client = await rig.connect();
        await client.send(request).catch(() => {});
        await client.rest().catch(() => {});
        client.close();
      }
      await eventually("the records", () => rig.records.length >= sent.length);
      const paths = ["decisions?limit=500", "streams", "clients", "unused"];
      const told = await Promise.all([
        ...paths.map((path) => `/api/v1/${path}`),
        "/metrics",
      ].map(async (path) => await (await rig.get(path)).text()));
      const written = [
        audit.sink.text,
        ...rig.records.map((one) => jsonLine("info", one)),
        ...rig.records.map((one) => textLine("info", one)),
        ...told,
      ];
      for (const text of written) {
        for (const secret of [SECRET, ...CODED]) {
          const at = text.indexOf(secret);
          assert(at < 0, text.slice(Math.max(0, at - 400), at + 40));
        }
      }
      // Each operation left both of its lines, and each line is bounded.
      const ends = audit.lines().filter(({ event }) => event === "ended");
      assertEquals(ends.length, sent.length);
      const longest = Math.max(
        ...audit.sink.text.split("\n").map(({ length }) => length),
      );
      assert(longest < 16 * 1024, String(longest));
    });
  });
}
