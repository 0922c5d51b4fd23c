import {
  assert,
  assertEquals,
  assertObjectMatch,
  assertStringIncludes,
} from "@std/assert";
import { OPERATION_BY_NAME, OPERATIONS } from "../../lib/docker/operations.ts";
import type { Selector } from "../../lib/policy/clients.ts";
import {
  type ClientGrants,
  compile,
  type Policy,
  type PolicyFile,
  withOwnContainer,
} from "../../lib/policy/compile.ts";
import { flat } from "../support/decision.ts";
import {
  decide,
  plainRequest,
  type RequestFacts,
} from "../../lib/policy/decide.ts";
import type { OwnContainer } from "../../lib/policy/self_protection.ts";
import { parseRule, type Rule } from "../../lib/policy/rules.ts";
import { grants } from "../support/grants.ts";

function facts(
  method: string,
  target: string,
  more: Partial<RequestFacts> = {},
): RequestFacts {
  return { ...plainRequest(method, target), ...more };
}

function decision(
  policy: ReturnType<typeof grants>,
  ...request: Parameters<typeof facts>
) {
  return flat(decide(compile(policy), { name: null }, facts(...request)));
}

Deno.test("decide() refuses exec.start when EXEC is off", () => {
  const refused = decision(
    grants({ CONTAINERS: 1, POST: 1 }),
    "POST",
    "/exec/abc/start",
  );
  assertEquals(refused.status, 403);
  assertEquals(
    refused.message,
    "sockwarden: exec.start (POST /exec/abc/start) is not allowed; to allow it set EXEC=1, or --allow exec.start",
  );
});

Deno.test("decide() leaves the query out of messages", () => {
  const refused = decision(grants({}), "POST", "/build?remote=https://u:p@x/");
  assert(!refused.message.includes("u:p"));
});

Deno.test("decide() lets deny win over allow", () => {
  const policy = grants({ CONTAINERS: 1 }, {
    allow: ["container.*"],
    deny: ["container.logs"],
  });
  assertEquals(decision(policy, "GET", "/containers/a/json").allowed, true);
  const refused = decision(policy, "GET", "/containers/a/logs");
  assertEquals(refused.allowed, false);
  assertEquals(refused.by, "--deny container.logs");
});

Deno.test("decide() allows a path rule for an unknown route, and that route only", () => {
  const policy = grants({}, { allow: ["GET /new/*/route"] });
  assertEquals(decision(policy, "GET", "/v1.60/new/a/route").allowed, true);
  assertEquals(decision(policy, "POST", "/new/a/route").allowed, false);
  assertEquals(decision(policy, "GET", "/new/a/b/route").allowed, false);
  assertEquals(decision(policy, "GET", "/new/a%2Fb/route").status, 400);
});

Deno.test("decide() says all that a denied path needs", () => {
  const policy = grants({}, { deny: ["GET /new"] });
  assertStringIncludes(
    decision(policy, "GET", "/new").message,
    "to allow it remove --deny 'GET /new' and use --allow 'GET /new'",
  );
});

Deno.test("decide() offers a path rule only where one can be written", () => {
  const spelled = decision(grants({}), "GET", "/containers/json/").message;
  assertStringIncludes(spelled, "no rule can allow it");
  const newer = decision(grants({}), "GET", "/v1.60/new/route").message;
  assertStringIncludes(newer, "--allow 'GET /new/route'");
  const named = decision(grants({}), "POST", "/v5.0.0/libpod/pods/db/new");
  assertStringIncludes(
    named.message,
    "--allow 'POST /libpod/pods/*/new' allows",
  );
});

Deno.test("decide() refuses browsers, but lets a named origin attach by WebSocket", () => {
  const open = grants({ CONTAINERS: 1, POST: 1 }, {
    origins: ["https://ui.example"],
  });
  const ws = "/containers/a/attach/ws";
  const from = (origin: string) => ({ origin });
  assertEquals(
    decision(open, "GET", ws, from("https://ui.example")).allowed,
    true,
  );
  assertEquals(decision(open, "GET", ws, from("https://evil")).status, 403);
  assertEquals(
    decision(open, "GET", "/containers/json", from("https://ui.example"))
      .status,
    403,
  );
  assertEquals(
    decision(open, "GET", "/version", { browser: true }).status,
    403,
  );
});

