/** What a Dockerfile builds from, fetches and sets. */

import { assertEquals } from "@std/assert";
import { askingKnobs } from "../../../lib/guard/judge/asking.ts";
import { judgeDockerfile } from "../../../lib/guard/judge/dockerfile.ts";
import { collectorOf, factsOf, type OwnKnobs } from "./judging.ts";

const IMAGES: OwnKnobs = { images: ["app", "reg.io/*:1"] };

/** What is refused, as `knob line`. */
function judged(
  text: string,
  knobs: OwnKnobs = IMAGES,
  args: Record<string, string> = {},
): string[] {
  const collector = collectorOf({ knobs });
  const request = {
    operation: "image.build",
    parameters: [],
    query: "",
    version: null,
    body: null,
  };
  judgeDockerfile(
    { collector, request, facts: factsOf(), inspected: false, join: () => {} },
    new TextEncoder().encode(text),
    {
      name: "D",
      args: new Map(Object.entries(args)),
      knobs: askingKnobs(collector.rules),
    },
  );
  return collector.refused.map(({ knob, path }) =>
    `${knob} ${path.replace("D:", "")}`
  );
}

Deno.test("each stage is built from a listed image, a stage before it, or nothing", () => {
  assertEquals(
    judged(
      "FROM app AS One\nFROM scratch\nFROM One\nFROM --platform=$P reg.io/a/b:1 as two\nFROM two",
    ),
    [],
  );
  assertEquals(judged("FROM evil"), ["images 1"]);
  assertEquals(judged("FROM app\nRUN x\nFROM evil AS y"), ["images 3"]);
  assertEquals(judged("FROM two\nFROM app AS two"), ["images 1"]);
  assertEquals(judged("FROM app AS app2\nFROM reg.io/x:2"), ["images 2"]);
  assertEquals(judged("from \\\n evil"), ["images 1"]);
  assertEquals(judged("FROM Scratch"), ["images 1"]);
  // Dockerd takes the stage, podman the image.
  assertEquals(judged("FROM app AS Evil\nFROM evil"), ["images 2"]);
});

Deno.test("a FROM that cannot be read is refused with its line", () => {
  for (
    const from of [
      "$X",
      "app$X",
      "${X",
      "${X:+evil}",
      "${X#a}",
      '"app"',
      "a\\pp",
      "app b",
      "app as 1x",
      "app xx y",
      "",
      "--x=1 app",
    ]
  ) assertEquals(judged(`FROM app\nFROM ${from}`), ["images 2"], from);
});

Deno.test("variables are ARGs before the first FROM, or what the build gives for them", () => {
  const of = (head: string, from: string, args = {}) =>
    judged(`${head}\nFROM ${from}`, IMAGES, args);
  assertEquals(of("ARG B=app", "$B"), []);
  assertEquals(of('ARG A=1 B="app"', "${B}:latest"), []);
  assertEquals(of("ARG B=app", "$B", { B: "evil" }), ["images 2"]);
  assertEquals(of("ARG B", "$B", { B: "app" }), []);
  assertEquals(of("ARG B=app\nARG B=evil", "$B"), ["images 3"]);
  assertEquals(of("ARG B=app\nARG B", "$B"), ["images 3"]);
  assertEquals(of("ARG A=x", "${B:-app}"), []);
  assertEquals(of("ARG B=", "${B:-app}"), []);
  assertEquals(of("ARG B=", "${B-app}"), ["images 2"]);
  assertEquals(of("ARG B=evil", "${B:-app}"), ["images 2"]);
  assertEquals(of("ARG B=$A", "${B:-app}"), ["images 2"]);
  // Podman sets these by the platform that the build asks for.
  for (const name of ["TARGETOS", "TARGETVARIANT", "BUILDARCH"]) {
    assertEquals(of("", `\${${name}:-app}`), ["images 2"], name);
    assertEquals(of("", `\${${name}-app}`), ["images 2"], name);
    assertEquals(of(`ARG ${name}=app`, `$${name}`), ["images 2"], name);
    assertEquals(of(`ARG ${name}`, `$${name}`, { [name]: "app" }), [
      "images 2",
    ], name);
  }
  // It is not known there, as it is no argument of the Dockerfile.
  assertEquals(of("ARG A", "$B", { B: "app" }), ["images 2"]);
  assertEquals(judged("FROM app\nARG B=app\nFROM $B"), ["images 3"]);
  for (const arg of ['"B"=evil', "$X=evil", "B\\=x", "'a"]) {
    assertEquals(of(`ARG B=app\nARG ${arg}`, "$B"), ["images 2"], arg);
  }
});

