/**
 * The dashboard, the rules and the scrapes in `deploy/` name metrics that there
 * are, and Prometheus takes them.
 */

import { assert, assertEquals } from "@std/assert";
import { parse, parseAll } from "@std/yaml";
import { METRICS, PREFIX } from "../../lib/admin/metrics.ts";
import { readFlags } from "../../lib/config/flags.ts";
import { readPreset } from "../../lib/config/preset_rule.ts";
import { readConfig } from "../../lib/config/read.ts";
import { exists } from "../../tools/exists.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;
const CASES = new URL("rules_cases.yaml", import.meta.url).pathname;
const PROMTOOL = "/usr/bin/promtool";
/** What Grafana puts in, as Prometheus reads it. */
const GRAFANA: readonly (readonly [RegExp, string])[] = [
  [/\[\$__(?:rate_interval|range)\]/g, "[5m]"],
  [/\$[a-z]+/g, ".*"],
];

/** Discovery by Kubernetes, up to what is done with what it finds. */
const KUBERNETES = /^ {4}kubernetes_sd_configs:\n(?: {6}.*\n)+/m;

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { definition?: string }[] };
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}

const read = (path: string) => Deno.readTextFileSync(DEPLOY + path);
const dashboard = JSON.parse(read("grafana/sockwarden.json")) as Dashboard;
const rules = (parse(read("prometheus/rules.yaml")) as Rules).groups
  .flatMap(({ rules }) => rules);

function dashboardExpressions(): string[] {
  return dashboard.panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr)
  );
}

/** The names of metrics, each with the labels that it has. */
function known(): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const metric of METRICS) {
    const name = PREFIX + metric.name;
    names.set(name, metric.labels);
    if (metric.type !== "histogram") continue;
    names.set(`${name}_bucket`, [...metric.labels, "le"]);
    for (const end of ["sum", "count"]) {
      names.set(`${name}_${end}`, metric.labels);
    }
  }
  return names;
}

Deno.test("every metric of the dashboard and of the rules exists, with the labels that are asked for", () => {
  const all = known();
  const expressions = [
    ...dashboardExpressions(),
    ...dashboard.templating.list.flatMap(({ definition = "" }) => definition),
    ...rules.map(({ expr }) => expr),
  ];
  const named = new Set<string>();
  for (const expression of expressions) {
    const metrics = [
      ...expression.matchAll(/sockwarden_[a-z_]+(?:\{([^}]*)\})?/g),
    ];
    const labels = new Set(["job", "instance"]);
    for (const [text, selector = ""] of metrics) {
      const name = text.replace(/\{.*$/, "");
      assert(all.has(name), `${name} is no metric: ${expression}`);
      named.add(name.replace(/_(?:bucket|sum|count)$/, ""));
      for (const label of all.get(name)!) labels.add(label);
      for (const [, label] of selector.matchAll(/([a-z_]+)(?==)/g)) {
        assert(
          ["job", "instance", ...all.get(name)!].includes(label!),
          `${name} has no label ${label}`,
        );
      }
    }
    for (const [, by] of expression.matchAll(/by \(([^)]*)\)/g)) {
      for (const label of by!.split(/,\s*/)) {
        assert(labels.has(label), `no metric has ${label}: ${expression}`);
      }
    }
  }
  // Nothing is measured that nobody sees.
  const unseen = METRICS.map(({ name }) => PREFIX + name)
    .filter((name) => !named.has(name));
  assertEquals(unseen, []);
});

Deno.test("the annotations of the rules name labels that their alerts have", () => {
  for (const { expr, annotations, alert } of rules) {
    for (
      const [, label] of JSON.stringify(annotations)
        .matchAll(/\$labels\.([a-z]+)/g)
    ) {
      const by = /^(?:[a-z_]+\([0-9.]*,? ?)?(?:sum|count) by \(([^)]*)\)/
        .exec(expr)?.[1];
      assert(
        by === undefined
          ? label === "instance"
          : by.split(/,\s*/).includes(label!),
        `${alert}: ${label}`,
      );
    }
  }
});

Deno.test("the panels of the dashboard do not lie on each other", () => {
  const cells = new Set<string>();
  for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assert(!cells.has(`${column} ${line}`), title);
        cells.add(`${column} ${line}`);
      }
    }
  }
});