Deno.test("decide() lets a library attach by WebSocket with the Origin of its Host, where no page can be rebound to it", () => {
  const open = grants({ CONTAINERS: 1, POST: 1 });
  const ws = "/containers/a/attach/ws";
  for (
    const [host, origin] of [
      ["localhost", "http://localhost"],
      ["127.0.0.1:2375", "http://127.0.0.1:2375"],
      ["[::1]:2375", "http://[::1]:2375"],
      ["Docker-Proxy:2375", "http://docker-proxy:2375"],
      ["proxy_1:2376", "https://proxy_1:2376"],
    ] as const
  ) {
    assertEquals(decision(open, "GET", ws, { host, origin }).allowed, true);
    const browser = decision(open, "GET", ws, { host, origin, browser: true });
    assertEquals(browser.code, "api.browser");
    const other = decision(open, "GET", "/containers/a/json", { host, origin });
    assertEquals(other.code, "api.browser");
  }
  for (
    const [host, origin] of [
      ["evil.example:2375", "http://evil.example:2375"],
      ["1.2.3.4.example", "http://1.2.3.4.example"],
      ["evil.:2375", "http://evil.:2375"],
      ["localhost:2375", "http://localhost:8080"],
      ["localhost:2375", "http://localhost"],
      ["localhost", "http://evil"],
      ["localhost", "null"],
      ["localhost", "ws://localhost"],
      ["localhost", "http://localhost/"],
      ["u@localhost", "http://u@localhost"],
      ["", "http://"],
      ["", ""],
    ] as const
  ) {
    const refused = decision(open, "GET", ws, { host, origin });
    assertEquals(refused.code, "api.browser", origin);
    assertStringIncludes(refused.message, `(Origin: ${origin})`);
    assertStringIncludes(refused.message, "--allow-origin");
  }
});

Deno.test("decide() refuses gRPC content types whatever the path, and forms with a body", () => {
  const all = grants({}, { allow: ["*"] });
  for (
    const contentType of [
      "application/grpc",
      "application/grpc+proto",
      "text/plain; x=application/grpc",
    ]
  ) {
    assertEquals(decision(all, "GET", "/version", { contentType }).status, 400);
  }
  const contentType = "application/x-www-form-urlencoded; charset=utf-8";
  const framing = { kind: "length", length: 1 } as const;
  const pull = "/images/create?fromImage=a";
  assertEquals(
    decision(all, "POST", pull, { contentType, framing }).status,
    400,
  );
  assertEquals(decision(all, "POST", pull, { contentType }).allowed, true);
  assertEquals(
    decision(all, "POST", pull, { contentType: "multipart/form-data", framing })
      .status,
    400,
  );
});

Deno.test("decide() answers for a name that no container can have where its operation is granted", () => {
  const NO_NAME = "/containers/gr%C3%BC%C3%9Fe/json";
  const open = decision(grants({ CONTAINERS: 1 }), "GET", NO_NAME);
  assertEquals(open.status, 404);
  assertEquals(open.code, "api.no_such_name");
  assertEquals(open.message, "No such container: grüße");
  // So that a dry run does not send it.
  assertEquals(open.byPolicy, false);
  const shut = decision(grants({}), "GET", NO_NAME);
  assertEquals(shut.status, 403);
  assertStringIncludes(shut.message, "set CONTAINERS=1");
});

Deno.test("decide() says of a refused read of one object that it is not supported, so that docker inspect goes on", () => {
  for (
    const kind of ["containers", "images", "plugins", "networks", "volumes"]
      .concat("services", "tasks", "nodes", "secrets", "configs")
  ) {
    const tail = /^(?:cont|im|pl)/.test(kind) ? "/json" : "";
    const refused = decision(grants({}), "GET", `/${kind}/a${tail}`);
    assertEquals([refused.status, refused.code], [403, "policy.not_granted"]);
    assertStringIncludes(
      refused.message,
      " is not supported by this policy: it is not allowed; to allow it ",
    );
  }
  for (
    const [method, target] of [
      ["GET", "/containers/a/logs"],
      ["GET", "/containers/json"],
      ["GET", "/swarm"],
      ["POST", "/containers/a/stop"],
      ["GET", "/new/a"],
    ] as const
  ) {
    const { message } = decision(grants({}), method, target);
    assert(!message.includes("not supported"), message);
  }
});

