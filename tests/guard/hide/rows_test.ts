import { assertEquals, assertThrows } from "@std/assert";
import { OPERATIONS } from "../../../lib/docker/operations.ts";
import {
  cannotHide,
  findFieldsProblem,
  hideRows,
  readRows,
} from "../../../lib/guard/hide/rows.ts";
import { HIDE_NOTHING, HIDE_WORDS } from "../../../lib/guard/hide/words.ts";
import { HIDE_ALL, only } from "./synthetic.ts";

Deno.test("every operation has one row, and every row an operation", () => {
  assertEquals(
    [...hideRows().keys()].sort(),
    OPERATIONS.map(({ name }) => name).sort(),
  );
});

Deno.test("an operation that shows secrets has places or cannot be hidden", () => {
  const bare = OPERATIONS
    .filter(({ access }) => access === "sensitive-read" || access === "exec")
    .filter(({ name }) => {
      const { kind, places, cannot } = hideRows().get(name)!;
      return kind !== "top" && places.length === 0 && cannot.length === 0;
    })
    .map(({ name }) => name);
  assertEquals(bare, []);
});

Deno.test("what is a tunnel, a tar or podman's own format has no places", () => {
  for (const { name, transport } of OPERATIONS) {
    const { kind, places } = hideRows().get(name)!;
    if (transport === "tunnel" || name.startsWith("libpod.")) {
      assertEquals([kind, places.length], ["other", 0], name);
    }
    if (kind === "other" || kind === "top") {
      assertEquals(places.length, 0, name);
    }
  }
});

Deno.test("no place lies below another one, or beside a key that * stands for", () => {
  for (const [name, { places }] of hideRows()) {
    for (const one of places) {
      for (const other of places) {
        const at = one.path.findIndex((step, i) => step !== other.path[i]);
        if (at < 0) {
          assertEquals(
            one.path.length,
            other.path.length,
            `${name} ${one.path}`,
          );
        } else if (at < other.path.length) {
          const steps = [one.path[at], other.path[at]];
          assertEquals(
            steps.includes("*") || steps.includes("[]"),
            false,
            `${name} ${one.path} ${other.path}`,
          );
        }
      }
    }
  }
});

Deno.test("what cannot be hidden is named by word", () => {
  assertEquals(cannotHide(HIDE_NOTHING, "container.logs"), []);
  assertEquals(cannotHide(HIDE_ALL, "container.inspect"), []);
  assertEquals(cannotHide(HIDE_ALL, "container.logs"), [...HIDE_WORDS]);
  assertEquals(cannotHide(only("args"), "image.export"), ["args"]);
  assertEquals(cannotHide(only("mounts"), "image.export"), []);
  assertEquals(cannotHide(only("env"), "no.such"), ["env"]);
  for (
    const name of [
      "container.archive.get",
      "container.attach",
      "container.attach.ws",
      "container.commit",
      "container.create",
      "container.exec.create",
      "container.export",
      "container.logs",
      "exec.start",
      "image.build",
      "image.export",
      "image.export.multi",
      "image.push",
      "libpod.container.create",
      "libpod.container.inspect",
      "libpod.image.inspect",
      "libpod.kube.generate",
      "libpod.pod.inspect",
    ]
  ) {
    assertEquals(cannotHide(only("env"), name), ["env"], name);
    assertEquals(cannotHide(only("args"), name), ["args"], name);
  }
  assertEquals(cannotHide(only("swarm"), "service.create"), ["swarm"]);
});

Deno.test("fields are those of an answer that has some", () => {
  assertEquals(findFieldsProblem("container.list", ["Id", "Ports[].IP"]), null);
  assertEquals(findFieldsProblem("system.version", ["Version"]), null);
  for (
    const [operation, paths] of [
      ["no.such", ["Id"]],
      ["container.logs", ["Id"]],
      ["container.top", ["Titles"]],
      ["container.list", []],
      ["container.list", ["Id", "Ports[0]"]],
    ] as const
  ) {
    assertEquals(typeof findFieldsProblem(operation, paths), "string");
  }
});

Deno.test("errors are hidden where a container is started", () => {
  const words = ["args", "mounts", "addresses"];
  for (const name of ["container.start", "container.restart"]) {
    assertEquals(hideRows().get(name)!.errors, words);
    assertEquals(hideRows().get(name)!.cannot, []);
  }
  assertEquals(hideRows().get("container.stop")!.errors, []);
});

Deno.test("where two marks meet at a path the stronger one comes first", () => {
  const strength = ["-", "~", ":", "%", "="];
  for (const [name, { places }] of hideRows()) {
    for (const [i, one] of places.entries()) {
      for (const other of places.slice(i + 1)) {
        if (one.path.join() !== other.path.join()) continue;
        const order = [one.mark, other.mark].map((m) => strength.indexOf(m));
        assertEquals(order[0]! <= order[1]!, true, `${name} ${one.path}`);
      }
    }
  }
});

Deno.test("a table is read with its structures", () => {
  const rows = readRows(
    "inner e=Env ma-X[]\nouter A@inner @inner",
    "a.b+c,d list @outer s~T !e !a ?mi\ne.f top",
  );
  assertEquals([...rows.keys()], ["a.b", "a.c", "d", "e.f"]);
  assertEquals(rows.get("a.c"), {
    kind: "list",
    places: [
      { words: ["env"], mark: "=", path: ["A", "Env"] },
      { words: ["mounts", "args"], mark: "-", path: ["A", "X", "[]"] },
      { words: ["env"], mark: "=", path: ["Env"] },
      { words: ["mounts", "args"], mark: "-", path: ["X", "[]"] },
      { words: ["swarm"], mark: "~", path: ["T"] },
    ],
    cannot: ["env", "args"],
    errors: ["mounts", "addresses"],
  });
});

Deno.test("a malformed table is not read", () => {
  for (
    const [row, message] of [
      ["a.b one\na.b one", "two rows for a.b"],
      ["a.b+b one", "two rows for a.b"],
      ["a.b one @none", "no structure none"],
      ["a.b one x=Env", "no part x=Env"],
      ["a.b one e?Env", "no part e?Env"],
      ["a.b one e=", "no part e="],
      ["a.b one e=[0]", "no part e=[0]"],
      ["a.b one Env", "no part Env"],
      ["a.b one !x", "no word x"],
    ] as const
  ) assertThrows(() => readRows("some e=Env", row), Error, message);
});

Deno.test("folders that options of runtimes and devices name are mounts", () => {
  const { places } = hideRows().get("system.info")!;
  for (const path of ["Runtimes.*.options", "CDISpecDirs"]) {
    const place = places.find((one) => one.path.join(".") === path);
    assertEquals(place?.words, ["mounts"], path);
  }
});
