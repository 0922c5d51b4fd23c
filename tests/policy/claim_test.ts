import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import { readClaims } from "../../lib/guard/claims.ts";
import { withEntries } from "../../lib/guard/splice.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { judgeIdentity, labelsToEmpty } from "../../lib/policy/claim.ts";
import { canBeClaimed, conditionsOf } from "../../lib/policy/conditions.ts";
import { judgeOwnContainer } from "../../lib/policy/own_claims.ts";
import type { ClientIdentity, Selector } from "../../lib/policy/clients.ts";
import {
  compile,
  type Policy,
  rightsOf,
  withOwnContainer,
} from "../../lib/policy/compile.ts";
import { parseRule } from "../../lib/policy/rules.ts";
import { claims } from "../support/claims.ts";
import { grants } from "../support/grants.ts";

const OWN_ID = "0123456789ab".padEnd(64, "c");
const DIGEST = `img@sha256:${"ab".repeat(32)}`;

/** One condition, as in `container traefik`, `label role=ci`, `cidr 10.0.0.0/8`. */
function selector(text: string): Selector {
  const [kind = "", name = ""] = text.split(" ");
  if (kind === "cidr") {
    const cidr = parseCidr(name);
    if ("problem" in cidr) throw new Error(cidr.problem);
    return { kind, cidr };
  }
  if (kind === "label") {
    const [key = "", value = null] = name.split("=");
    return { kind, key, value };
  }
  return { kind, name } as Selector;
}

/** A policy whose clients are identified by these conditions: any of a client's texts, all parts joined by `+` in it. */
function policyOf(clients: Record<string, string[]>): Policy {
  return compile(grants({}), {
    path: "policy.yaml",
    clients: Object.entries(clients).map(([name, from]) => ({
      identity: {
        name,
        from: from.map((all) => all.split("+").map(selector)),
        listen: [],
      } satisfies ClientIdentity,
      source: "policy.yaml:1:1",
      grants: grants({}),
    })),
    rest: grants({}),
  });
}

interface Asked {
  /** Who asks; none of the file's by default. */
  as?: string;
  operation?: string;
  path?: string[];
  query?: string;
  body?: unknown;
  /** Whether the body is judged as it is, without the labels that the gate writes. */
  asIs?: boolean;
  /** The clients that each container is that is joined; null where it is not known. */
  joined?: Record<string, string[] | null>;
  hosts?: Record<string, string[]>;
}

/** Why a request is refused; null where it is not. */
function judge(policy: Policy, asked: Asked): string | null {
  const { operation = "container.create", path = [], query = "" } = asked;
  const read = (body: Uint8Array) => {
    const found = readClaims(operation, path, query, body);
    if ("problem" in found) throw new Error(found.problem);
    return found;
  };
  const body = new TextEncoder().encode(JSON.stringify(asked.body ?? {}));
  let claims = read(body);
  const keys = labelsToEmpty(policy, asked.as ?? null, claims);
  if (keys.length > 0 && asked.asIs !== true) {
    claims = read(
      withEntries(body, claims.inherits!, keys.map((key) => [key, ""])),
    );
  }
  const rights = rightsOf(policy, asked.as ?? null);
  const row = OPERATION_BY_NAME.get(operation)!;
  const conditions = conditionsOf(policy, rights, row);
  if (conditions === "unreadable") throw new Error("the body is not read");
  for (const { kind } of conditions) {
    const why = kind === "own-container"
      ? judgeOwnContainer(policy.own!, rights, row, claims)
      : judgeIdentity(
        policy,
        rights,
        row,
        claims,
        new Map(Object.entries(asked.joined ?? {})),
        new Map(Object.entries(asked.hosts ?? {})),
      );
    if (why !== null) return why;
  }
  return null;
}

const endpoint = (config: unknown) => ({
  NetworkingConfig: { EndpointsConfig: { back: config } },
});

