/**
 * What `deploy/` sets is what the program understands, and nothing there opens
 * the engine to everyone.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseAll } from "@std/yaml";
import { readFlags } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { compile } from "../../lib/policy/compile.ts";
import { SWITCH_BY_NAME } from "../../lib/policy/switches.ts";
import { exists } from "../../tools/exists.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;
/** Programs that do not use the Docker API through the proxy. */
const MONITORS: ReadonlySet<string> = new Set(["prometheus", "grafana"]);
const IMAGE_LISTEN = "tcp://[::]:2375";

type Tree = Readonly<Record<string, unknown>>;

function tree(value: unknown): Tree {
  assert(typeof value === "object" && value !== null, `no mapping: ${value}`);
  return value as Tree;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function documents(path: string): Tree[] {
  return (parseAll(Deno.readTextFileSync(DEPLOY + path)) as unknown[])
    .map(tree);
}

function composeFiles(): string[] {
  return [
    ...[...Deno.readDirSync(`${DEPLOY}compose`)]
      .map(({ name }) => `compose/${name}`).sort(),
    "swarm/traefik.yaml",
  ];
}

/** What the program makes of an environment as the image has it. */
function understood(environment: Readonly<Record<string, string>>) {
  const { config, problems } = readConfig(readFlags([]), {
    SOCKWARDEN_LISTEN: IMAGE_LISTEN,
    ...environment,
  });
  assertEquals(problems, null);
  assertEquals(config!.warnings, []);
  return compile(config!.grants);
}

function environmentOf(service: Tree): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree(service.environment ?? {}))
      .map(([name, value]) => [name, String(value)]),
  );
}

/** The client's environment names the proxy; its other variables are its own. */
function proxyOf(file: string, services: Tree): [string, Tree] {
  const found = Object.entries(services).map(([name, service]) =>
    [name, tree(service)] as [string, Tree]
  ).filter(([, { image }]) => image === "sockwarden");
  assertEquals(found.length, 1, `${file} has one sockwarden`);
  return found[0]!;
}

for (const file of composeFiles()) {
  Deno.test(`deploy/${file} sets what the program understands`, () => {
    const [document] = documents(file);
    const services = tree(document!.services);
    const [name, proxy] = proxyOf(file, services);
    const environment = environmentOf(proxy);
    const policy = understood(environment);
    for (const key of Object.keys(environment)) {
      assert(
        SWITCH_BY_NAME.has(key) || key.startsWith("SOCKWARDEN_"),
        `${key} is not a switch`,
      );
    }
    assert(
      [...policy.rest.verdicts.values()].some(({ allowed }) => allowed),
      "it grants nothing",
    );
    assertEquals(proxy.ports, undefined, "the proxy's port is published");
    assertEquals(proxy.privileged, undefined);
    assert(
      list(proxy.volumes).includes(
        "/var/run/docker.sock:/var/run/docker.sock:ro",
      ),
    );
    for (const [other, service] of Object.entries(services)) {
      if (other === name) continue;
      const client = tree(service);
      for (const volume of list(client.volumes)) {
        assert(!String(volume).includes("docker.sock"), `${other}: ${volume}`);
      }
      const names = new RegExp(
        `tcp://${name}:2375|unix:///run/sockwarden/docker.sock`,
      );
      if (MONITORS.has(other)) continue;
      if (other !== "homepage") {
        assertMatch(JSON.stringify(client), names, `${other} uses the proxy`);
      }
      if (file.startsWith("swarm/")) continue;
      assertEquals(
        tree(tree(client.depends_on)[name]).condition,
        "service_healthy",
      );
    }
    // The network between the two leads nowhere else.
    const networks = list(proxy.networks);
    for (const network of networks) {
      assertEquals(
        tree(tree(document!.networks)[String(network)]).internal,
        true,
      );
    }
    assert(networks.length === 1 || proxy.network_mode === "none");
    for (
      const [key, named] of [["networks", networks], ["volumes", []]] as const
    ) {
      for (const one of named) {
        assert(String(one) in tree(document![key]), `${one} is not declared`);
      }
    }
  });
}