Deno.test("decide() says of a request that no client sends what the parser says", () => {
  const ask = (target: string) =>
    decide(compile(grants({})), { name: null }, facts("GET", target));
  assertObjectMatch(ask("//version"), {
    status: 400,
    malformed: "the path has '//' or a dot segment; leave it out",
    message: "sockwarden: the path has '//' or a dot segment; leave it out",
  });
  assertObjectMatch(ask("/x"), { status: 403, malformed: null });
});

// ------------------------------------------------ clients of a policy file

const WARDEN: OwnContainer = {
  id: "0123456789abcdef".repeat(4),
  name: "warden",
  aliases: [],
  service: null,
};
/** All that means our own container. */
const WARDEN_REFERENCES = [WARDEN.name, WARDEN.id, WARDEN.id.slice(0, 12)];

interface ClientRules {
  readonly allow?: string[];
  readonly deny?: string[];
  readonly allowSelf?: string[];
  readonly origins?: string[];
  /** Conditions that tell the client; an own listener tells it where there are none. */
  readonly from?: Selector[];
}

/** A policy file; each client, and each of its rules, is on a separate line. */
function policyFile(
  clients: Record<string, ClientRules>,
  rest: ClientRules = {},
): PolicyFile {
  let line = 1;
  const rules = (texts: readonly string[] = []) =>
    texts.map((text) => parseRule(text, `policy.yaml:${++line}:7`) as Rule);
  const granted = (given: ClientRules) => ({
    allow: rules(given.allow),
    deny: rules(given.deny),
    allowSelf: rules(given.allowSelf) as PolicyFile["rest"]["allowSelf"],
    origins: given.origins ?? [],
    scope: null,
    guard: null,
    hide: null,
    limits: null,
  });
  return {
    path: "policy.yaml",
    clients: Object.entries(clients).map(([name, given]): ClientGrants => ({
      identity: {
        name,
        from: given.from === undefined ? [] : [given.from],
        listen: given.from === undefined ? [`/run/${name}.sock`] : [],
      },
      source: `policy.yaml:${++line}:3`,
      grants: {
        ...granted(given),
        switches: new Map(),
        defaultSwitches: false,
      },
    })),
    rest: granted(rest),
  };
}

function asks(
  policy: Policy,
  client: string | null,
  ...request: Parameters<typeof facts>
) {
  return flat(decide(policy, { name: client }, facts(...request)));
}

Deno.test("decide() decides for each client by its own rights", () => {
  const policy = compile(
    grants({ IMAGES: 1 }),
    policyFile({
      viewer: { allow: ["container.list"] },
      restarter: { allow: ["container.restart"] },
    }),
  );
  const allowed = (client: string | null) =>
    [
      ["GET", "/containers/json"],
      ["POST", "/containers/web/restart"],
      ["GET", "/images/json"],
    ].map(([method, target]) => asks(policy, client, method!, target!).allowed);
  assertEquals(allowed("viewer"), [true, false, false]);
  assertEquals(allowed("restarter"), [false, true, false]);
  assertEquals(allowed(null), [false, false, true]);
  assertEquals(allowed("stranger"), allowed(null));
});

Deno.test("decide() tells a client what to add, and where it stands in the file", () => {
  const policy = compile(
    grants({ CONTAINERS: 1, POST: 1 }),
    policyFile({ viewer: { allow: ["container.list"] } }),
  );
  const refused = asks(policy, "viewer", "POST", "/containers/web/restart");
  assertEquals(refused.status, 403);
  assertEquals(refused.byPolicy, true);
  assertEquals(
    refused.message,
    "sockwarden: container.restart (POST /containers/web/restart) is not allowed to client 'viewer'; to allow it add container.restart to allow of client 'viewer' (policy.yaml:2:3)",
  );
});