Deno.test("a claim: refuses the name, alias or host name of another client's container, and no other", () => {
  const policy = policyOf({ proxy: ["container traefik"] });
  const said = "the name 'traefik' belongs to client 'proxy'";
  assertEquals(judge(policy, { query: "name=traefik" }), said);
  assertEquals(judge(policy, { query: "name=%2Ftraefik" }), said);
  assertEquals(
    judge(policy, { body: endpoint({ Aliases: ["traefik"] }) }),
    said,
  );
  assertEquals(judge(policy, { body: { Hostname: "traefik" } }), said);
  assertEquals(
    judge(policy, { body: { Hostname: "x", Domainname: "traefik" } }),
    null,
  );
  for (const operation of ["container.rename", "libpod.container.rename"]) {
    assertEquals(
      judge(policy, {
        operation,
        path: ["mine"],
        query: "name=traefik",
        joined: { mine: [] },
      }),
      said,
    );
  }
  assertEquals(
    judge(policy, {
      operation: "network.connect",
      body: { Container: "mine", EndpointConfig: { Aliases: ["traefik"] } },
    }),
    said,
  );
  assertEquals(
    judge(policy, {
      operation: "libpod.network.connect",
      body: { container: "mine", aliases: ["traefik"] },
    }),
    said,
  );
  for (const query of ["name=traefik2", "name=my-traefik", ""]) {
    assertEquals(judge(policy, { query }), null);
  }
});

Deno.test("a claim: compares names as resolvers do", () => {
  const policy = policyOf({ proxy: ["container Traefik", "host Build.LAN."] });
  for (const name of ["traefik", "TRAEFIK", "traefik.", "build.lan"]) {
    assert(judge(policy, { query: `name=${name}` }) !== null, name);
    assert(judge(policy, { body: { Hostname: name } }) !== null, name);
  }
  assert(
    judge(policy, { body: { Hostname: "build", Domainname: "LAN" } }) !== null,
  );
});

Deno.test("a claim: refuses a name that with its network's is another's host", () => {
  const policy = policyOf({ builder: ["host ci.back.end"] });
  for (const name of ["ci.back.end", "ci.back", "ci"]) {
    assert(judge(policy, { query: `name=${name}` }) !== null, name);
  }
  for (const name of ["back", "end", "ci.back.end.x", "ci.end", "c"]) {
    assertEquals(judge(policy, { query: `name=${name}` }), null, name);
  }
  // A container's name has no network after it.
  assertEquals(
    judge(policyOf({ a: ["container ci.back"] }), { query: "name=ci" }),
    null,
  );
});

Deno.test("a claim: lets a client claim what is its own", () => {
  const policy = policyOf({
    proxy: ["container traefik", "label role=proxy", "cidr 10.0.0.0/8"],
    other: ["container other"],
  });
  const asked: Asked = {
    query: "name=traefik",
    body: {
      Labels: { role: "proxy" },
      HostConfig: { NetworkMode: "container:x" },
      ...endpoint({ IPAMConfig: { IPv4Address: "10.0.0.1" } }),
    },
    joined: { x: ["proxy"] },
  };
  assertEquals(judge(policy, { ...asked, as: "proxy" }), null);
  assert(judge(policy, { ...asked, as: "other" }) !== null);
  assert(judge(policy, asked) !== null);
});

Deno.test("a claim: refuses the labels of another's service, project or containers", () => {
  const policy = policyOf({
    deployer: ["service deployer"],
    stack: ["project shop"],
    ci: ["label role=ci"],
    any: ["label marked"],
  });
  for (
    const [key, value, client] of [
      ["com.docker.compose.service", "deployer", "deployer"],
      ["com.docker.swarm.service.name", "deployer", "deployer"],
      ["com.docker.compose.project", "shop", "stack"],
      ["com.docker.stack.namespace", "shop", "stack"],
      ["role", "ci", "ci"],
      ["marked", "whatever", "any"],
    ]
  ) {
    const said = judge(policy, { body: { Labels: { [key!]: value } } });
    assertStringIncludes(said ?? "", `the label ${key}`);
    assertStringIncludes(said ?? "", `belongs to client '${client}'`);
  }
  for (
    const Labels of [
      { "com.docker.compose.service": "Deployer" },
      { "com.docker.compose.service": "deployer2" },
      { "com.docker.compose.project": "deployer" },
      { role: "CI" },
      { Role: "ci" },
      { Marked: "" },
    ]
  ) assertEquals(judge(policy, { body: { Labels } }), null);
  // Others on its network call a service by its name.
  assertStringIncludes(
    judge(policy, { body: endpoint({ Aliases: ["deployer"] }) }) ?? "",
    "the name 'deployer' belongs to client 'deployer'",
  );
  assertEquals(judge(policy, { query: "name=shop" }), null);
});

