/** What presets need of bodies and answers, together and beside other grants. */

import { assert, assertEquals } from "@std/assert";
import { readFlags } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { findPreset, type Preset } from "../../lib/docker/presets.ts";
import { hidesVariable, hidesWord } from "../../lib/guard/hide/words.ts";
import { judgeGuard, readGuarded } from "../../lib/guard/judge/guard.ts";
import { knobOf } from "../../lib/guard/rules.ts";
import { compile, type Rights } from "../../lib/policy/compile.ts";
import { conditionsOf } from "../../lib/policy/conditions.ts";
import { decide, plainRequest } from "../../lib/policy/decide.ts";
import { describeHide } from "../../lib/policy/hiding.ts";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import {
  effectiveGuard,
  effectiveHide,
} from "../../lib/policy/preset_needs.ts";
import type { OperationRule } from "../../lib/policy/rules.ts";
import { config, problem } from "../support/config.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";

/** The rights of a client with these keys. */
function rights(keys: string): Rights {
  const { file } = policyFile(
    `clients: { a: { listen: 'unix:///a', ${keys} } }`,
  );
  return compile(grants({}), file).clients.get("a")!;
}

/** The rights of all connections under these flags. */
function flagged(...argv: string[]): Rights {
  return compile(config(argv).grants).rest;
}

/** Level and flags of a guard, and what is hidden; `-` for none. */
function needs({ guard, hide }: Rights): readonly [string, string] {
  return [
    guard === null ? "-" : [guard.level, ...guard.own].join(" "),
    hide === null ? "-" : describeHide(hide),
  ];
}

const allowed = ({ verdicts }: Rights, name: string) =>
  verdicts.get(name)!.allowed;

for (
  const [presets, guard, hide] of [
    ["traefik", "-", "env, args, mounts"],
    ["traefik@2", "-", "env, args, mounts"],
    ["traefik@1", "-", "-"],
    ["portainer", "standard", "-"],
    ["watchtower", "-", "-"],
    ["sablier", "standard targets", "env, args, mounts"],
    // Only what each does without is hidden.
    ["traefik, cadvisor", "-", "env, args"],
    ["traefik, portainer-readonly", "-", "env"],
    ["traefik, trivy", "-", "-"],
    ["traefik, traefik@1", "-", "-"],
    // What grants nothing that shows anything leaves it hidden.
    ["testcontainers-jvm, traefik", "-", "env, args, mounts"],
    ["testcontainers-jvm@1, traefik", "-", "env, args, mounts"],
    ["dozzle, dozzle-actions@1", "-", "env, args, mounts"],
    ["dozzle, dozzle-actions", "standard targets", "env, args, mounts"],
    ["dozzle, dozzle-shell", "standard targets", "-"],
    // A guard only where each has one that has something to judge.
    ["portainer, traefik", "standard", "-"],
    ["portainer, traefik@1", "standard", "-"],
    ["portainer, watchtower", "-", "-"],
    ["portainer, portainer@1", "-", "-"],
    ["portainer, dozzle-actions@1", "-", "-"],
    ["portainer, sablier", "standard targets", "-"],
    [
      "portainer-swarm, sablier, docker-build",
      "standard swarm targets buildkit remote-context",
      "-",
    ],
    // The variables that one of them needs stay.
    [
      "netdata, traefik",
      "-",
      "env except NOMAD_NAMESPACE, NOMAD_JOB_NAME, NOMAD_TASK_NAME, NOMAD_SHORT_ALLOC_ID, args, mounts",
    ],
  ] as const
) {
  Deno.test(`presets ${presets} have the guard '${guard}' and hide '${hide}'`, () => {
    assertEquals(needs(rights(`preset: [${presets}]`)), [guard, hide]);
    assertEquals(
      needs(flagged(`--preset=${presets.replaceAll(" ", "")}`)),
      [guard, hide],
    );
  });
}

