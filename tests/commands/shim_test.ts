/**
 * The names `sh`, `wget`, `curl` and `nc` of the image answer health checks alone.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { readShim } from "../../lib/commands/shim.ts";

const URL_ = "http://localhost:2375/version";

/** Health checks as compose files have them, as the container's process sees them. */
const CHECKS: readonly (readonly string[])[] = [
  ["/bin/sh", "-c", `wget -q --spider ${URL_} || exit 1`],
  ["/bin/sh", "-c", `wget --no-verbose --tries=1 --spider ${URL_} || exit 1`],
  ["/bin/sh", "-c", `wget -q -O /dev/null ${URL_}`],
  ["/bin/sh", "-c", `wget -qO- ${URL_} || false`],
  ["/bin/sh", "-c", `wget -qO- "${URL_}" > /dev/null 2>&1 || exit 1`],
  ["/bin/sh", "-c", `wget -q -T 3 -t 1 --spider '${URL_}' || exit 1;`],
  ["/bin/sh", "-c", `curl -f ${URL_} || exit 1`],
  ["/bin/sh", "-c", `curl -fsS ${URL_} >/dev/null || exit 1`],
  ["/bin/sh", "-c", `/usr/bin/curl --silent --fail -o /dev/null ${URL_}`],
  ["sh", "-c", "wget --spider -q http://127.0.0.1:2375/_ping||exit 1"],
  ["sh", "-ec", "curl -sf --max-time 5 http://[::1]:2375/v1.43/_ping"],
  ["wget", "-q", "--spider", URL_],
  ["wget", "--quiet", "--tries=1", "--timeout", "3", "--spider", URL_],
  ["/usr/bin/wget", "--spider", "localhost:2375/_ping"],
  ["curl", "-f", "http://127.0.0.1:2375"],
  ["curl", "-fsSL", "-m", "5", "http://localhost:2375/info"],
  ["curl", "--fail", "--silent", "--output", "/dev/null", URL_],
  // As the files of public projects have them.
  ["./healthcheck"],
  ["nc", "-z", "localhost", "2375"],
  ["nc", "-zv", "localhost", "2375"],
  ["/usr/bin/nc", "-z", "-w", "2", "127.0.0.1", "2375"],
  ["nc", "-zw1", "::1", "2375"],
  ["sh", "-c", "nc -z localhost 2375"],
  ["sh", "-c", "nc -z localhost 2375 || exit 1"],
  ["sh", "-c", "nc -vz localhost 2375 > /dev/null 2>&1 || exit 1"],
  [
    "/bin/sh",
    "-c",
    "curl -s -o /dev/null -w '%{http_code}' http://localhost:2375 | grep -q '403' || exit 1",
  ],
  [
    "sh",
    "-c",
    'curl -s -w "%{http_code}\\n" -o /dev/null http://localhost:2375/images/json | grep -qE "403|200"',
  ],
  ["sh", "-c", "wget -qO- http://localhost:2375/_ping | grep -q OK"],
  [
    "sh",
    "-c",
    "wget -qO- localhost:2375/_ping 2>/dev/null | grep OK >/dev/null || exit 1",
  ],
  ["sh", "-c", `wget -qO- ${URL_} | grep -q '"ApiVersion"'`],
  ["/bin/sh", "-c", '[ "$(curl -sSfL http://localhost:2375/_ping)" = "OK" ]'],
  [
    "/bin/sh",
    "-c",
    '[ "$(wget -qO- "http://localhost:2375/_ping")" = OK ] || exit 1',
  ],
  ["sh", "-c", "test $(curl -s http://localhost:2375/_ping) = OK"],
  [
    "sh",
    "-c",
    "[ $(curl --write-out %{http_code} --silent --output /dev/null http://localhost:2375/version) -eq 200 ] || exit 1",
  ],
];

