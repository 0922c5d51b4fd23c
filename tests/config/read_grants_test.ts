import { assertEquals, assertStringIncludes } from "@std/assert";
import { readFlags } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { config, problem } from "../support/config.ts";

for (
  const [value, on] of [
    ["1", true],
    ["2", true],
    ["+1", true],
    ["-1", true],
    ["0", false],
    ["00", false],
    ["", false],
    ["false", false],
    ["False", false],
    ["no", false],
    ["off", false],
  ] as const
) {
  Deno.test(`readConfig() reads CONTAINERS='${value}' as ${on ? "on" : "off"}`, () => {
    const read = config([], { CONTAINERS: value });
    assertEquals(read.grants.switches.get("CONTAINERS")?.on, on);
  });
}

for (const value of ["true", "yes", "on", "TRUE"]) {
  Deno.test(`readConfig() stops at POST=${value}, which the original reads as off`, () => {
    assertStringIncludes(
      problem([], { POST: value }),
      `POST=${value}: docker-socket-proxy reads '${value}' as 0: expected 1 or 0`,
    );
  });
}

Deno.test("readConfig() ignores variables of other programs", () => {
  const read = config([], {
    VERSION: "3.2",
    COMMIT: "ab12",
    PORT: "1",
    PATH: "/bin",
    HOME: "/root",
    TZ: "UTC",
    CI: "1",
    SOCKWARDEN_SERVICE_HOST: "10.0.0.1",
    SOCKWARDEN_PORT_2375_TCP: "tcp://10.0.0.1:2375",
  });
  assertEquals(read.grants.switches.size, 0);
  assertEquals(read.warnings.length, 2);
});

Deno.test("readConfig() warns of VERSION, COMMIT and BUILD with a value of another program, and keeps their default", () => {
  const { warnings, grants } = config([], { VERSION: "3.2", BUILD: "ab12" });
  assertEquals(warnings.toSorted(), [
    "BUILD=ab12 is ignored, since it may be a variable of another program: BUILD stays off; set BUILD=1 or BUILD=0 to change it",
    "VERSION=3.2 is ignored, since it may be a variable of another program: VERSION stays on; set VERSION=1 or VERSION=0 to change it",
  ]);
  assertEquals(grants.switches.size, 0);
  assertEquals(problem(["--version=3.2"]), "--version=3.2: expected 1 or 0");
});

Deno.test("readConfig() names the source of each switch", () => {
  const { grants } = config(["--images", "--post=2", "--exec=0"], {
    INFO: "1",
    IMAGES: "0",
  });
  assertEquals(
    [...grants.switches.values()].map(({ on, source }) => `${on} ${source}`)
      .toSorted(),
    ["false --exec=0", "true --images", "true --post=2", "true INFO=1"],
  );
});

for (
  const [argv, expected] of [
    [
      ["--allow-self=GET /new"],
      "--allow-self 'GET /new': expected an operation such as container.restart, not a path",
    ],
    [
      ["--allow-origin=https://a/b"],
      "--allow-origin 'https://a/b': expected an origin such as https://portainer.example, without a path",
    ],
  ] as const
) {
  Deno.test(`readConfig() refuses ${argv.join(" ")}`, () => {
    assertEquals(problem([...argv]), expected);
  });
}

Deno.test("readConfig() counts switches that are on by default only without a policy file and a preset", () => {
  assertEquals(config([]).grants.defaultSwitches, true);
  assertEquals(
    config(["--allow=container.list"]).grants.defaultSwitches,
    true,
  );
  const preset = config(["--preset=autoheal", "--events"]);
  assertEquals(preset.grants.defaultSwitches, false);
  assertEquals([...preset.grants.switches.keys()], ["EVENTS"]);
  const policy = {
    file: {
      path: "p",
      clients: [],
      rest: {
        allow: [],
        deny: [],
        allowSelf: [],
        origins: [],
        scope: null,
        guard: null,
        hide: null,
        limits: null,
      },
    },
    listeners: [],
    warnings: [],
  };
  const read = readConfig(readFlags([]), {}, policy);
  assertEquals(read.config?.grants.defaultSwitches, false);
});

Deno.test("readGrantSettings() warns of a number of another program that turns a switch on", () => {
  const of = (environment: Record<string, string>, argv: string[] = []) =>
    config(argv, environment).warnings.filter((text) =>
      text.includes("turns the switch")
    );
  assertEquals(of({ COMMIT: "1234567", POST: "1" }), [
    "COMMIT=1234567 turns the switch COMMIT on, since every integer but 0 does: write COMMIT=1 if that is intended; if it is a number of another program, unset it or add --commit=0",
  ]);
  assertEquals(of({ BUILD: "20260101" }, ["--post"]).length, 1);
  assertEquals(of({ BUILD: "20260101", COMMIT: "2", POST: "1" }).length, 2);
  // Without POST they grant nothing, and VERSION is on by default.
  assertEquals(of({ BUILD: "20260101" }), []);
  assertEquals(of({ VERSION: "7", POST: "1" }), []);
  assertEquals(of({ BUILD: "1", COMMIT: "0", POST: "1" }), []);
  assertEquals(of({ BUILD: "7", POST: "1" }, ["--build=0"]), []);
  assertEquals(of({ POST: "1" }, ["--build=7"]), []);
});