Deno.test("what a client says itself takes the place of its presets', each for itself", () => {
  const all = "env, args, mounts";
  for (
    const [keys, guard, hide] of [
      ["guard: none", "-", all],
      ["hide: none", "standard targets", "-"],
      ["guard: none, hide: none", "-", "-"],
      ["guard: strict", "strict", all],
      ["guard: { binds: [/srv] }", "standard binds", all],
      ["hide: args", "standard targets", "args"],
    ] as const
  ) {
    const found = rights(`preset: sablier, ${keys}`);
    assertEquals(needs(found), [guard, hide], keys);
  }
  assertEquals(
    needs(flagged("--preset=sablier", "--guard=none", "--hide=none")),
    ["-", "-"],
  );
  assertEquals(
    needs(flagged("--preset=sablier", "--guard=standard", "--hide=env")),
    ["standard", "env"],
  );
});

Deno.test("none of the flags does not take away in silence what the file's default says", () => {
  const policy = policyFile("default: { guard: standard, hide: env }");
  for (
    const [flag, said] of [
      ["--guard=none", "--guard: default of the policy file has a guard too"],
      ["--hide=none", "--hide: default of the policy file has hide too"],
    ] as const
  ) {
    const { problems } = readConfig(readFlags([flag]), {}, policy);
    assert(problems?.[0]?.startsWith(said), String(problems));
  }
  const none = policyFile("default: { guard: none, hide: none }");
  for (const flag of ["--guard=strict", "--hide=env"]) {
    const { problems } = readConfig(readFlags([flag]), {}, none);
    assertEquals(problems?.length, 1, flag);
  }
});

Deno.test("presets of flags and of the file's default count together", () => {
  const file = policyFile("default: { preset: dozzle }").file;
  const of = (...argv: string[]) => compile(config(argv).grants, file).rest;
  assertEquals(needs(of("--preset=cadvisor")), ["-", "env, args"]);
  assertEquals(needs(of("--preset=trivy")), ["-", "-"]);
  assertEquals(needs(of("--hide=none")), ["-", "-"]);
  assertEquals(needs(of()), ["-", "env, args, mounts"]);
});

Deno.test("what a preset grants itself stays beside what it hides; what shows it otherwise is named, or left out", () => {
  const dozzle = rights("preset: dozzle");
  assert(allowed(dozzle, "container.logs"));
  assertEquals([...dozzle.hiding.leftOut], []);
  assertEquals([...dozzle.hiding.named], []);
  assertEquals([...dozzle.hiding.ofPresets], [
    ["container.logs", ["env", "args", "mounts"]],
  ]);
  const wild = rights("preset: dozzle, allow: ['container.*']");
  assert(allowed(wild, "container.logs"));
  assert(!allowed(wild, "container.export"));
  assert(!allowed(wild, "container.create"));
  const named = rights("preset: traefik, allow: [container.logs]");
  assert(allowed(named, "container.logs"));
  assertEquals([...named.hiding.named.keys()], ["container.logs"]);
  // A hide of one's own is not the preset's.
  assert(!allowed(rights("preset: dozzle, hide: env"), "container.logs"));
  const switches = flagged("--preset=traefik", "--containers", "--post");
  assert(allowed(switches, "container.stats"));
  assert(!allowed(switches, "container.logs"));
});

Deno.test("what cannot stand beside what a preset hides stops the start, and says what to write", () => {
  for (const rule of ["container.create", "GET /new/route"]) {
    const text = problem(["--preset=traefik", `--allow=${rule}`]);
    assert(text.includes("preset traefik hides here"), text);
    assert(text.includes("hide: none"), text);
    for (const more of ["--hide=none", "--preset=traefik@1,traefik@1"]) {
      const argv = ["--preset=traefik", `--allow=${rule}`];
      assertEquals(
        problem(
          more.startsWith("--preset") ? [more, argv[1]!] : [...argv, more],
        ),
        "",
      );
    }
  }
});

/** The kinds of the conditions of an operation. */
function kinds(found: Rights, name: string): string[] {
  const conditions = conditionsOf(
    compile(grants({})),
    found,
    OPERATION_BY_NAME.get(name)!,
  );
  return conditions === "unreadable"
    ? [conditions]
    : conditions.map(({ kind }) => kind);
}

Deno.test("a preset's guard holds for what is granted beside", () => {
  const found = rights("preset: gitlab-runner, allow: [plugin.pull]");
  for (const name of ["container.create", "plugin.pull"]) {
    assert(kinds(found, name).includes("guard"), name);
  }
  assertEquals(knobOf(found.guard!, "plugins").verdict, "deny");
  assertEquals(found.guard!.setting, "preset gitlab-runner");
});