const REFUSED: readonly (readonly string[])[] = [
  ["/bin/sh"],
  ["sh", "-c"],
  ["sh", "-c", ""],
  ["sh", "-c", "id"],
  ["sh", "-i"],
  ["sh", "-c", `wget -q --spider ${URL_}`, "name"],
  ["sh", "-c", `wget -q --spider ${URL_}; id`],
  ["sh", "-c", `wget -q --spider ${URL_} && id`],
  ["sh", "-c", `wget -q --spider ${URL_} || kill 1`],
  ["sh", "-c", `wget -q --spider ${URL_} || exit 0`],
  ["sh", "-c", `id || exit 1`],
  ["sh", "-c", `wget -q --spider ${URL_} | sh || exit 1`],
  ["sh", "-c", `wget -q --spider "$(id)" || exit 1`],
  ["sh", "-c", `wget -q --spider ${URL_} > /tmp/x`],
  ["sh", "-c", `sh -c 'wget -q --spider ${URL_}'`],
  ["sh", "-c", `wget -q --spider ${URL_}\nid`],
  ["sh", "-c", `X=1 wget -q --spider ${URL_}`],
  ["sh", "-c", `/tmp/wget -q --spider ${URL_}`],
  ["sh", "-c", "nc -z localhost 2375 | sh"],
  ["sh", "-c", "nc -z localhost 2375\n2>&1"],
  ["sh", "-c", "nc -z localhost 2375 \r\n || exit 1"],
  ["sh", "-c", "nc -e sh localhost 2375"],
  ["sh", "-c", "wget -qO- http://localhost:2375/_ping | grep -q OK | sh"],
  ["sh", "-c", "wget -qO- http://localhost:2375/_ping | grep -qv OK"],
  ["sh", "-c", "wget -qO- http://localhost:2375/_ping | grep -f /x OK"],
  ["sh", "-c", "id | grep -q OK"],
  ["sh", "-c", 'wget -qO- http://localhost:2375/_ping | grep -q "$(id)"'],
  ["sh", "-c", '[ "$(id)" = OK ]'],
  ["sh", "-c", '[ "$(curl -s localhost:2375/_ping)" = OK'],
  ["sh", "-c", 'test "$(curl -s localhost:2375/_ping)" = OK ]'],
  ["sh", "-c", '[ "$(curl -s localhost:2375/_ping; id)" = OK ]'],
  [
    "sh",
    "-c",
    '[ "$(curl -s localhost:2375/_ping)" = OK ] && [ "$(id)" = OK ]',
  ],
  ["sh", "-c", '[ "$(curl -s localhost:2375/_ping)" != OK ]'],
  ["sh", "-c", '[ "$(curl -s "$(id)")" = OK ]'],
  ["sh", "-c", "curl -s -w '%{url_effective}' http://localhost:2375"],
  ["/healthcheck", "-x"],
  ["nc"],
  ["nc", "localhost", "2375"],
  ["nc", "-z", "localhost"],
  ["nc", "-z", "example.com", "2375"],
  ["nc", "-z", "localhost", "2375", "2376"],
  ["nc", "-l", "-z", "localhost", "2375"],
  ["nc", "-zl", "localhost", "2375"],
  ["wget"],
  ["wget", "-q", "--spider"],
  ["wget", "-q", "--spider", URL_, URL_],
  ["wget", "-O", "/etc/passwd", URL_],
  ["wget", "--post-data=x", URL_],
  ["wget", "--spider", "http://example.com/version"],
  ["wget", "--spider", "http://localhost:2375@example.com/version"],
  ["wget", "--spider", "https://localhost:2375/version"],
  ["wget", "--spider", "http://localhost:2375/containers/create"],
  ["curl", "-X", "POST", URL_],
  ["curl", "-d", "x", URL_],
  ["curl", "-K", "/etc/passwd", URL_],
  ["curl", "-fo/etc/passwd", URL_],
  ["curl", "--unix-socket", "/var/run/docker.sock", URL_],
  ["curl", "file:///etc/passwd"],
  ["curl", "-f", "--constructor", URL_],
];

Deno.test("the common forms of a health check are recognised", () => {
  for (const words of CHECKS) {
    assertEquals(
      readShim(words, words.slice(1)).kind,
      "healthcheck",
      words.join(" "),
    );
  }
});

Deno.test("anything else under these names is refused in one sentence", () => {
  for (const words of REFUSED) {
    const shim = readShim(words, words.slice(1));
    assertEquals(shim.kind, "refused", words.join(" "));
    if (shim.kind === "refused") {
      assertStringIncludes(shim.message, "/sockwarden healthcheck");
      assertEquals(shim.message.includes("\n"), false);
    }
  }
});

Deno.test("under its own name it is the program, whatever its arguments", () => {
  for (
    const words of [
      [],
      ["/sockwarden"],
      ["sockwarden-lean-x86_64", "-c", "wget"],
      ["./dist/sh-like", "curl"],
      ["/usr/local/bin/deno", "run", "main.ts"],
    ]
  ) assertEquals(readShim(words, words.slice(1)).kind, "program");
});

Deno.test("where its name is unknown the arguments decide", () => {
  for (const words of CHECKS) {
    if (words[1] === "-ec" || words.length === 1) continue;
    assertEquals(readShim([], words.slice(1)).kind, "healthcheck");
  }
  assertEquals(readShim([], ["-c", "id"]).kind, "refused");
  for (
    const args of [
      [],
      ["serve"],
      ["--containers"],
      ["healthcheck"],
      ["explain", "GET", "/version"],
      ["--engine=http://localhost:2375"],
      ["-q"],
    ]
  ) assertEquals(readShim([], args).kind, "program", args.join(" "));
});

Deno.test("no script is a health check unless it is a wget, curl or nc of the container itself", () => {
  const pieces = fc.constantFrom(
    "wget",
    "curl",
    "nc -z localhost 2375",
    "grep -q OK",
    '[ "$(',
    ')" = OK ]',
    "-q",
    "-f",
    "--spider",
    URL_,
    "http://example.com/",
    "||",
    "exit 1",
    "false",
    ";",
    "&&",
    "|",
    "$(id)",
    "`id`",
    "'",
    '"',
    "\n",
    "\\",
    "> /dev/null",
    "> /x",
    "2>&1",
    "&",
    "id",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const script = parts.join(" ");
      if (
        readShim(["sh", "-c", script], ["-c", script]).kind !== "healthcheck"
      ) return;
      const quiet = / (?:2>&1|> \/dev\/null)(?= |$)/g;
      const rest = script.trim()
        .replace(/ ?\|\| (?:exit 1|false)(?: ;)?$/, "")
        .replaceAll(quiet, "")
        .replace(/^\[ "\$\( (.*) \)" = OK \]$|^(.*) \| grep -q OK$/, "$1$2");
      if (
        !/^(?:(?:wget|curl)(?: (?:-q|-f|--spider|http:\/\/localhost:2375\/version))+|nc -z localhost 2375)$/
          .test(rest)
      ) throw new Error(`taken for a health check: ${script}`);
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("a script that is as long as it may be is read once", () => {
  for (
    const script of [
      `${" ".repeat(490)}||exit 1${" ".repeat(490)}x`,
      `a${" ".repeat(490)}|| false${" ".repeat(480)};x`,
      `a${" > /dev/null".repeat(80)}`,
      `a${" ".repeat(900)}|x`,
    ]
  ) {
    assertEquals(readShim(["sh"], ["-c", script]).kind, "refused");
  }
});
