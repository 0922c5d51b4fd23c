import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NO_BODY } from "../../lib/http1/request.ts";
import { compile } from "../../lib/policy/compile.ts";
import { decide, type RequestFacts } from "../../lib/policy/decide.ts";
import { grants } from "../support/grants.ts";

function facts(
  method: string,
  target: string,
  more: Partial<RequestFacts> = {},
): RequestFacts {
  return {
    method,
    target,
    framing: NO_BODY,
    contentType: null,
    origin: null,
    browser: false,
    ...more,
  };
}

function decision(
  policy: ReturnType<typeof grants>,
  ...request: Parameters<typeof facts>
) {
  return decide(compile(policy), { name: null }, facts(...request));
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