Deno.test("deploy/compose/hardened.yaml and sidecar.yaml drop every privilege that they can", () => {
  for (const file of ["compose/hardened.yaml", "compose/sidecar.yaml"]) {
    const [, proxy] = proxyOf(file, tree(documents(file)[0]!.services));
    assertEquals(proxy.read_only, true);
    assertEquals(proxy.cap_drop, ["ALL"]);
    assertEquals(proxy.security_opt, ["no-new-privileges:true"]);
    assertMatch(String(proxy.user), /^65532:/);
  }
});

Deno.test("deploy/kubernetes/daemonset.yaml sets what the program understands", () => {
  const [daemons, service, policy] = documents("kubernetes/daemonset.yaml");
  const pod = tree(tree(tree(daemons!.spec).template).spec);
  assertEquals(pod.enableServiceLinks, false);
  const [container] = list(pod.containers).map(tree);
  understood(Object.fromEntries(
    list(container!.env).map(tree)
      .map(({ name, value }) => [String(name), String(value)]),
  ));
  assertEquals(tree(container!.securityContext).readOnlyRootFilesystem, true);
  assertEquals(tree(service!.spec).internalTrafficPolicy, "Local");
  assertEquals(policy!.kind, "NetworkPolicy");
});

Deno.test("deploy/podman/sockwarden.container sets what the program understands", () => {
  const text = Deno.readTextFileSync(`${DEPLOY}podman/sockwarden.container`);
  const environment: Record<string, string> = {};
  for (const [, line] of text.matchAll(/^Environment=(.*)$/gm)) {
    for (const word of line!.split(" ")) {
      const [name, value] = word.split("=") as [string, string];
      environment[name] = value;
    }
  }
  assert(Object.keys(environment).length > 0);
  understood(environment);
  assertMatch(text, /^PublishPort=127\.0\.0\.1:2375:2375$/m);
});

Deno.test("deploy/systemd/sockwarden.env holds settings of the program, those in comments too", () => {
  const text = Deno.readTextFileSync(`${DEPLOY}systemd/sockwarden.env`);
  const settings = [...text.matchAll(/^#?([A-Z_]+)=(.*)$/gm)]
    .map(([, name, value]) => [name!, value!] as const);
  assert(settings.length > 5);
  const { problems } = readConfig(readFlags([]), Object.fromEntries(settings));
  assertEquals(problems, null);
  const inForce = Object.fromEntries(
    settings.filter(([name, value]) => text.includes(`\n${name}=${value}`)),
  );
  assertEquals(inForce, { CONTAINERS: "1" });
});

const ANALYZE = "/usr/bin/systemd-analyze";
if (!exists(ANALYZE)) {
  Deno.test.ignore(
    `systemd finds sockwarden.service in order: ${ANALYZE} is missing: apt-get install systemd`,
    () => {},
  );
} else {
  Deno.test("systemd verifies sockwarden.service, and rates its exposure low", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const unit = `${folder}/sockwarden.service`;
      const text = await Deno.readTextFile(
        `${DEPLOY}systemd/sockwarden.service`,
      );
      assertMatch(text, /^ExecStart=\/usr\/local\/bin\/sockwarden$/m);
      // The program need not be installed for its unit to be looked at.
      await Deno.writeTextFile(
        unit,
        text.replace(/^ExecStart=.*$/m, "ExecStart=/bin/true"),
      );
      const verify = await analyze("verify", "--man=no", unit);
      assertEquals([verify.code, verify.text], [0, ""]);
      const security = await analyze("security", "--offline=true", unit);
      const exposure = /Overall exposure level for \S+: ([0-9.]+)/
        .exec(security.text)?.[1];
      assert(Number(exposure) <= 1.5, security.text);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function analyze(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(ANALYZE, { args })
    .output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}