Deno.test("decide() tells a client which deny rule to remove, by its place or its flag", () => {
  const policy = compile(
    grants({}, { deny: ["container.kill"] }),
    policyFile({
      ci: {
        allow: ["container.stop", "container.kill"],
        deny: ["container.*"],
      },
    }),
  );
  const stop = asks(policy, "ci", "POST", "/containers/web/stop");
  assertEquals(stop.by, "policy.yaml:5:7 container.*");
  assert(
    stop.message.endsWith("to allow it remove policy.yaml:5:7 container.*"),
    stop.message,
  );
  const kill = asks(policy, "ci", "POST", "/containers/web/kill");
  assertEquals(kill.by, "--deny container.kill");
  assert(
    kill.message.endsWith(
      "to allow it remove --deny container.kill and policy.yaml:5:7 container.*",
    ),
    kill.message,
  );
  const pause = asks(policy, "ci", "POST", "/containers/web/pause");
  assert(
    pause.message.endsWith(
      "to allow it remove policy.yaml:5:7 container.* and add container.pause to allow of client 'ci' (policy.yaml:2:3)",
    ),
    pause.message,
  );
});

Deno.test("decide() names no switch to a client, since switches grant it nothing", () => {
  const policy = compile(grants({}), policyFile({ ci: {} }));
  for (const { name, routes } of OPERATIONS) {
    const { method, path, podman } = routes[0]!;
    const target = (podman === "<4" ? "/v3" : "") +
      path.replace(/\{any\}/, "x").replace(/\{(?:name|image)\}/g, "x") +
      (name === "image.pull" ? "?fromImage=x" : "");
    const { operation, message } = asks(policy, "ci", method, target);
    assertEquals(operation?.name, name);
    assert(
      message.endsWith(
        `add ${name} to allow of client 'ci' (policy.yaml:2:3)`,
      ),
      message,
    );
  }
});

Deno.test("decide() tells a client that is not in the file that this is the reason", () => {
  const policy = compile(grants({}), policyFile({ ci: { allow: ["*"] } }));
  const { message } = asks(policy, null, "GET", "/containers/json");
  assertStringIncludes(
    message,
    "not allowed to this client, which matches no client of policy.yaml",
  );
});

Deno.test("decide() gives a client its own path rules and origins only", () => {
  const policy = compile(
    grants({}, { allow: ["GET /flag"], origins: ["https://flag"] }),
    policyFile({
      a: {
        allow: ["GET /mine", "container.attach.ws"],
        origins: ["https://mine"],
      },
      b: { allow: ["container.attach.ws"] },
    }),
  );
  const path = (client: string | null, target: string) =>
    asks(policy, client, "GET", target).allowed;
  assertEquals(path("a", "/mine"), true);
  assertEquals(path("a", "/flag"), false);
  assertEquals(path("b", "/mine"), false);
  assertEquals(path(null, "/flag"), true);
  assertEquals(path(null, "/mine"), false);
  assertStringIncludes(
    asks(policy, "b", "GET", "/mine").message,
    "'GET /mine' in allow of client 'b' (policy.yaml:5:3) allows it",
  );
  const attach = (client: string, origin: string) =>
    asks(policy, client, "GET", "/containers/x/attach/ws", { origin }).allowed;
  assertEquals(attach("a", "https://mine"), true);
  assertEquals(attach("a", "https://flag"), false);
  assertEquals(attach("b", "https://mine"), false);
  const told = (client: string | null) =>
    asks(policy, client, "GET", "/version", { origin: "https://x" }).message;
  assertStringIncludes(
    told("b"),
    "with allow-origin of client 'b' (policy.yaml:5:3)",
  );
  assertStringIncludes(told(null), "with allow-origin of default (policy.yaml");
});

// ------------------------------------------------- sockwarden's own container

/** A policy that grants everything to a client and to everybody else. */
function everything(allowSelf: string[] = []): Policy {
  return withOwnContainer(
    compile(
      grants({}, { allow: ["*"] }),
      policyFile({ ci: { allow: ["*"], allowSelf } }),
    ),
    WARDEN,
  );
}

Deno.test("decide() refuses to change sockwarden's own container, by name, id and prefix, for every client", () => {
  const policy = everything();
  for (const client of ["ci", null]) {
    for (const reference of WARDEN_REFERENCES) {
      const refused = asks(
        policy,
        client,
        "POST",
        `/v1.41/containers/${reference}/restart?t=0`,
      );
      assertEquals(refused.status, 403, reference);
      assertEquals(refused.byPolicy, true);
      assertStringIncludes(
        refused.message,
        `container.restart (POST /v1.41/containers/${reference}/restart) is not allowed`,
      );
      assertStringIncludes(refused.message, "on sockwarden's own container");
    }
    assert(asks(policy, client, "POST", "/containers/web/restart").allowed);
  }
});

