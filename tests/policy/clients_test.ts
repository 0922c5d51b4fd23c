import { assert, assertEquals } from "@std/assert";
import { type Cidr, parseCidr } from "../../lib/net/cidr.ts";
import {
  type ClientIdentity,
  clientsOfContainer,
  type ContainerFacts,
  formatSelector,
  hostNames,
  labelsOf,
  matchClient,
  needsContainer,
  ofContainer,
  type PeerFacts,
  PROJECT_LABELS,
  type Selector,
  SERVICE_LABELS,
} from "../../lib/policy/clients.ts";

const SHARED = "127.0.0.1:2375";
const SOCKET = "/run/sockwarden/ci.sock";

function cidr(text: string): Selector {
  return { kind: "cidr", cidr: parseCidr(text) as Cidr };
}

function label(key: string, value: string | null): Selector {
  return { kind: "label", key, value };
}

function named(
  kind: "host" | "container" | "service" | "project" | "certificate",
  name: string,
): Selector {
  return { kind, name };
}

/** A client of which each list of conditions is a way in. */
function client(
  name: string,
  from: Selector[][],
  listen: string[] = [],
): ClientIdentity {
  return { name, from, listen };
}

function container(
  name: string,
  labels: Record<string, string> = {},
): ContainerFacts {
  return { id: "a".repeat(64), name, labels: new Map(Object.entries(labels)) };
}

function peer(facts: Partial<PeerFacts> = {}): PeerFacts {
  return {
    listener: SHARED,
    address: "172.18.0.5",
    container: null,
    certificateNames: [],
    hosts: new Map(),
    ...facts,
  };
}

function hosts(entries: Record<string, string[]>): PeerFacts["hosts"] {
  return new Map(Object.entries(entries));
}

/** Whether a connection is the client of one condition. */
function holds(condition: Selector, facts: Partial<PeerFacts>): boolean {
  return matchClient([client("one", [[condition]])], peer(facts)) === "one";
}

Deno.test("matchClient() finds the first in the order of the file", () => {
  const wide = client("wide", [[cidr("172.18.0.0/16")]]);
  const narrow = client("narrow", [[cidr("172.18.0.5")]]);
  assertEquals(matchClient([wide, narrow], peer()), "wide");
  assertEquals(matchClient([narrow, wide], peer()), "narrow");
  assertEquals(
    matchClient([narrow, wide], peer({ address: "172.18.0.6" })),
    "wide",
  );
  assertEquals(
    matchClient([narrow, wide], peer({ address: "10.0.0.1" })),
    null,
  );
});

Deno.test("matchClient() asks for every condition of one way in", () => {
  const both = [
    client("web", [[named("container", "web"), cidr("172.18.0.0/16")]]),
  ];
  const web = container("web");
  assertEquals(matchClient(both, peer({ container: web })), "web");
  assertEquals(matchClient(both, peer()), null);
  assertEquals(
    matchClient(both, peer({ container: web, address: "10.0.0.1" })),
    null,
  );
});

Deno.test("matchClient() asks for any one of several ways in", () => {
  const any = [
    client("web", [[named("container", "web")], [named("container", "api")]]),
  ];
  for (const name of ["web", "api"]) {
    assertEquals(
      matchClient(any, peer({ container: container(name) })),
      "web",
    );
  }
  assertEquals(matchClient(any, peer({ container: container("db") })), null);
});

Deno.test("matchClient() identifies no client by an empty list of conditions", () => {
  assertEquals(matchClient([client("all", [[]])], peer()), null);
  assertEquals(matchClient([client("all", [])], peer()), null);
  assertEquals(matchClient([], peer()), null);
});

Deno.test("matchClient() identifies every connection of a listener as its owner", () => {
  const clients = [client("ci", [], [SOCKET])];
  assertEquals(
    matchClient(clients, peer({ listener: SOCKET, address: "" })),
    "ci",
  );
  assertEquals(matchClient(clients, peer()), null);
});

Deno.test("matchClient() matches no other client on a listener with an owner", () => {
  const everywhere = client("everywhere", [[cidr("0.0.0.0/0")]]);
  const owner = client("owner", [[cidr("10.0.0.0/8")]], [SHARED]);
  for (const clients of [[everywhere, owner], [owner, everywhere]]) {
    assertEquals(matchClient(clients, peer()), null);
    assertEquals(matchClient(clients, peer({ address: "10.1.1.1" })), "owner");
  }
});

Deno.test("matchClient() finds an owner nowhere but on its own listeners", () => {
  const owner = client("owner", [[cidr("172.18.0.0/16")]], [SOCKET, "tcp"]);
  assertEquals(matchClient([owner], peer()), null);
  assertEquals(matchClient([owner], peer({ listener: "tcp" })), "owner");
  const single = client("single", [[cidr("172.18.0.0/16")]], [SOCKET]);
  assertEquals(matchClient([single], peer()), null);
  assertEquals(matchClient([single], peer({ listener: SOCKET })), "single");
});