Deno.test("a claim: refuses what an image could give, until the body says otherwise", () => {
  const policy = policyOf({ ci: ["label role=ci"], any: ["label marked"] });
  const body = { Image: "x" };
  const asIs = true;
  const all = { role: "", marked: "" };
  assertEquals(
    judge(policy, { body, asIs }),
    "it could pass for client 'ci': its image may have the label role",
  );
  assertStringIncludes(
    judge(policy, { body: { ...body, Labels: { role: "b" } }, asIs }) ?? "",
    "its image may have the label marked",
  );
  assertEquals(judge(policy, { body: { ...body, Labels: all }, asIs }), null);
  assertEquals(
    judge(policy, { body: { ...body, Labels: { ...all, marked: "1" } }, asIs }),
    "the label marked belongs to client 'any'",
  );
  assertStringIncludes(
    judge(policyOf({ ci: ["label role=ci"], shop: ["project shop"] }), {
      as: "ci",
      body: { Labels: { "com.docker.compose.project": "" } },
      asIs,
    }) ?? "",
    "its image may have the label com.docker.stack.namespace",
  );
});

Deno.test("labelsToEmpty() names the labels of other clients that the body lacks, each once", () => {
  const policy = policyOf({
    ci: ["label role=ci+host ci", "label role=two"],
    shop: ["project shop"],
    near: ["cidr 10.0.0.0/8", "container near"],
  });
  const keys = (as: string | null, operation: string, body: unknown) =>
    labelsToEmpty(policy, as, claims(operation, { body }));
  const task = (ContainerSpec: unknown) => ({
    TaskTemplate: { ContainerSpec },
  });
  const project = ["com.docker.compose.project", "com.docker.stack.namespace"];
  assertEquals(keys(null, "container.create", {}), ["role", ...project]);
  assertEquals(keys("ci", "container.create", {}), project);
  assertEquals(keys("shop", "container.create", { Labels: { a: "1" } }), [
    "role",
  ]);
  assertEquals(
    keys(null, "container.create", {
      Labels: { role: "", [project[0]!]: "x", ROLE: "" },
    }),
    [project[1]],
  );
  // Swarm chooses these itself.
  assertEquals(
    labelsToEmpty(
      policyOf({ one: ["label com.docker.swarm.node.id=n"] }),
      null,
      claims("service.create", { body: task({}) }),
    ),
    [],
  );
  assertEquals(keys(null, "network.connect", { Container: "x" }), []);
  assertEquals(keys("shop", "service.create", task({})), ["role"]);
  assertEquals(keys("shop", "service.create", task(null)), []);
});

Deno.test("a claim: refuses an address within another's block, however it is written", () => {
  const policy = policyOf({
    lan: ["cidr 10.1.0.0/16", "cidr fd00:1::/32"],
  });
  const asks = (address: string) =>
    judge(policy, { body: endpoint({ IPAMConfig: { IPv4Address: address } }) });
  for (
    const address of [
      "10.1.2.3",
      "::ffff:10.1.2.3",
      "::FFFF:0a01:203",
      "fd00:1::5",
      "fd00:0001:0:0::5",
      // What cannot be read might be it.
      "010.1.2.3",
      "10.1.2.3/16",
      "fe80::1%eth0",
      "ten",
    ]
  ) {
    assertEquals(
      asks(address),
      `the address ${address} belongs to client 'lan'`,
    );
  }
  for (const address of ["10.2.0.1", "::ffff:10.2.0.1", "fd00:2::5"]) {
    assertEquals(asks(address), null, address);
  }
  for (
    const config of [
      { IPAMConfig: { IPv6Address: "fd00:1::1" } },
      { IPAMConfig: { LinkLocalIPs: ["192.0.2.1", "10.1.0.1"] } },
      { IPAddress: "10.1.0.1" },
      { GlobalIPv6Address: "fd00:1::1" },
    ]
  ) {
    assert(judge(policy, { body: endpoint(config) }) !== null);
    assert(
      judge(policy, {
        operation: "network.connect",
        body: { Container: "x", EndpointConfig: config },
      }) !== null,
    );
  }
  assert(
    judge(policy, {
      operation: "libpod.network.connect",
      body: { container: "x", static_ips: ["10.1.0.1"] },
    }) !== null,
  );
});