Deno.test("decide() tells what lets a client change sockwarden's own container", () => {
  const message = (client: string | null) =>
    asks(everything(), client, "POST", "/containers/warden/restart").message;
  assertStringIncludes(
    message("ci"),
    "to allow it add container.restart to allow-self of client 'ci' (policy.yaml:2:3)",
  );
  assertStringIncludes(
    message(null),
    "to allow it add container.restart to allow-self of default (policy.yaml)",
  );
});

Deno.test("decide() lets a client change sockwarden's own container where allow-self says so", () => {
  const policy = everything(["container.restart"]);
  for (const reference of WARDEN_REFERENCES) {
    const restart = `/containers/${reference}/restart`;
    assert(asks(policy, "ci", "POST", restart).allowed, reference);
    assert(!asks(policy, null, "POST", restart).allowed, reference);
    // That one operation, and no other.
    const start = `/containers/${reference}/start`;
    assert(!asks(policy, "ci", "POST", start).allowed, reference);
    assert(!asks(policy, "ci", "DELETE", `/containers/${reference}`).allowed);
  }
});

Deno.test("decide() grants nothing by allow-self alone", () => {
  const policy = withOwnContainer(
    compile(
      grants({}),
      policyFile({ ci: { allowSelf: ["container.restart"] } }),
    ),
    WARDEN,
  );
  const refused = asks(policy, "ci", "POST", "/containers/warden/restart");
  assert(!refused.allowed);
  assertStringIncludes(refused.message, "add container.restart to allow of");
});

Deno.test("decide() allows granted reads of sockwarden's own container, but not of its files", () => {
  const policy = everything();
  for (
    const [method, rest, allowed] of [
      ["GET", "json", true],
      ["GET", "logs?stdout=1", true],
      ["GET", "stats", true],
      ["POST", "wait", true],
      ["GET", "archive?path=/", false],
      ["HEAD", "archive?path=/", false],
      ["GET", "export", false],
      ["GET", "attach/ws", false],
      ["POST", "exec", false],
      ["POST", "attach?stdin=1", false],
      ["PUT", "archive?path=/", false],
    ] as const
  ) {
    const target = `/containers/warden/${rest}`;
    for (const client of ["ci", null]) {
      assertEquals(
        asks(policy, client, method, target).allowed,
        allowed,
        target,
      );
    }
  }
});

Deno.test("decide() protects no container where sockwarden's own is not known", () => {
  const policy = compile(grants({}, { allow: ["*"] }));
  assert(asks(policy, null, "POST", "/containers/warden/restart").allowed);
});

Deno.test("decide() decides on nothing that may touch sockwarden's own container while that is looked for", () => {
  const sought = (allowSelf: string[] = []) =>
    withOwnContainer(everything(allowSelf), null, true);
  for (
    const [method, target] of [
      ["POST", "/containers/web/restart"],
      ["GET", "/containers/web/archive?path=/"],
      ["POST", "/containers/web/rename?name=app"],
      ["POST", "/networks/net/connect"],
      ["POST", "/services/web/update?version=1"],
      ["POST", "/swarm/leave"],
    ] as const
  ) {
    const { outcome, status, byPolicy, message } = asks(
      sought(),
      "ci",
      method,
      target,
    );
    assertEquals([outcome, status, byPolicy], ["refused", 502, false], target);
    assertStringIncludes(message, "own container, which is not known yet");
  }
  for (
    const [method, target] of [
      ["GET", "/containers/web/json"],
      ["GET", "/containers/web/logs"],
      ["POST", "/containers/create"],
      ["POST", "/images/create?fromImage=a"],
    ] as const
  ) assert(asks(sought(), "ci", method, target).allowed, target);
  const self = sought(["container.restart"]);
  assert(asks(self, "ci", "POST", "/containers/web/restart").allowed);
  assert(!asks(self, null, "POST", "/containers/web/restart").allowed);
});

