/**
 * The tables are complete: they have the fields of the API's own structures,
 * which a Go program lists from the modules (`go/facts.sh`).
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { fold } from "../../../lib/docker/fold.ts";

import {
  BODIES,
  isJudged,
  tables,
} from "../../../lib/guard/schema/operations.ts";
import {
  KNOBS,
  parseTables,
  parseType,
  type Type,
} from "../../../lib/guard/schema/table.ts";

/** Fields that podman's compatible calls read, and Docker's do not, and some that clients write for no engine. */
const BEYOND: readonly (readonly [string, string, string])[] = [
  ["ContainerCreate", "Name", "string"],
  ["ContainerCreate", "EnvMerge", "[]string"],
  ["ContainerCreate", "UnsetEnv", "[]string"],
  ["ContainerCreate", "UnsetEnvAll", "bool"],
  ["ExecCreate", "Container", "string"],
  ["ExecCreate", "containerId", "string"],
  ["ExecStart", "h", "uint16"],
  ["ExecStart", "w", "uint16"],
  ["ExecStart", "hijack", "bool"],
  ["ExecStart", "stdin", "bool"],
];

const facts = Deno.readTextFileSync(new URL("facts.tsv", import.meta.url))
  .trimEnd().split("\n").map((line) =>
    line.split("\t") as [string, string, string, string]
  );

/** Every row below a type as `path<TAB>type`, with a structure as `{}`: as the Go program writes it. */
function rowsBelow(type: Type, path: string): string[] {
  switch (type.kind) {
    case "scalar":
      return [];
    case "pointer":
      return rowsBelow(type.to, path);
    case "list":
      return rowsBelow(type.of, `${path}[]`);
    case "map":
      return rowsBelow(type.of, `${path}{}`);
    case "struct":
      return [...tables().get(type.name)!.values()].flatMap((field) => {
        const at = path === "" ? field.name : `${path}.${field.name}`;
        const go = field.structure === null
          ? field.go
          : field.go.replace(field.structure, "{}");
        return [`${at}\t${go}`, ...rowsBelow(field.type, at)];
      });
  }
}

const bodies = [...new Set(Object.values(BODIES))];

for (const body of bodies) {
  Deno.test(`schema: ${body} has the fields of the API's structures, and no more`, () => {
    const expected = new Map<string, string>();
    for (const [of, path, type] of facts) {
      if (of !== body) continue;
      // The newest structures come first.
      if (!expected.has(path)) expected.set(path, type);
      // One table serves HostConfig and the root, where older engines read it.
      if (body === "ContainerCreate" && path.startsWith("HostConfig.")) {
        expected.set(path.replace("HostConfig.", ""), type);
      }
    }
    for (const [of, path, type] of BEYOND) {
      if (of === body) expected.set(path, type);
    }
    assertEquals(
      rowsBelow(parseType(body), "").sort(),
      [...expected].map(([path, type]) => `${path}\t${type}`).sort(),
    );
  });
}

Deno.test("schema: every body of the API's structures belongs to an operation", () => {
  assertEquals(
    [...new Set(facts.map(([body]) => body))].sort(),
    bodies.toSorted(),
  );
});

Deno.test("schema: every structure is reached from a body, and none is missing", () => {
  const reached = new Set<string>();
  const visit = (name: string) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const { structure } of tables().get(name)!.values()) {
      if (structure !== null) visit(structure);
    }
  };
  for (const body of bodies) visit(body.replace("[]", ""));
  // These two are only added to others.
  reached.add("Config").add("Resources");
  assertEquals([...tables().keys()].sort(), [...reached].sort());
});

Deno.test("schema: every knob judges a field", () => {
  const used = new Set(
    [...tables().values()].flatMap((rows) =>
      [...rows.values()].map(({ knob }) => knob)
    ),
  );
  assertEquals([...used].sort(), [...KNOBS].sort());
});

Deno.test("schema: an other spelling folds to the field's name", () => {
  for (const rows of tables().values()) {
    for (const { name, others } of rows.values()) {
      for (const other of others) assertEquals(fold(other), fold(name));
    }
  }
});

Deno.test("schema: isJudged knows operations, and nothing that objects inherit", () => {
  assert(isJudged("container.create"));
  for (
    const name of [
      "container.list",
      "libpod.container.create",
      "toString",
      "__proto__",
    ]
  ) {
    assert(!isJudged(name), name);
  }
});

Deno.test("schema: a malformed table is an error", () => {
  for (
    const text of [
      "= A\nB string",
      "= A\nB string nothing",
      "= A\nB text free",
      "= A\nB map[int]string free",
      "= A\nB string free\nb string free",
      "= A\n+ B",
    ]
  ) {
    assertThrows(() => parseTables([text]), Error, undefined, text);
  }
});

Deno.test("parseType() reads Go's types", () => {
  const text = { kind: "scalar", scalar: "string" } as const;
  assertEquals(parseType("string"), text);
  assertEquals(parseType("*string"), { kind: "pointer", to: text });
  assertEquals(parseType("[]string"), { kind: "list", of: text, length: null });
  assertEquals(parseType("[2]string"), { kind: "list", of: text, length: 2 });
  assertEquals(parseType("map[string]string"), {
    kind: "map",
    ports: false,
    of: text,
  });
  assertEquals(parseType("map[port][]*Mount"), {
    kind: "map",
    ports: true,
    of: {
      kind: "list",
      of: { kind: "pointer", to: { kind: "struct", name: "Mount" } },
      length: null,
    },
  });
});

Deno.test("parseTables() gives each row its spellings, its type, its knob and the structure inside of it", () => {
  const rows = parseTables([
    "= A\n+ B\nMode|mode map[string]*B swarm",
    "= B\nName string free",
  ])
    .get("A")!;
  assertEquals([...rows], [
    ["name", {
      name: "Name",
      others: [],
      go: "string",
      type: parseType("string"),
      knob: "free",
      structure: null,
    }],
    ["mode", {
      name: "Mode",
      others: ["mode"],
      go: "map[string]*B",
      type: parseType("map[string]*B"),
      knob: "swarm",
      structure: "B",
    }],
  ]);
});