Deno.test("a claim: refuses the address of another's host, or any while that is not known", () => {
  const policy = policyOf({ nas: ["host nas.lan"] });
  const body = endpoint({ IPAMConfig: { IPv4Address: "192.0.2.7" } });
  const known = (...addresses: string[]) =>
    judge(policy, { body, hosts: { "nas.lan": addresses } });
  assertEquals(
    known("192.0.2.1", "192.0.2.7"),
    "the address 192.0.2.7 belongs to client 'nas'",
  );
  assert(known("::ffff:192.0.2.7") !== null);
  assertEquals(known("192.0.2.8"), null);
  assertEquals(known(), null);
  assert(judge(policy, { body }) !== null);
  assertEquals(judge(policy, { body: endpoint({}) }), null);
});

Deno.test("a claim: refuses the host's network where a client is identified by its address", () => {
  const body = { HostConfig: { NetworkMode: "host" } };
  for (const from of ["cidr 127.0.0.1", "host build.lan"]) {
    const said = judge(policyOf({ local: [from] }), {
      body,
      hosts: { "build.lan": ["192.0.2.1"] },
    });
    assertStringIncludes(said ?? "", "could pass for client 'local'");
  }
  for (const from of ["container a", "label a", "service a", "project a"]) {
    assertEquals(judge(policyOf({ other: [from] }), { body }), null, from);
  }
});

Deno.test("a claim: refuses to join another's container, and an unknown one", () => {
  const policy = policyOf({ proxy: ["container traefik"] });
  const join = (HostConfig: unknown, clients: string[] | null, as?: string) =>
    judge(policy, { as, body: { HostConfig }, joined: { "3f2a": clients } });
  for (
    const HostConfig of [
      { NetworkMode: "container:3f2a" },
      { PidMode: "container:3f2a" },
      { IpcMode: "container:/3f2a" },
      { VolumesFrom: ["3f2a:ro"] },
    ]
  ) {
    assertEquals(
      join(HostConfig, ["proxy"]),
      "'3f2a' is a container of client 'proxy'",
    );
    assertEquals(join(HostConfig, ["proxy"], "proxy"), null);
    assertEquals(
      join(HostConfig, ["proxy", "second"], "proxy"),
      "'3f2a' is a container of client 'second'",
    );
    assertEquals(join(HostConfig, []), null);
    assertStringIncludes(
      join(HostConfig, null) ?? "",
      "cannot tell which container",
    );
  }
  assertStringIncludes(
    judge(policy, { body: { NetworkMode: "container:unasked" } }) ?? "",
    "cannot tell which container 'unasked' is",
  );
  assertEquals(
    judge(policy, {
      operation: "image.build",
      query: "version=2&networkmode=container:a",
      joined: { a: ["proxy"] },
    }),
    "'a' is a container of client 'proxy'",
  );
});

Deno.test("a claim: refuses to rename another's container", () => {
  const policy = policyOf({ proxy: ["label role=proxy"] });
  const rename = (as: string | undefined, clients: string[]) =>
    judge(policy, {
      as,
      operation: "container.rename",
      path: ["web"],
      query: "name=free",
      joined: { web: clients },
    });
  assertEquals(
    rename(undefined, ["proxy"]),
    "'web' is a container of client 'proxy'",
  );
  assertEquals(rename("proxy", ["proxy"]), null);
  assertEquals(rename(undefined, []), null);
});

