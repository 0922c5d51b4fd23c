import { assertEquals } from "@std/assert";
import { readFlags, switchFlag } from "../../lib/config/flags.ts";

function values(...argv: string[]): Record<string, readonly string[]> {
  const { values, problems } = readFlags(argv);
  assertEquals(problems, []);
  return Object.fromEntries(values);
}

Deno.test("readFlags() reads --flag=VALUE and --flag VALUE alike", () => {
  const expected = { engine: ["/run/e.sock"], "log-level": ["debug"] };
  assertEquals(
    values("--engine=/run/e.sock", "--log-level=debug"),
    expected,
  );
  assertEquals(
    values("--engine", "/run/e.sock", "--log-level", "debug"),
    expected,
  );
});

Deno.test("readFlags() reads a bare switch as 1, and does not read the next argument as its value", () => {
  const { values, words, problems } = readFlags(
    ["--containers", "0", "--watch", "x", "--post=0"],
    { maxWords: 2 },
  );
  assertEquals(Object.fromEntries(values), {
    containers: ["1"],
    watch: ["1"],
    post: ["0"],
  });
  assertEquals(words, ["0", "x"]);
  assertEquals(problems, []);
});

Deno.test("readFlags() keeps the order of a repeatable flag, and values that look like numbers", () => {
  assertEquals(values("--allow=b", "--allow", "a", "--max-headers=0x10"), {
    allow: ["b", "a"],
    "max-headers": ["0x10"],
  });
});

Deno.test("readFlags() reads --no-sandbox as a flag of that name, and not as a negation", () => {
  const { values, words } = readFlags(["--no-sandbox", "a"], { maxWords: 1 });
  assertEquals(Object.fromEntries(values), { "no-sandbox": ["1"] });
  assertEquals(words, ["a"]);
  assertEquals(readFlags(["--no-watch"]).problems.length, 1);
});

Deno.test("readFlags() reads words beside flags in any order, as they are written", () => {
  const own = { flags: ["client"], maxWords: 2 };
  for (
    const argv of [
      ["--client", "ci", "GET", "007", "--containers"],
      ["GET", "--containers", "007", "--client=ci"],
      ["--containers", "--client=ci", "--", "GET", "007"],
    ]
  ) {
    const { values, words, problems } = readFlags(argv, own);
    assertEquals(values.get("client"), ["ci"]);
    assertEquals(values.get("containers"), ["1"]);
    assertEquals(words, ["GET", "007"]);
    assertEquals(problems, []);
  }
});

for (
  const [argv, expected] of [
    [["a"], "unexpected argument 'a'; see sockwarden --help"],
    [["--nonsense"], "unknown flag --nonsense; see sockwarden --help"],
    [["--nonsense=1"], "unknown flag --nonsense; see sockwarden --help"],
    [["--contianers"], "unknown flag --contianers; did you mean --containers?"],
    [["-abc"], "unknown flag -abc; see sockwarden --help"],
    [["-x"], "unknown flag -x; see sockwarden --help"],
    [["-contianers"], "unknown flag -contianers; did you mean --containers?"],
    [["-log-level", "7"], "-log-level has one dash: write --log-level"],
    [["-config=x"], "-config has one dash: write --config"],
    [["-containers"], "-containers has one dash: write --containers"],
    [
      ["-listenip=0.0.0.0", "-proxyport=1", "-listenip=::"],
      "-listenip, -proxyport: not a flag here, but of another proxy: set SOCKWARDEN_LISTEN (docs/migration-others.md)",
    ],
    [
      ["-allowGET=/version"],
      "-allowGET: not a flag here, but of another proxy: grant each call with --allow OPERATION; sockwarden explain METHOD PATH names it",
    ],
    [
      ["-backend-addr=x"],
      "-backend-addr: not a flag here, but of another proxy: set SOCKWARDEN_ENGINE or SOCKET_PATH",
    ],
    [["-help"], "-help has one dash: write --help"],
    [["-version"], "-version has one dash: write --version"],
    [["--client=a"], "unknown flag --client; see sockwarden --help"],
    [["--engine"], "--engine needs a value: write --engine=VALUE"],
    [["--engine", "--post"], "--engine needs a value: write --engine=VALUE"],
    [
      ["--engine=/a", "--engine=/b"],
      "--engine is given twice; give it once",
    ],
    [["--post", "--post=0"], "--post is given twice; give it once"],
    [
      ["--no-sandbox", "--no-sandbox", "--no-sandbox"],
      "--no-sandbox is given 3 times; give it once",
    ],
  ] as const
) {
  Deno.test(`readFlags() reports ${argv.join(" ")}`, () => {
    assertEquals(readFlags(argv).problems, [expected]);
  });
}

Deno.test("readFlags() reports a flag of the command's own that is given twice, and words beyond its number", () => {
  const own = { flags: ["client"], maxWords: 1 };
  assertEquals(
    readFlags(["--client=a", "x", "y", "--client=b"], own).problems,
    [
      "--client is given twice; give it once",
      "unexpected argument 'y'; see sockwarden --help",
    ],
  );
  assertEquals(readFlags(["--clint=a"], own).problems, [
    "unknown flag --clint; did you mean --client?",
  ]);
});

Deno.test("readFlags() leaves a word behind -- as it is written, and reads no flag in it", () => {
  const { words, problems } = readFlags(["--", "-post"], { maxWords: 1 });
  assertEquals(words, ["-post"]);
  assertEquals(problems, []);
});

Deno.test("switchFlag() writes a variable as a flag", () => {
  assertEquals(switchFlag("LIBPOD_ALLOW_START"), "libpod-allow-start");
});