Deno.test("matchClient() identifies several owners of one listener by their conditions", () => {
  const clients = [
    client("a", [[named("certificate", "a")]], [SHARED]),
    client("rest", [], [SHARED]),
  ];
  assertEquals(matchClient(clients, peer({ certificateNames: ["a"] })), "a");
  assertEquals(matchClient(clients, peer()), "rest");
});

Deno.test("matchClient() matches nothing where nothing is known", () => {
  const nothing = peer({ address: "" });
  for (
    const condition of [
      cidr("0.0.0.0/0"),
      cidr("::/0"),
      named("host", "web"),
      named("host", ""),
      named("container", ""),
      named("service", ""),
      named("project", ""),
      named("certificate", ""),
      label("k", null),
      label("k", ""),
    ]
  ) {
    assert(!holds(condition, nothing), formatSelector(condition));
    assert(
      !holds(condition, {
        ...nothing,
        hosts: hosts({ web: [""], "": [] }),
      }),
      formatSelector(condition),
    );
  }
});

Deno.test("a container is identified by its whole name, in its own case", () => {
  const web = { container: container("web") };
  assert(holds(named("container", "web"), web));
  for (const name of ["Web", "we", "web2", "/web", "a".repeat(64)]) {
    assert(!holds(named("container", name), web), name);
  }
});

for (
  const [kind, keys] of [
    ["service", SERVICE_LABELS],
    ["project", PROJECT_LABELS],
  ] as const
) {
  Deno.test(`a ${kind} is identified by the label of compose, and by that of swarm`, () => {
    assertEquals(keys.length, 2);
    for (const key of keys) {
      const labelled = (value: string) => ({
        container: container("web", { [key]: value }),
      });
      assert(holds(named(kind, "deployer"), labelled("deployer")), key);
      for (const value of ["deployer2", "Deployer", ""]) {
        assert(!holds(named(kind, "deployer"), labelled(value)), value);
      }
    }
    assert(!holds(named(kind, "web"), { container: container("web") }));
  });
}

Deno.test("the label of a project identifies no service, and the other way round", () => {
  const facts = { container: container("x", { [PROJECT_LABELS[0]!]: "a" }) };
  assert(holds(named("project", "a"), facts));
  assert(!holds(named("service", "a"), facts));
});

Deno.test("a label is identified by its value, or by its key where none is asked for, and never by an empty one", () => {
  const facts = (value: string) => ({
    container: container("x", { k: value }),
  });
  assert(holds(label("k", "v"), facts("v")));
  assert(!holds(label("k", "v"), facts("w")));
  assert(!holds(label("k", "v"), facts("")));
  assert(!holds(label("k", null), facts("")));
  assert(!holds(label("k", ""), facts("")));
  assert(!holds(label("k", ""), facts("v")));
  assert(holds(label("k", null), facts("v")));
  assert(!holds(label("other", null), facts("v")));
  // No property of an object is a label.
  assert(!holds(label("constructor", null), facts("v")));
});

Deno.test("a host is identified by any of its addresses, however they are spelled", () => {
  const known = hosts({ deployer: ["10.0.0.9", "fd00:0::5"], gone: [] });
  const from = (address: string) => ({ address, hosts: known });
  assert(holds(named("host", "deployer"), from("10.0.0.9")));
  assert(holds(named("host", "deployer"), from("::ffff:10.0.0.9")));
  assert(holds(named("host", "deployer"), from("fd00::5")));
  assert(!holds(named("host", "deployer"), from("10.0.0.8")));
  assert(!holds(named("host", "gone"), from("10.0.0.9")));
  assert(!holds(named("host", "other"), from("10.0.0.9")));
});

Deno.test("a certificate is identified by one of its names", () => {
  const facts = { certificateNames: ["ci.example", "ci"] };
  assert(holds(named("certificate", "ci"), facts));
  assert(holds(named("certificate", "ci.example"), facts));
  assert(!holds(named("certificate", "example"), facts));
  // The name of a container proves no certificate.
  assert(!holds(named("certificate", "web"), { container: container("web") }));
});

/** Names of the clients that a container is. */
function ofWeb(
  clients: ClientIdentity[],
  addresses: string[] | null = ["172.18.0.5"],
  known: Record<string, string[]> = {},
): string[] {
  return clientsOfContainer(
    clients,
    container("web", { [SERVICE_LABELS[0]!]: "front", k: "v" }),
    addresses,
    hosts(known),
  );
}

Deno.test("clientsOfContainer() finds every client that a container is, not only the first", () => {
  assertEquals(
    ofWeb([
      client("a", [[cidr("172.18.0.0/16")]]),
      client("b", [[named("container", "db")], [named("container", "web")]]),
      client("c", [[named("container", "db")]]),
      client("d", [[label("k", null), cidr("172.18.0.5")]]),
      client("e", [[label("k", null), cidr("10.0.0.1")]]),
    ]),
    ["a", "b", "d"],
  );
});