Deno.test("a claim: asks only that conditions could all hold", () => {
  const policy = policyOf({ both: ["container web+label role=ci"] });
  assertEquals(judge(policy, { query: "name=web" }), null);
  assertEquals(
    judge(policy, { query: "name=web", body: { Labels: { role: "dev" } } }),
    null,
  );
  // It could be given the name later.
  assert(judge(policy, { body: { Labels: { role: "ci" } } }) !== null);
  assert(
    judge(policy, { query: "name=web", body: { Labels: { role: "ci" } } }) !==
      null,
  );
  for (const operation of ["service.create", "service.update"]) {
    const asked = (Labels: unknown) => ({
      operation,
      path: ["x"],
      body: { Name: "web", TaskTemplate: { ContainerSpec: { Labels } } },
    });
    assertEquals(judge(policy, asked({})), null);
    assert(judge(policy, asked({ role: "ci" })) !== null);
  }
  const labelled = policyOf({ both: ["cidr 10.0.0.0/8+label role=ci"] });
  for (
    const operation of [
      "image.build",
      "libpod.image.build",
      "libpod.image.build.local",
    ]
  ) {
    const query = "version=2&networkmode=host";
    assertEquals(judge(labelled, { operation, query }), null);
    assert(
      judge(policyOf({ lan: ["cidr 10.0.0.0/8"] }), { operation, query }) !==
        null,
    );
  }
  // What is there already may have any label.
  assert(
    judge(policy, {
      operation: "container.rename",
      path: ["x"],
      query: "name=web",
      joined: { x: [] },
    }) !== null,
  );
  const two = policyOf({ both: ["label a+label b=1"] });
  assertEquals(judge(two, { body: { Labels: { a: "x" } } }), null);
  assertEquals(judge(two, { body: { Labels: { a: "x", b: "2" } } }), null);
  assert(judge(two, { body: { Labels: { a: "x", b: "1" } } }) !== null);
  const address = policyOf({ both: ["cidr 10.0.0.0/8+label role=ci"] });
  assertEquals(
    judge(address, { body: endpoint({ IPAddress: "10.0.0.1" }) }),
    null,
  );
  const either = policyOf({ one: ["label a+label b", "container web"] });
  assert(judge(either, { query: "name=web" }) !== null);
  assertEquals(judge(either, { body: { Labels: { a: "x" } } }), null);
  // A certificate is not a container's: the rest decides.
  assert(
    judge(policyOf({ tls: ["certificate ci+container web"] }), {
      query: "name=web",
    }) !== null,
  );
});

Deno.test("a claim: refuses what a swarm service would pass for", () => {
  const service = (
    Name: string,
    ContainerSpec: unknown = {},
    Networks = {},
  ) => ({
    Name,
    TaskTemplate: { ContainerSpec, Networks: [Networks] },
  });
  const policy = policyOf({
    deployer: ["service deployer"],
    stack: ["project shop"],
    ci: ["label role=ci", "host tasks.runner"],
  });
  for (const operation of ["service.create", "service.update"]) {
    const refused = (body: unknown, client: string) =>
      assertStringIncludes(
        judge(policy, { operation, path: ["x"], body }) ?? "",
        `belongs to client '${client}'`,
      );
    const spec = { Image: DIGEST };
    refused(service("deployer", spec), "deployer");
    refused(service("x", spec, { Aliases: ["deployer"] }), "deployer");
    refused(service("x", { ...spec, Hostname: "deployer" }), "deployer");
    refused(service("runner", spec), "ci");
    refused(
      service("x", {
        ...spec,
        Labels: { "com.docker.stack.namespace": "shop" },
      }),
      "stack",
    );
    refused(service("x", { ...spec, Labels: { role: "ci" } }), "ci");
    assertEquals(
      judge(policy, {
        operation,
        path: ["x"],
        body: service("other", spec),
      }),
      null,
    );
    assertEquals(
      judge(policy, {
        as: "deployer",
        operation,
        path: ["x"],
        body: service("deployer", spec),
      }),
      null,
    );
    assertStringIncludes(
      judge(policy, {
        operation,
        path: ["x"],
        body: service("x", spec),
        asIs: true,
      }) ?? "",
      "could pass for client 'deployer': its image may have the label com.docker.compose.service",
    );
  }
  for (
    const key of [
      "com.docker.swarm.task",
      "com.docker.swarm.node.id",
      "com.docker.swarm.node.id=n",
      "com.docker.swarm.service.id=abc",
    ]
  ) {
    assert(
      judge(policyOf({ swarm: [`label ${key}`] }), {
        operation: "service.update",
        path: ["abc"],
        body: service("x"),
      }) !== null,
      key,
    );
  }
});

