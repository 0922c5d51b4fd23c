/**
 * A real Prometheus, with the rules and the scrape of `deploy/`, beside two
 * sockwardens that serve: what the dashboard and the alerts ask for is there.
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { exists } from "../../tools/exists.ts";
import { type Sockwarden, startSockwarden } from "../e2e/sockwarden.ts";
import { ok, startEngine } from "../support/engine.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;
const PROMETHEUS = "/usr/bin/prometheus";
const TOKEN = "a-token-that-is-long-enough";
/** A client that meets one of its limits at once. */
const LIMITED = `
clients:
  web:
    from: { cidr: 127.0.0.1 }
    allow: ["container.*:read", system.events]
    limits: { streams: 1, requests: 4, rate: 1, burst: 2 }
`;
/** Milliseconds that series may take to come: rates need two scrapes. */
const PATIENCE_MS = 60_000;

/** What Grafana puts in, over a minute. */
const GRAFANA: readonly (readonly [RegExp, string])[] = [
  [/\[\$__(?:rate_interval|range)\]/g, "[1m]"],
  [/\$[a-z]+/g, ".*"],
];

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
    }[];
  }[];
}
interface Dashboard {
  readonly panels: readonly {
    readonly targets?: { readonly expr: string }[];
  }[];
}

const read = (path: string) => Deno.readTextFileSync(DEPLOY + path);

/** An expression without what makes it empty where all is well. */
function measured(expression: string): string {
  const plain = GRAFANA.reduce(
    (text, [from, to]) => text.replaceAll(from, to),
    expression,
  ).replace(/ or vector\(0\)$/, "");
  // A comparison at the end, or the one that is counted.
  return plain.replace(/ (?:==|>) [0-9.]+$/, "")
    .replace(/ (?:==|>) [0-9.]+\)$/, ")");
}

function expressions(): string[] {
  const { panels } = JSON.parse(read("grafana/sockwarden.json")) as Dashboard;
  const { groups } = parse(read("prometheus/rules.yaml")) as Rules;
  return [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ].map(measured);
}

/** The admin listener's host and port. */
function adminOf(proxy: Sockwarden): string {
  return /admin listener on tcp:\/\/(\S+)/.exec(proxy.log())![1]!;
}

/** Makes each kind of request: allowed, refused, failed, and one that stays open. */
async function ask(proxy: Sockwarden): Promise<void> {
  for (
    const [method, path] of [
      ["GET", "/containers/json"],
      ["POST", "/containers/a/stop"],
      ["GET", "/containers/broken/json"],
    ] as const
  ) {
    const answer = await fetch(`http://127.0.0.1:${proxy.port}${path}`, {
      method,
    });
    await answer.body?.cancel();
  }
}

/** The scrape and the rules of Compose, with addresses in place of its names. */
function configuration(folder: string, proxies: readonly Sockwarden[]): string {
  const text = read("prometheus/prometheus.yaml")
    .replace("/etc/prometheus/", `${DEPLOY}prometheus/`)
    .replace(
      "scrape_interval: 15s",
      "scrape_interval: 1s\n  scrape_timeout: 1s",
    )
    .replace(
      /^ {4}dns_sd_configs:\n(?: {6}.*\n)+/m,
      `    static_configs: [{ targets: ${
        JSON.stringify(proxies.map(adminOf))
      } }]\n`,
    )
    .replace(
      /^ {4}# authorization:.*$/m,
      (line) =>
        line.replace("# ", "").replace(
          /credentials_file: \S+/,
          `credentials_file: ${folder}/token`,
        ),
    );
  assert(
    text.includes("static_configs") && text.includes("\n    authorization"),
  );
  return text;
}

/** A Prometheus on a free port, and how it is asked. */
async function withPrometheus(
  folder: string,
  text: string,
  run: (get: (path: string) => Promise<Answer>) => Promise<void>,
): Promise<void> {
  await Deno.writeTextFile(`${folder}/prometheus.yaml`, text);
  const child = new Deno.Command(PROMETHEUS, {
    args: [
      `--config.file=${folder}/prometheus.yaml`,
      `--storage.tsdb.path=${folder}/data`,
      "--web.listen-address=127.0.0.1:0",
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  try {
    let port = "";
    const reader = child.stderr.pipeThrough(new TextDecoderStream())
      .getReader();
    while (port === "") {
      const { value, done } = await reader.read();
      if (done) throw new Error(`Prometheus has ended:\n${log}`);
      log += value;
      port = /Listening on"[^\n]*127\.0\.0\.1:([0-9]+)/.exec(log)?.[1] ?? "";
    }
    const draining = (async () => {
      while (!(await reader.read()).done) { /* Its log is not looked at. */ }
    })();
    await run(async (path) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return await answer.json();
    });
    child.kill("SIGTERM");
    await draining;
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.status;
  }
}

interface Answer {
  readonly status: string;
  readonly data: {
    readonly result: readonly unknown[];
    readonly groups: readonly {
      readonly rules: readonly {
        readonly name: string;
        readonly health: string;
        readonly lastError?: string;
      }[];
    }[];
  };
}

if (!exists(PROMETHEUS)) {
  Deno.test.ignore(
    `Prometheus finds what deploy/ asks for: ${PROMETHEUS} is missing (apt-get install prometheus)`,
    () => {},
  );
} else {
  Deno.test("Prometheus finds what the dashboard and the alerts ask for, in what two sockwardens serve", async () => {
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-prometheus-" });
    await Deno.chmod(folder, 0o777);
    await Deno.writeTextFile(`${folder}/token`, TOKEN);
    await Deno.writeTextFile(`${folder}/policy.yaml`, LIMITED);
    const engine = await startEngine(async (c, head) => {
      const [, path = ""] = head.split(" ");
      if (path.includes("broken")) return c.close();
      if (path.includes("/events")) return;
      await c.write(ok('{"Version":"28.1.1","ApiVersion":"1.49"}'));
    });
    const proxies: Sockwarden[] = [];
    const streams: AbortController[] = [];
    try {
      for (
        const [name, more] of [
          ["a", [`--config=${folder}/policy.yaml`]],
          ["b", ["--containers", "--events", "--dry-run"]],
        ] as const
      ) {
        proxies.push(
          await startSockwarden(`unix://${engine.path}`, [
            "--admin=tcp://127.0.0.1:0",
            `--admin-token-file=${folder}/token`,
            `--audit=${folder}/${name}.jsonl`,
            ...more,
          ]),
        );
      }
      for (const { port } of proxies) {
        const stream = new AbortController();
        streams.push(stream);
        fetch(`http://127.0.0.1:${port}/events`, { signal: stream.signal })
          .catch(() => {});
      }
      await withPrometheus(
        folder,
        configuration(folder, proxies),
        async (get) => {
          const missing = new Set(expressions());
          assert(missing.size > 30);
          const end = Date.now() + PATIENCE_MS;
          while (missing.size > 0 && Date.now() < end) {
            await Promise.all(proxies.map(ask));
            for (const one of missing) {
              const { status, data } = await get(
                `/api/v1/query?query=${encodeURIComponent(one)}`,
              );
              assertEquals(status, "success", one);
              if (data.result.length > 0) missing.delete(one);
            }
          }
          assertEquals([...missing], []);
          const { data } = await get("/api/v1/rules");
          const rules = data.groups.flatMap(({ rules }) => rules);
          assert(rules.length > 10);
          for (const { name, health, lastError } of rules) {
            assert(health !== "err", `${name}: ${lastError}`);
          }
        },
      );
    } finally {
      for (const stream of streams) stream.abort();
      for (const proxy of proxies) await proxy.stop();
      await engine.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