Deno.test("clientsOfContainer() does not mind the listener", () => {
  assertEquals(
    ofWeb([client("own", [[named("container", "web")]], [SOCKET])]),
    ["own"],
  );
  assertEquals(ofWeb([client("anybody", [], [SOCKET])]), []);
});

Deno.test("clientsOfContainer() leaves certificates out: they are not the container's", () => {
  const certificate = named("certificate", "ci");
  assertEquals(ofWeb([client("tls", [[certificate]])]), []);
  assertEquals(
    ofWeb([client("both", [[certificate, named("container", "web")]])]),
    ["both"],
  );
  assertEquals(
    ofWeb([client("both", [[certificate, named("container", "db")]])]),
    [],
  );
});

Deno.test("clientsOfContainer() counts any address where it is not known which", () => {
  const clients = [
    client("block", [[cidr("10.0.0.0/8")]]),
    client("host", [[named("host", "far")]]),
    client("both", [[cidr("10.0.0.0/8"), named("container", "web")]]),
    client("other", [[cidr("10.0.0.0/8"), named("container", "db")]]),
  ];
  const known = { far: ["10.0.0.1"] };
  assertEquals(ofWeb(clients, ["172.18.0.5"], known), []);
  assertEquals(ofWeb(clients, [], known), []);
  assertEquals(ofWeb(clients, null, known), ["block", "host", "both"]);
});

Deno.test("clientsOfContainer() takes a host for the container that has its address or answers to its name", () => {
  const host = (name: string, addresses?: string[]) =>
    ofWeb(
      [client("host", [[named("host", name)]])],
      ["172.18.0.5"],
      addresses === undefined ? {} : { [name]: addresses },
    ).length > 0;
  assert(host("x", ["10.0.0.1", "172.18.0.5"]));
  assert(!host("x", ["10.0.0.1"]));
  assert(!host("x", []));
  // Not looked up yet.
  assert(host("x"));
  // The address of the name may be an old one.
  for (const name of ["web", "WEB", "web.back", "web.", "front", "front.x.y"]) {
    assert(host(name, ["10.0.0.1"]), name);
  }
  for (const name of ["webx", "we", "x.web", "backfront"]) {
    assert(!host(name, ["10.0.0.1"]), name);
  }
});

Deno.test("clientsOfContainer() knows no container without a name by a host's", () => {
  assertEquals(
    clientsOfContainer(
      [client("host", [[named("host", ".x")]])],
      container(""),
      [],
      hosts({ ".x": [] }),
    ),
    [],
  );
});

Deno.test("needsContainer() says whether a listener's clients are identified by their containers", () => {
  const web = client("web", [[cidr("10.0.0.0/8"), named("container", "web")]]);
  const lan = client("lan", [[cidr("10.0.0.0/8")], [named("host", "x")]]);
  const owner = client("ci", [], [SOCKET]);
  assert(needsContainer([lan, web], SHARED));
  assert(!needsContainer([lan, owner], SHARED));
  assert(!needsContainer([], SHARED));
  // Only its owner matches there.
  assert(!needsContainer([web, owner], SOCKET));
  assert(
    needsContainer([client("ci", [[label("k", null)]], [SOCKET])], SOCKET),
  );
  assert(
    !needsContainer([client("ci", [[label("k", null)]], [SOCKET])], SHARED),
  );
});

Deno.test("ofContainer() and labelsOf() know every kind of condition", () => {
  const about = (selector: Selector) => [
    formatSelector(selector),
    ofContainer(selector),
    labelsOf(selector),
  ];
  assertEquals(
    [
      cidr("10.0.0.0/8"),
      named("host", "h"),
      named("certificate", "c"),
      named("container", "n"),
      named("service", "s"),
      named("project", "p"),
      label("k", "v"),
      label("k", ""),
      label("k", null),
    ].map(about),
    [
      ["cidr 10.0.0.0/8", false, null],
      ["host h", false, null],
      ["certificate c", false, null],
      ["container n", true, null],
      ["service s", true, { keys: SERVICE_LABELS, value: "s" }],
      ["project p", true, { keys: PROJECT_LABELS, value: "p" }],
      ["label k=v", true, { keys: ["k"], value: "v" }],
      ["label k=", true, { keys: ["k"], value: "" }],
      ["label k", true, { keys: ["k"], value: null }],
    ],
  );
});

Deno.test("hostNames() lists each host once", () => {
  assertEquals(
    hostNames([
      client("a", [[named("host", "x"), cidr("10.0.0.1")]]),
      client("b", [[named("host", "y")], [named("host", "x")]], [SOCKET]),
      client("c", [[named("container", "z")]]),
    ]),
    ["x", "y"],
  );
});