Deno.test("a claim: refuses unknown values where they could matter", () => {
  const classic = { operation: "image.build", query: "t=x" };
  for (const from of ["label a", "label a=1", "service a", "project a"]) {
    assertStringIncludes(
      judge(policyOf({ other: [from] }), classic) ?? "",
      "could pass for client 'other': the containers of a build",
    );
    assertEquals(
      judge(policyOf({ own: [from] }), { ...classic, as: "own" }),
      null,
    );
    assertEquals(
      judge(policyOf({ other: [from] }), { ...classic, query: "version=2" }),
      null,
    );
  }
  for (const from of ["container a", "host a", "cidr 10.0.0.0/8"]) {
    assertEquals(judge(policyOf({ other: [from] }), classic), null, from);
  }
  const servers = { operation: "libpod.network.update", path: ["back"] };
  assert(judge(policyOf({ other: ["host a"] }), servers) !== null);
  for (const from of ["container a", "service a", "label a", "cidr 10.0.0.1"]) {
    assertEquals(judge(policyOf({ other: [from] }), servers), null, from);
  }
  const image = { body: { Image: "x" }, asIs: true };
  assert(judge(policyOf({ other: ["label a"] }), image) !== null);
  assertEquals(judge(policyOf({ other: ["container a"] }), image), null);
});

Deno.test("a claim: protects sockwarden's own container from every client, unless it is named", () => {
  const own = { id: OWN_ID, name: "sockwarden", aliases: [], service: null };
  const policy = withOwnContainer(compile(grants({})), own);
  // Creation is judged where the policy file has clients.
  const withClients = withOwnContainer(policyOf({ a: ["label a"] }), own);
  for (const reference of ["sockwarden", "/sockwarden", OWN_ID, "0123"]) {
    for (
      const asked of [
        { body: { HostConfig: { NetworkMode: `container:${reference}` } } },
        { body: { PidMode: `container:${reference}` } },
        { body: { VolumesFrom: [`${reference}:ro`] } },
        { body: { HostConfig: { Links: [`${reference}:alias`] } } },
        { operation: "network.connect", body: { Container: reference } },
        { operation: "network.disconnect", body: { Container: reference } },
        { operation: "libpod.network.connect", body: { container: reference } },
        { operation: "container.commit", query: `container=${reference}` },
        {
          operation: "libpod.container.commit",
          query: `container=${reference}`,
        },
        {
          operation: "image.build",
          query: `version=2&networkmode=container:${reference}`,
        },
      ]
    ) {
      assertStringIncludes(
        judge(withClients, asked) ?? "",
        "is sockwarden's own container",
        JSON.stringify(asked),
      );
    }
  }
  for (const reference of ["other", "sockwarden2", "0124", "123"]) {
    assertEquals(
      judge(policy, {
        operation: "network.connect",
        body: { Container: reference },
      }),
      null,
    );
  }
  const rule = parseRule("network.connect", "--allow-self");
  if ("problem" in rule || rule.kind !== "operations") throw new Error("rule");
  const named = withOwnContainer(
    compile({ ...grants({}), allowSelf: [rule] }),
    own,
  );
  const connect = {
    operation: "network.connect",
    body: { Container: "sockwarden" },
  };
  assertEquals(judge(named, connect), null);
  assert(
    judge(named, { ...connect, operation: "network.disconnect" }) !== null,
  );
});

Deno.test("a claim: refuses nothing where no client can be passed for", () => {
  for (
    const policy of [
      compile(grants({})),
      policyOf({ a: [] }),
      policyOf({
        a: ["certificate x"],
      }),
    ]
  ) {
    assertEquals(canBeClaimed(policy), false);
    assertEquals(
      judge(policy, {
        query: "name=x&platform=y",
        body: {
          Image: "x",
          Labels: { x: "x" },
          HostConfig: { NetworkMode: "host", VolumesFrom: ["x"] },
        },
      }),
      null,
    );
  }
});

Deno.test("a claim: refuses a name by which sockwarden is found, except to a client that may rename it", () => {
  const own = {
    id: OWN_ID,
    name: "warden",
    aliases: ["keeper", "0123456789ab"],
    service: { id: "s1", name: "infra_warden" },
  };
  const policy = withOwnContainer(policyOf({ a: ["container a"] }), own);
  for (
    const name of [
      "warden",
      "Keeper",
      "0123456789ab",
      "infra_warden.",
      "tasks.infra_warden",
      "warden.cage",
      "/keeper.cage.lan",
    ]
  ) {
    for (
      const asked of [
        { query: `name=${name}`, body: {} },
        { body: { Hostname: name } },
        {
          body: {
            NetworkingConfig: { EndpointsConfig: { n: { Aliases: [name] } } },
          },
        },
        { operation: "container.rename", query: `name=${name}` },
        {
          operation: "network.connect",
          body: { Container: "x", EndpointConfig: { Aliases: [name] } },
        },
      ]
    ) {
      assertStringIncludes(
        judge(policy, asked) ?? "",
        "is a name by which clients find sockwarden; to allow it add container.rename to allow-self",
        JSON.stringify(asked),
      );
    }
  }
  assertEquals(judge(policy, { query: "name=warden2", body: {} }), null);
  const rule = parseRule("container.rename", "--allow-self");
  if ("problem" in rule || rule.kind !== "operations") throw new Error("rule");
  const named = withOwnContainer(
    compile({ ...grants({}), allowSelf: [rule] }),
    own,
  );
  assertEquals(judge(named, { query: "name=warden", body: {} }), null);
});

