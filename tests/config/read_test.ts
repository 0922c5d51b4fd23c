import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readFlags } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { config, problem } from "../support/config.ts";

for (
  const [environment, text] of [
    [{ CONTAINER: "1" }, "did you mean CONTAINERS?"],
    [{ containers: "1" }, "did you mean CONTAINERS?"],
    [{ ALLOW_RESTRATS: "0" }, "did you mean ALLOW_RESTARTS?"],
    [{ POSTS: "true" }, "did you mean POST?"],
    [{ CONTAINER: "2" }, "did you mean CONTAINERS?"],
    [{ SOCKWARDN_DENY: "exec.*" }, "did you mean SOCKWARDEN_DENY?"],
    [{ sockwarden_deny: "exec.*" }, "did you mean SOCKWARDEN_DENY?"],
    [{ POST: "ture" }, "POST=ture: expected 1 or 0"],
    [{ SOCKWARDEN_LISTN: "x" }, "did you mean SOCKWARDEN_LISTEN?"],
    [{ BIND_CONFIG: ":2375 ssl crt x" }, "SOCKWARDEN_LISTEN"],
    [
      { BIND_CONFIG: ":2375", SOCKWARDEN_LISTEN: "tcp://127.0.0.1:1" },
      "remove one of them",
    ],
    [{ LOG_LEVEL: "verbose" }, "expected emerg"],
    [{ DISABLE_IPV6: "maybe" }, "DISABLE_IPV6=maybe"],
    [
      { DOCKER_HOST: "tcp://e:2376", DOCKER_TLS_VERIFY: "1" },
      "DOCKER_TLS_VERIFY",
    ],
    [
      { DOCKER_HOST: "ssh://e" },
      "this scheme is not supported: expected unix:///path or tcp://host:port",
    ],
    [{ DOCKER_HOST: "tcp://localhost:2375" }, "own listener"],
    [{ SOCKWARDEN_ALLOW: "container.restrat" }, "container.restart"],
    [{ SOCKWARDEN_STOP_GRACE: "soon" }, "expected a time"],
    [{ SOCKWARDEN_MAX_HEADERS: "0" }, "whole number from"],
  ] as [Record<string, string>, string][]
) {
  Deno.test(`readConfig() stops at ${JSON.stringify(environment)}`, () => {
    assertStringIncludes(problem([], environment), text);
  });
}

for (
  const [argv, text] of [
    [["--container"], "did you mean --containers?"],
    [["--nonsense"], "unknown flag --nonsense; see sockwarden --help"],
    [["--no-sandbox=0"], "--no-sandbox takes no value"],
    [["extra"], "unexpected argument 'extra'"],
    [["--engine"], "--engine needs a value"],
    [["--engine=/a", "--engine=/b"], "is given twice; give it once"],
    [["--listen=tcp://x"], "expected tcp://host:port"],
    [["--listen=unix://rel"], "absolute path"],
    [["--listen=unix:///a?mode=9"], "mode=0660"],
    [["--listen=tcp://[::1]:99999"], "expected tcp://host:port"],
    [["--listen=unix:///s", "--engine=unix:///s"], "own listener"],
    [["--listen=tcp://[::]:9", "--engine=tcp://127.0.0.1:9"], "own listener"],
    [["--listen=tcp://a:1", "--listen=tcp://a:1"], "given twice"],
    [["--allow=GET /containers/json"], "container.list"],
    [["--allow-origin=nonsense"], "expected an origin"],
    [["--post=maybe"], "--post=maybe: expected 1 or 0"],
    [["--containers", "--containers=0"], "is given twice; give it once"],
  ] as [string[], string][]
) {
  Deno.test(`readConfig() stops at ${argv.join(" ")}`, () => {
    assertStringIncludes(problem(argv), text);
  });
}

Deno.test("readConfig() leaves out what SOCKWARDEN_IGNORE names", () => {
  assertEquals(problem([], { TASK: "1", SOCKWARDEN_IGNORE: "TASK" }), "");
  assert(problem([], { TASK: "1" }) !== "");
});

Deno.test("readConfig() explains variables of other proxies", () => {
  const { warnings } = config([], { ALLOW_EXEC: "1", ALLOW_ATTACH: "0" });
  assertEquals(warnings.length, 2);
  assertStringIncludes(warnings[0]!, "EXEC=1");
  assertStringIncludes(warnings[1]!, "--allow container.attach");
});

Deno.test("readConfig() stops at a policy file that is named twice, or watched and not named", () => {
  assertStringIncludes(
    problem(["--config=a.yaml", "--config=b.yaml"]),
    "--config is given twice; give it once",
  );
  assertStringIncludes(
    problem(["--watch"]),
    "--watch=1: there is no policy file to watch: set one with --config",
  );
  assertEquals(problem([], { SOCKWARDEN_WATCH: "0" }), "");
});

Deno.test("readConfig() reads --no-sandbox as a flag, not as a negation", () => {
  assertEquals(config([]).sandbox, true);
  assertEquals(config(["--no-sandbox", "--containers"]).sandbox, false);
  assertStringIncludes(problem(["--no-sandbox=1"]), "--no-sandbox");
});

Deno.test("readConfig() reports all problems at once", () => {
  const { problems } = readConfig(readFlags(["--nonsense"]), {
    POST: "yes",
    CONTAINER: "1",
  });
  assertEquals(problems?.length, 3);
});

Deno.test("readConfig() lets a flag take precedence over its variable", () => {
  const read = config(
    ["--containers=0", "--log-level=err", "--stop-grace=2m"],
    {
      CONTAINERS: "1",
      LOG_LEVEL: "debug",
    },
  );
  assertEquals(read.grants.switches.get("CONTAINERS")?.on, false);
  assertEquals(read.logLevel, "err");
  assertEquals(read.limits.stopGrace, 120_000);
});
