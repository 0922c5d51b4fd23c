/** Tars, read by Go's own reader beside ours: what ours takes, Go takes alike. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  cleanPath,
  endTar,
  feedTar,
  openTar,
  type TarEntry,
} from "../../lib/guard/tar.ts";
import {
  type Entry,
  entryOf,
  join,
  paxRecord,
  TAR_END,
} from "../support/tar.ts";

/** Lists each file's entries: a line of JSON for a file. */
const LISTER = `package main

import (
	"archive/tar"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
)

type entry struct {
	Name, Target, Content string
	Type                  string
}

func main() {
	out := json.NewEncoder(os.Stdout)
	for _, path := range os.Args[1:] {
		file, _ := os.Open(path)
		reader := tar.NewReader(file)
		entries := []entry{}
		problem := ""
		for {
			head, err := reader.Next()
			if err == io.EOF {
				break
			}
			var content []byte
			if err == nil {
				content, err = io.ReadAll(reader)
			}
			if err != nil {
				problem = err.Error()
				break
			}
			code := base64.StdEncoding.EncodeToString
			entries = append(entries, entry{code([]byte(head.Name)), code([]byte(head.Linkname)), code(content), string(rune(head.Typeflag))})
		}
		file.Close()
		out.Encode(map[string]any{"entries": entries, "problem": problem})
	}
}
`;

const ENV = { GO111MODULE: "off", GOFLAGS: "", GOTOOLCHAIN: "local" };

async function go(...args: string[]): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("go", {
      args,
      env: ENV,
    }).output();
    return success ? new TextDecoder().decode(stdout) : null;
  } catch {
    return null;
  }
}

const hasGo = await go("version") !== null;

const NAMES = ["Dockerfile", "./Dockerfile", "/a", "a/", "a/b", "\xe9", ""];
const MAGICS = [
  "ustar\x0000",
  "ustar  \0",
  "\0".repeat(8),
  "ustar\0  ",
  "ustar\x0001",
];

const record = fc.tuple(
  fc.constantFrom(
    ...["path", "linkpath", "size", "mtime", "comment", "GNU.sparse.name"],
  ),
  fc.constantFrom("Dockerfile", "", "3", "1.5", "a\0b", "b/c"),
);

const entry: fc.Arbitrary<Entry> = fc.record({
  name: fc.constantFrom(...NAMES),
  type: fc.constantFrom(...("0".repeat(20) + "11223567\0\0gS")),
  content: fc.constantFrom("", "", "", "abc", "x".repeat(600)),
  target: fc.constantFrom("", "a", "./Dockerfile"),
  prefix: fc.constantFrom("", "", "", "p/q"),
  magic: fc.constantFrom(MAGICS[0]!, MAGICS[0]!, MAGICS[1]!, ...MAGICS),
  wrong: fc.constantFrom(0, 0, 0, 0, 0, 1),
  fields: fc.constantFrom<Readonly<Record<number, string>>>(
    ...Array.from({ length: 12 }, () => ({})),
    { 124: "\x80" + "\0".repeat(10) + "\x03" },
    { 124: "\xff".repeat(12) },
    { 124: "3 " + "\0".repeat(10) },
    { 124: " \x003" },
    { 345: "00000000001\0" },
    { 508: "tar\0" },
  ),
});

/** Entries with extended headers before some. */
const blocks: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: entry.map(entryOf) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.array(record, { maxLength: 3 }),
      fc.constantFrom("x", "x", "x", "g"),
    ).map(([records, type]) =>
      entryOf({
        name: "PaxHeaders/x",
        type,
        content: records.map(([key, value]) => paxRecord(key, value)).join(""),
      })
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom("L", "K"),
      fc.constantFrom("Dockerfile\0", "long/name\0\0more", "\0"),
    ).map(([type, content]) =>
      entryOf({ name: "././@LongLink", type, content, magic: MAGICS[1]! })
    ),
  },
);

const tars = fc.tuple(
  fc.array(blocks, { maxLength: 4 }),
  fc.constantFrom(TAR_END, TAR_END, TAR_END.subarray(512), new Uint8Array(0)),
  fc.constantFrom("", "", "", "junk"),
).map(([parts, end, rest]) =>
  join([...parts, end, new TextEncoder().encode(rest)])
);

function read(bytes: Uint8Array) {
  const entries: TarEntry[] = [];
  const contents: Uint8Array[] = [];
  const tar = openTar({
    entry: (entry) => entries.push(entry) > 0,
    content: (content) => contents.push(content),
  });
  feedTar(tar, bytes);
  return { entries, contents, problem: endTar(tar) };
}

interface Listed {
  readonly entries: readonly {
    readonly Name: string;
    readonly Target: string;
    readonly Content: string;
    readonly Type: string;
  }[];
  readonly problem: string;
}

const KINDS: Readonly<Record<string, TarEntry["kind"]>> = {
  "0": "file",
  "1": "hard link",
  "2": "link",
  "3": "special",
  "5": "folder",
  "6": "special",
};

Deno.test({
  name: "what is taken for a tar has the same entries for Go's reader",
  ignore: !hasGo,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-tar-" });
    try {
      const samples = fc.sample(tars, 3000);
      const paths = samples.map((_, i) => `${folder}/${i}.tar`);
      for (const [i, path] of paths.entries()) {
        await Deno.writeFile(path, samples[i]!);
      }
      await Deno.writeTextFile(`${folder}/main.go`, LISTER);
      const out = await go("run", `${folder}/main.go`, ...paths);
      if (out === null) throw new Error("the lister failed");
      const lists = out.trim().split("\n").map((one) => JSON.parse(one));
      let taken = 0;
      for (const [i, list] of lists.entries()) {
        const ours = read(samples[i]!);
        if (ours.problem !== null) continue;
        if (ours.entries.length > 0) taken++;
        assertAlike(ours, list);
      }
      assert(taken > 50, `only ${taken} were taken`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

function assertAlike(
  { entries, contents }: ReturnType<typeof read>,
  list: Listed,
): void {
  // What Go does not read is not built.
  if (list.problem !== "") return;
  // Go hands headers of all entries out; the engine leaves them.
  const theirs = list.entries.filter(({ Type }) => Type !== "g");
  assertEquals(
    entries.map(({ path, kind }, i) => [
      path,
      kind,
      btoa(String.fromCharCode(...contents[i]!)),
    ]),
    theirs.map(({ Name, Type, Content }) => [
      cleanPath(atob(Name)),
      KINDS[Type],
      Content,
    ]),
  );
  assertEquals(
    entries.map(({ target }) => target),
    theirs.map(({ Type, Target }) =>
      Type === "1" ? cleanPath(atob(Target)) : ""
    ),
  );
}