Deno.test("a claim: refuses a network that gives out another client's addresses", () => {
  const create = (body: unknown, operation = "network.create") => ({
    operation,
    body,
  });
  const config = (Config: unknown) => create({ IPAM: { Config: [Config] } });
  const subnets = (subnet: unknown) =>
    create({ subnets: [subnet] }, "libpod.network.create");
  const hosts = { hosts: { db: ["10.9.0.7"] } };
  const policy = policyOf({ a: ["cidr 10.1.2.0/24"], b: ["host db"] });
  for (
    const asked of [
      config({ Subnet: "10.1.2.0/24" }),
      config({ Subnet: "10.1.0.0/16" }),
      config({ Subnet: "10.1.2.128/25" }),
      config({ Subnet: "10.1.2.9/32" }),
      config({ Subnet: "10.1.255.9/16" }),
      config({ Subnet: "10.9.0.0/24" }),
      config({ Subnet: "0.0.0.0/0" }),
      config({ Subnet: "::ffff:10.1.2.0/120" }),
      config({ Subnet: "nonsense" }),
      config({ Subnet: "10.200.0.0/33" }),
      config({ Subnet: "10.200.0.0/16", IPRange: "10.1.2.0/28" }),
      config({ Gateway: "10.1.2.1" }),
      config({ AuxiliaryAddresses: { x: "10.1.2.7" } }),
      create({ IPAM: { Driver: "dhcp" } }),
      create({ ConfigFrom: { Network: "other" } }),
      subnets({ subnet: "10.1.2.0/24" }),
      subnets({ gateway: "10.1.2.1" }),
      subnets({ lease_range: { start_ip: "10.1.2.1" } }),
      create({ ipam_options: { driver: "dhcp" } }, "libpod.network.create"),
      create({ network_dns_servers: ["1.1.1.1"] }, "libpod.network.create"),
    ]
  ) {
    assert(
      judge(policy, { ...asked, ...hosts }) !== null,
      JSON.stringify(asked),
    );
  }
  for (
    const asked of [
      config({ Subnet: "10.1.3.0/24" }),
      config({ Subnet: "10.200.0.0/16", Gateway: "10.200.0.1" }),
      config({ Subnet: "fd00::/64" }),
      config({ Subnet: "::/0" }),
      create({ Name: "n", IPAM: { Driver: "default", Config: null } }),
      create({ Name: "n" }),
      subnets({ subnet: "10.200.0.0/16", gateway: "10.200.0.1" }),
      create(
        { ipam_options: { driver: "host-local" } },
        "libpod.network.create",
      ),
    ]
  ) {
    assertEquals(
      judge(policy, { ...asked, ...hosts }),
      null,
      JSON.stringify(asked),
    );
  }
  // Of a host without an address it is not known which it will be.
  assert(
    judge(policyOf({ b: ["host db"] }), config({ Subnet: "10.1.3.0/24" })) !==
      null,
  );
  // It is the client's own.
  assertEquals(
    judge(policy, { ...config({ Subnet: "10.1.2.0/24" }), ...hosts, as: "a" }),
    null,
  );
});

Deno.test("a claim: passes over an address of a host name that cannot be read, and takes the others", () => {
  const policy = policyOf({ ci: ["host build.lan"] });
  const asked = (address: string) =>
    judge(policy, {
      body: endpoint({ IPAMConfig: { IPv4Address: address } }),
      hosts: { "build.lan": ["fe80::1%eth0", "192.0.2.1"] },
    });
  assertEquals(
    asked("192.0.2.1"),
    "the address 192.0.2.1 belongs to client 'ci'",
  );
  assertEquals(asked("192.0.2.2"), null);
});