Deno.test("deploy/swarm/monitoring.yaml sets what the program understands", () => {
  const { services } = parse(read("swarm/monitoring.yaml")) as {
    services: Record<
      string,
      { image: string; environment?: Record<string, unknown>; ports?: unknown }
    >;
  };
  const proxies = Object.values(services)
    .filter(({ image }) => image === "sockwarden");
  assertEquals(proxies.length, 2);
  for (const { environment = {}, ports } of proxies) {
    assertEquals(ports, undefined);
    const { config, problems } = readConfig(
      readFlags([]),
      {
        SOCKWARDEN_LISTEN: "tcp://[::]:2375",
        ...Object.fromEntries(
          Object.entries(environment)
            .map(([key, value]) => [key, String(value)]),
        ),
      },
      null,
      "lean",
      false,
      readPreset,
    );
    assertEquals(problems, null);
    assertEquals(config!.admin?.address, {
      kind: "tcp",
      host: "0.0.0.0",
      port: 9323,
    });
  }
});

Deno.test("deploy/kubernetes/prometheus.yaml finds the pods of daemonset.yaml by their label and port", () => {
  const { scrape_configs: [scrape] } = parse(
    read("kubernetes/prometheus.yaml"),
  ) as {
    scrape_configs: {
      kubernetes_sd_configs: unknown;
      relabel_configs: { source_labels: string[]; regex?: string }[];
    }[];
  };
  assertEquals(scrape!.kubernetes_sd_configs, [
    { role: "pod", selectors: [{ role: "pod", label: "app=docker-proxy" }] },
  ]);
  const port = scrape!.relabel_configs.find(({ source_labels: [name] }) =>
    name === "__meta_kubernetes_pod_container_port_name"
  )?.regex;
  const [daemons, , policy] = parseAll(read("kubernetes/daemonset.yaml"));
  const text = JSON.stringify([daemons, policy]);
  assert(text.includes('"labels":{"app":"docker-proxy"}'));
  assert(text.includes(`{"name":"${port}","containerPort":9323}`));
  assert(text.includes(`"ports":[{"port":"${port}"}]`));
});

if (!exists(PROMTOOL)) {
  Deno.test.ignore(
    `Prometheus takes what is in deploy/: ${PROMTOOL} is missing (apt-get install prometheus)`,
    () => {},
  );
} else {
  Deno.test("promtool takes the rules", async () => {
    await promtool("check", "rules", `${DEPLOY}prometheus/rules.yaml`);
  });

  Deno.test("the alerts come when they should, and not else", async () => {
    await withFile(
      "cases.yaml",
      (await Deno.readTextFile(CASES))
        .replace("[RULES]", `["${DEPLOY}prometheus/rules.yaml"]`),
      (path) => promtool("test", "rules", path),
    );
  });

  Deno.test("promtool parses every expression of the dashboard", async () => {
    const expressions = dashboardExpressions();
    assert(expressions.length > 20);
    const lines = expressions.map((text, i) =>
      `    - record: expression:${i}\n      expr: ${
        JSON.stringify(
          GRAFANA.reduce((one, [from, to]) => one.replaceAll(from, to), text),
        )
      }\n`
    );
    await withFile(
      "dashboard.yaml",
      `groups:\n- name: dashboard\n  rules:\n${lines.join("")}`,
      (path) => promtool("check", "rules", path),
    );
  });

  for (const folder of ["prometheus", "swarm", "kubernetes"]) {
    // Debian builds Prometheus without discovery by Kubernetes.
    const without = folder === "kubernetes";
    Deno.test(
      `promtool takes deploy/${folder}/prometheus.yaml${
        without ? ", but for its discovery" : ""
      }`,
      async () => {
        // The rules are elsewhere until it is deployed.
        const text = read(`${folder}/prometheus.yaml`)
          .replace("/etc/prometheus/", `${DEPLOY}prometheus/`)
          .replace(KUBERNETES, "    static_configs: [{ targets: [a:1] }]\n");
        assert(text.includes(DEPLOY));
        assertEquals(text.includes("static_configs"), without);
        await withFile(
          "prometheus.yaml",
          text,
          (path) => promtool("check", "config", path),
        );
      },
    );
  }
}

async function withFile(
  name: string,
  text: string,
  run: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-test-" });
  try {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    await run(`${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function promtool(...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(PROMTOOL, { args })
    .output();
  const decoder = new TextDecoder();
  assertEquals(code, 0, decoder.decode(stdout) + decoder.decode(stderr));
}