Deno.test("COPY takes from a stage before it, or a listed image", () => {
  const copy = (from: string) =>
    judged(`FROM app AS a\nFROM app AS b\nCOPY --from=${from} x y`);
  for (const from of ["a", "0", "app", "reg.io/x:1"]) {
    assertEquals(copy(from), [], from);
  }
  for (const from of ["A", "b", "1", "2", "00", "+0", "evil", "$A", ""]) {
    assertEquals(copy(from), ["images 3"], from);
  }
  assertEquals(judged("FROM app\nONBUILD COPY --from=0 a b"), ["images 2"]);
  assertEquals(judged("FROM app\nCOPY --chown=1:1 a b"), []);
});

Deno.test("registries of all images are judged", () => {
  const knobs = { registries: ["docker.io"] };
  assertEquals(judged("FROM any\nCOPY --from=reg.io/x a b", knobs), [
    "registries 2",
  ]);
  assertEquals(judged("FROM any AS x\nFROM reg.io/x", knobs), [
    "registries 2",
  ]);
});

Deno.test("what podman takes for no registry is refused", () => {
  const knobs = { registries: ["docker.io"] };
  for (const image of ["dir:x", "oci-archive:x", "docker-archive:/etc/x"]) {
    assertEquals(judged(`FROM ${image}`, knobs), ["registries 1"], image);
  }
});

Deno.test("ADD fetches nothing where addresses are refused", () => {
  for (
    const add of [
      "http://x/y /z",
      "a HTTPS://x/y /z",
      "--chown=1 git@x:y /z",
      '["http://x", "/z"]',
      '["\\u0068ttp://x", "/z"]',
      "$X /z",
      "ht${X} /z",
      '"http://x" /z',
    ]
  ) {
    assertEquals(judged(`FROM app\nADD ${add}`), ["remote-context 2"], add);
  }
  assertEquals(judged("FROM app\nADD [a] /z"), ["images 2"]);
  assertEquals(
    judged("FROM app\nADD [a] http://x /z", {
      ...IMAGES,
      "remote-context": "allow",
    }),
    [],
  );
  for (const add of ["a$X /z", "http /z", '["a","/z"]', "./http://x /z"]) {
    assertEquals(judged(`FROM app\nADD ${add}`), [], add);
  }
});

Deno.test("variables and labels are judged by their names and values", () => {
  const env = { "env-forbidden": ["LD_*"] };
  assertEquals(judged("FROM any\nENV A=1 LD_X=2\nENV LD_Y 3", env), [
    "env-forbidden 2[1]",
    "env-forbidden 3[0]",
  ]);
  assertEquals(judged('FROM any\nENV A="LD_X=1" B=$C', env), []);
  assertEquals(judged("FROM any\nENV $A=1", env), ["env-forbidden 2"]);
  assertEquals(judged("FROM any\nONBUILD ENV LD_X=1", env), [
    "env-forbidden 2[0]",
  ]);
  const labels = { "labels-forbidden": ["traefik.*", "role=admin"] };
  assertEquals(
    judged(
      "FROM any\nLABEL a=b \\\n 'traefik.enable'=true\nLABEL role admin\nLABEL role=user x=1\nLABEL x=$Y",
      labels,
    ),
    [
      'labels-forbidden 2["traefik.enable"]',
      'labels-forbidden 4["role"]',
      "labels-forbidden 6",
    ],
  );
  assertEquals(
    judged("FROM any\nLABEL x=$Y", { "labels-forbidden": ["t.*"] }),
    [],
  );
  const checks = { healthcheck: "deny" };
  assertEquals(
    judged(
      "FROM any\nHEALTHCHECK --interval=1s CMD x\nHEALTHCHECK none",
      checks,
    ),
    ["healthcheck 2"],
  );
});

Deno.test("what only other builders know is refused", () => {
  assertEquals(judged("FROM app\nRUN --mount=from=evil x"), ["images 2"]);
  assertEquals(judged("# syntax=x\nFROM app"), ["images 1"]);
  assertEquals(judged("FROM app\nONBUILD FROM evil"), ["images 2"]);
  assertEquals(judged("FROM app\nONBUILD ONBUILD RUN x"), ["images 2"]);
});

Deno.test("each version's reading is judged, and told once", () => {
  assertEquals(
    judged("FROM evil\nRUN a \\\n # b\nFROM worse\nRUN c"),
    ["images 1", "images 4"],
  );
});

Deno.test("what cannot be read is warned of where all that asks warns", () => {
  assertEquals(judged("FROM $X", { images: "warn" }), []);
  assertEquals(
    judged("FROM $X", { images: "warn", "env-forbidden": ["A"] }),
    ["env-forbidden 1"],
  );
});

Deno.test("only as much is told as is read", () => {
  const text = "FROM any\n" +
    `LABEL ${Array.from({ length: 999 }, (_, i) => `a${i}=1`).join(" ")}`;
  assertEquals(judged(text, { "labels-forbidden": ["a*"] }).length, 64);
});