Deno.test("a target that may be any is not looked up", () => {
  const of = (preset: string, name: string) =>
    kinds(rights(`preset: ${preset}`), name);
  assertEquals(of("dozzle-actions", "container.restart"), []);
  assertEquals(of("dozzle-actions", "container.start"), ["guard"]);
  assertEquals(of("dozzle-shell", "exec.start"), ["guard"]);
  assertEquals(of("portainer", "container.restart"), ["guard"]);
});

Deno.test("decide() has the answers of a preset's client rewritten", () => {
  const policy = compile(config(["--preset=dozzle"]).grants);
  const of = (target: string) =>
    decide(policy, { name: null }, plainRequest("GET", target));
  const answersOf = (target: string) => {
    const decision = of(target);
    if (decision.outcome !== "conditional") throw new Error(decision.outcome);
    return decision.conditions.map((one) =>
      one.kind === "hide" && one.answers?.kind
    );
  };
  assertEquals(answersOf("/containers/web/json"), ["one"]);
  // Only the query of logs is judged.
  assertEquals(answersOf("/containers/web/logs?stdout=1"), [undefined]);
  assertEquals(of("/containers/web/export").outcome, "refused");
  const first = compile(config(["--preset=dozzle@1"]).grants);
  assertEquals(
    decide(first, { name: null }, plainRequest("GET", "/containers/web/json"))
      .outcome,
    "allowed",
  );
});

Deno.test("variables that a preset needs are shown, others are not", () => {
  const { hide } = rights("preset: nginx-proxy");
  if (hide === null) throw new Error("nothing is hidden");
  assert(hidesWord(hide, "env"));
  for (const name of ["VIRTUAL_HOST", "VIRTUAL_HOST_MULTIPORTS", "HSTS"]) {
    assert(!hidesVariable(hide, name), name);
  }
  for (const name of ["DB_PASSWORD", "ACME_EAB_HMAC_KEY", "virtual_host"]) {
    assert(hidesVariable(hide, name), name);
  }
});

Deno.test("a build by BuildKit keeps to the guard of docker-build, as the docker command sends it", () => {
  const build = (query: string) => {
    const request = readGuarded(
      "image.build",
      [],
      query,
      "v1.45",
      new Uint8Array(0),
    );
    if ("problem" in request) throw new Error(request.problem);
    const { guard } = rights("preset: docker-build");
    return judgeGuard(guard!, request, {
      containers: new Map(),
      volumes: new Map(),
      networks: new Map(),
      execs: new Map(),
    }).refused.map(({ remedy }) => remedy);
  };
  const query =
    "buildargs=%7B%7D&buildid=1f&cachefrom=%5B%5D&cgroupparent=&cpuperiod=0&cpuquota=0&cpusetcpus=&cpusetmems=&cpushares=0&dockerfile=Dockerfile&labels=%7B%7D&memory=0&memswap=0&networkmode=default&remote=client-session&rm=1&session=ab&shmsize=0&t=app&target=&ulimits=null&version=2";
  assertEquals(build(query), []);
  assertEquals(build(query.replace("=default", "=host")), [
    "namespaces: [net]",
  ]);
});

/** A made-up preset as a rule. */
function rule(
  operations: string,
  guard: string,
  hide: string,
): OperationRule {
  const preset: Preset = {
    ...findPreset("traefik") as Preset,
    operations: operations.split(" "),
    guard,
    hide,
  };
  return {
    kind: "operations",
    text: "app",
    setting: "preset",
    names: new Set(preset.operations),
    preset,
  };
}

Deno.test("an odd entry leaves the guard of others, and a version without one counts by its operations", () => {
  const known = rule("container.create container.list", "standard", "env");
  const guard = { guard: null };
  const hide = { hide: null };
  for (const entry of ["strict", "standardx", "STANDARD"]) {
    const odd = rule("container.create", entry, "-");
    assertEquals(
      effectiveGuard({ allow: [known, odd], ...guard })?.level,
      "standard",
    );
  }
  // An operation without a row could show anything, and be anything.
  const strange = rule("new.thing", "", "");
  assertEquals(effectiveGuard({ allow: [known, strange], ...guard }), null);
  assertEquals(effectiveHide({ allow: [known, strange], ...hide }), null);
  assertEquals(effectiveHide({ allow: [strange], ...hide }), null);
});