Deno.test("decide() refuses podman's creations where clients are identified by their containers", () => {
  const create = (from?: Selector[]) =>
    asks(
      compile(
        grants({}, { allow: ["*"] }),
        policyFile({ ci: { allow: ["*"], ...from && { from } } }),
      ),
      "ci",
      "POST",
      "/v5.0.0/libpod/containers/create",
    );
  const refused = create([{ kind: "container", name: "web" }]);
  assertEquals(refused.status, 403);
  assertEquals(
    refused.operation,
    OPERATION_BY_NAME.get("libpod.container.create"),
  );
  assertStringIncludes(refused.message, "passes for a client of policy.yaml");
  // Listeners and certificates are nothing that a container is given.
  assert(create().allowed);
  assert(create([{ kind: "certificate", name: "ci" }]).allowed);
});

/** The outcome and the code of a request, and the setting that decided. */
function outcome(
  policy: Policy,
  ...request: Parameters<typeof facts>
): [outcome: string, code: string, by: string] {
  const decided = decide(policy, { name: null }, facts(...request));
  return decided.outcome === "refused"
    ? [decided.outcome, decided.code, decided.by]
    : [decided.outcome, "", decided.by];
}

Deno.test("decide() gives a code for each kind of refusal, and the setting that decided", () => {
  const policy = compile(grants({ CONTAINERS: 1 }, {
    allow: ["GET /new", "GET /other", "libpod.container.create"],
    deny: ["container.logs", "GET /new", "GET /newer"],
  }));
  assertEquals(outcome(policy, "GET", "/containers/json"), [
    "allowed",
    "",
    "CONTAINERS=1",
  ]);
  assertEquals(outcome(policy, "GET", "/containers/a/logs"), [
    "refused",
    "policy.denied",
    "--deny container.logs",
  ]);
  assertEquals(outcome(policy, "GET", "/images/json"), [
    "refused",
    "policy.not_granted",
    "",
  ]);
  assertEquals(outcome(policy, "GET", "/other"), [
    "allowed",
    "",
    "--allow 'GET /other'",
  ]);
  for (const path of ["/new", "/newer"]) {
    assertEquals(outcome(policy, "GET", path), [
      "refused",
      "policy.denied",
      `--deny 'GET ${path}'`,
    ]);
  }
  assertEquals(outcome(policy, "GET", "/newest"), [
    "refused",
    "policy.unknown_operation",
    "",
  ]);
  assertEquals(outcome(policy, "GET", "?x"), [
    "refused",
    "http.bad_target",
    "",
  ]);
  assertEquals(
    decide(policy, { name: null }, facts("GET", "?x")).path,
    "",
  );
});

Deno.test("decide() takes forms without a body, other bodies, and forms of methods that do not read them", () => {
  const policy = compile(grants({}, { allow: ["*"] }));
  const framing = { kind: "length", length: 1 } as const;
  const form = "application/x-www-form-urlencoded";
  const pull = "/images/create?fromImage=a";
  for (
    const [method, target, more, expected] of [
      ["POST", pull, { contentType: form, framing }, "refused"],
      ["POST", pull, { contentType: "multipart/mixed", framing }, "refused"],
      ["POST", pull, { contentType: "application/json", framing }, "allowed"],
      ["POST", pull, { contentType: null, framing }, "allowed"],
      ["POST", pull, { contentType: form }, "allowed"],
      ["GET", "/version", { contentType: form, framing }, "allowed"],
      ["DELETE", "/images/a", { contentType: form, framing }, "allowed"],
    ] as const
  ) {
    assertEquals(
      outcome(policy, method, target, more)[0],
      expected,
      JSON.stringify([method, more]),
    );
  }
});

Deno.test("decide() allows under conditions what has some, and plainly what has none", () => {
  const own = withOwnContainer(compile(grants({}, { allow: ["*"] })), {
    id: "0".repeat(64),
    name: "warden",
    aliases: [],
    service: null,
  });
  const decided = (method: string, target: string) =>
    decide(own, { name: null }, facts(method, target));
  assertEquals(decided("GET", "/version").outcome, "allowed");
  const renaming = decided("POST", "/containers/web/rename?name=x");
  assertEquals(renaming.outcome, "conditional");
  assert("conditions" in renaming && renaming.conditions.length > 0);
});
