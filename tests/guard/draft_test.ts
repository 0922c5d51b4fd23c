import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  addHostname,
  addLabels,
  addLinks,
  addMode,
  addName,
  addNetwork,
  addNetworkMode,
  addReference,
  addTemplate,
  complainOfPath,
  createDraft,
  type Draft,
} from "../../lib/guard/draft.ts";

/** What an addition leaves in an empty draft, apart from what stays empty. */
function drafted(add: (draft: Draft) => void): Record<string, unknown> {
  const problems: string[] = [];
  const draft = createDraft((problem) => problems.push(problem));
  add(draft);
  const { complain: _, unknown, inherits, ...lists } = draft;
  return Object.fromEntries(
    Object.entries({
      ...lists,
      problems,
      inherits: inherits ?? [],
      unknown: Object.entries(unknown).filter(([, why]) => why !== null)
        .map(([what]) => what),
    }).filter(([, list]) => list.length > 0),
  );
}

for (
  const [reference, found] of [
    ["web", "web"],
    ["/web", "web"],
    ["a", "a"],
    ["0", "0"],
    ["A_b.c-1", "A_b.c-1"],
  ] as const
) {
  Deno.test(`addReference() takes '${reference}'`, () => {
    assertEquals(
      drafted((draft) => addReference(draft, draft.touches, reference, "X")),
      { touches: [found] },
    );
  });
}

for (const reference of ["/", "//web", "a/b", "-a", ".a", "a b", "a\n", "é"]) {
  Deno.test(`addReference() refuses ${JSON.stringify(reference)}`, () => {
    assertEquals(
      drafted((draft) => addReference(draft, draft.joins, reference, "X.Y")),
      {
        problems: [`'${reference}' in X.Y is not a name or id of a container`],
      },
    );
  });
}

Deno.test("addReference() takes no reference for none", () => {
  assertEquals(
    drafted((draft) => addReference(draft, draft.joins, "", "X")),
    {},
  );
});

Deno.test("addName() takes a name without its slash, and no empty one", () => {
  assertEquals(drafted((draft) => addName(draft, "/web")), { names: ["web"] });
  assertEquals(drafted((draft) => addName(draft, "web")), { names: ["web"] });
  assertEquals(drafted((draft) => addName(draft, "a/b")), { names: ["a/b"] });
  assertEquals(drafted((draft) => addName(draft, "")), {});
});

Deno.test("addLabels() takes each label, and complains of a value that is not a string", () => {
  assertEquals(
    drafted((draft) => addLabels(draft, { a: "1", b: null }, "Labels")),
    { labels: [["a", "1"], ["b", ""]] },
  );
  assertEquals(
    drafted((draft) => addLabels(draft, { a: 1 }, "Labels")).problems,
    ["Labels.a is not a string"],
  );
  assertEquals(
    drafted((draft) => addLabels(draft, { "a=b": "" }, "Labels")).problems,
    [
      "engines read the label 'a=b' in Labels in different ways; leave = out of its key",
    ],
  );
  assertEquals(drafted((draft) => addLabels(draft, null, "Labels")), {});
});

Deno.test("addHostname() adds the host name alone, and with its domain if there is one", () => {
  const aliases = (hostname: string, domain: string) =>
    drafted((draft) => addHostname(draft, hostname, domain));
  assertEquals(aliases("web", ""), { aliases: ["web"] });
  assertEquals(aliases("web", "lan"), { aliases: ["web", "web.lan"] });
  assertEquals(aliases("", "lan"), {});
  assertEquals(aliases("", ""), {});
});

Deno.test("addTemplate() adds an alias, and notes where it is a template", () => {
  const added = (text: string) => drafted((draft) => addTemplate(draft, text));
  assertEquals(added("web"), { aliases: ["web"] });
  assertEquals(added("{web}"), { aliases: ["{web}"] });
  assertEquals(added("{{.Node}}"), {
    aliases: ["{{.Node}}"],
    unknown: ["aliases"],
  });
  assertEquals(added(""), {});
});

Deno.test("addLinks() touches the linked containers, and ignores their aliases", () => {
  assertEquals(
    drafted((draft) => addLinks(draft, ["web:w", "/db", "x:y:z"], "Links")),
    { touches: ["web", "db", "x"] },
  );
  assertEquals(
    drafted((draft) => addLinks(draft, ["a/b:c"], "Links")).problems,
    ["'a/b' in Links is not a name or id of a container"],
  );
});

Deno.test("addNetwork() notes the host's network alone", () => {
  const added = (name: string) => drafted((draft) => addNetwork(draft, name));
  assertEquals(added("host"), { unknown: ["addresses"] });
  for (const name of ["", "bridge", "default", "none", "Host", "my_net"]) {
    assertEquals(added(name), {});
  }
});

Deno.test("addNetwork() keeps what may be the start of an id", () => {
  for (const name of ["0", "235e736b83ba", "afgjtmynxv11", "hosts", "pastas"]) {
    assertEquals(
      drafted((draft) => addNetwork(draft, name)),
      { networks: [name] },
    );
  }
});

for (
  const [mode, expected] of [
    ["", {}],
    ["bridge", {}],
    ["none", {}],
    ["pastas", { networks: ["pastas"] }],
    ["host", { unknown: ["addresses"] }],
    ["pasta", { unknown: ["addresses"] }],
    ["pasta:-T,80", { unknown: ["addresses"] }],
    ["slirp4netns", { unknown: ["addresses"] }],
    ["slirp4netns:mtu=1", { unknown: ["addresses"] }],
    ["container:web", { joins: ["web"] }],
    ["container:/web", { joins: ["web"] }],
    ["containers:web", { unknown: ["aliases", "addresses"] }],
    ["back:ip=10.0.0.1", { unknown: ["aliases", "addresses"] }],
    ["container:", { problems: ["X=container: does not name a container"] }],
    ["container:a/b", {
      problems: ["'a/b' in X is not a name or id of a container"],
    }],
    ["ns:/proc/1/ns/net", {
      problems: [
        "'ns:/proc/1/ns/net' in X joins a namespace by its path; name a container instead",
      ],
    }],
  ] as const
) {
  Deno.test(`addNetworkMode() reads '${mode}'`, () => {
    assertEquals(
      drafted((draft) => addNetworkMode(draft, mode, "X")),
      expected,
    );
  });
}

for (
  const [mode, expected] of [
    ["", {}],
    ["host", {}],
    ["private", {}],
    ["keep-id:uid=1", {}],
    ["xcontainer:web", {}],
    ["container:web", { joins: ["web"] }],
    ["container:", { problems: ["X=container: does not name a container"] }],
    ["ns:/a", {
      problems: [
        "'ns:/a' in X joins a namespace by its path; name a container instead",
      ],
    }],
  ] as const
) {
  Deno.test(`addMode() reads '${mode}'`, () => {
    assertEquals(drafted((draft) => addMode(draft, mode, "X")), expected);
  });
}

Deno.test("complainOfPath() cuts a long path", () => {
  const [problem] = drafted((draft) =>
    complainOfPath(draft, "/".repeat(200), "X")
  ).problems as string[];
  assertStringIncludes(problem!, `'${"/".repeat(80)}…'`);
});
