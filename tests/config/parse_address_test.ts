import { assertEquals } from "@std/assert";
import {
  parseBindConfig,
  parseEngineAddress,
  parseListenAddress,
} from "../../lib/config/parse_address.ts";

/** A socket's path of so many bytes. */
function pathOf(bytes: number): string {
  return `/${"a".repeat(bytes - 1)}`;
}

const MAX_SOCKET_PATH_BYTES = 106;

Deno.test("parseListenAddress() reads each kind", () => {
  assertEquals(parseListenAddress("tcp://[::1]:65535"), {
    kind: "tcp",
    host: "::1",
    port: 65535,
  });
  assertEquals(parseListenAddress("tls://a.example:0"), {
    kind: "tls",
    host: "a.example",
    port: 0,
  });
  assertEquals(parseListenAddress("unix:///run/x.sock"), {
    kind: "unix",
    path: "/run/x.sock",
    mode: 0o660,
    group: null,
  });
  assertEquals(parseListenAddress("unix:///x?group=ci&mode=0600"), {
    kind: "unix",
    path: "/x",
    mode: 0o600,
    group: "ci",
  });
});

for (
  const [text, problem] of [
    [
      "tcp://a:65536",
      "expected tcp://host:port with a port up to 65535, and IPv6 in brackets; the port 65536 is too large",
    ],
    [
      "tcp://::1:80",
      "expected tcp://host:port with a port up to 65535, and IPv6 in brackets",
    ],
    [
      "tls://a",
      "expected tls://host:port with a port up to 65535, and IPv6 in brackets",
    ],
    [
      "http://a:1",
      "expected tcp://host:port, tls://host:port or unix:///path?mode=0660&group=docker",
    ],
    ["unix://x", "expected an absolute path: unix:///run/name.sock"],
    [
      "unix:///x/",
      "the path ends with '/': expected the path of a socket, such as unix:///run/name.sock",
    ],
    [
      "unix:///x?mode=0888",
      "'mode=0888' is not valid: expected mode=0660 (octal) or group=NAME",
    ],
    [
      "unix:///x?mode=0660=0666",
      "'mode=0660=0666' is not valid: expected mode=0660 (octal) or group=NAME",
    ],
    [
      "unix:///x?group=ci=",
      "'group=ci=' is not valid: expected mode=0660 (octal) or group=NAME",
    ],
    [
      "unix:///x?mode=0660&",
      "'' is not valid: expected mode=0660 (octal) or group=NAME",
    ],
  ] as const
) {
  Deno.test(`parseListenAddress() refuses ${text}`, () => {
    assertEquals(parseListenAddress(text), { problem });
  });
}

Deno.test("a socket's path has at most 106 bytes, of a listener and of the engine", () => {
  const path = pathOf(MAX_SOCKET_PATH_BYTES);
  const longer = { problem: "the path has 107 bytes: expected at most 106" };
  assertEquals(parseListenAddress(`unix://${path}`), {
    kind: "unix",
    path,
    mode: 0o660,
    group: null,
  });
  assertEquals(parseListenAddress(`unix://${path}a`), longer);
  assertEquals(parseEngineAddress(`unix://${path}`), { kind: "unix", path });
  assertEquals(parseEngineAddress(`${path}a`), longer);
});

Deno.test("parseEngineAddress() reads paths, tcp:// and http://, by default with port 2375", () => {
  assertEquals(parseEngineAddress("/x"), { kind: "unix", path: "/x" });
  assertEquals(parseEngineAddress("unix:///x"), { kind: "unix", path: "/x" });
  for (const text of ["tcp://a", "tcp://a:2375", "http://a/", "tcp://a/"]) {
    assertEquals(
      parseEngineAddress(text),
      { kind: "tcp", host: "a", port: 2375 },
      text,
    );
  }
});

for (
  const [text, problem] of [
    [
      "tcp://:2375",
      "expected tcp://host:port with a port from 1 to 65535, and IPv6 in brackets",
    ],
    [
      "tcp://a:0",
      "expected tcp://host:port with a port from 1 to 65535, and IPv6 in brackets",
    ],
    [
      "ssh://a",
      "this scheme is not supported: expected unix:///path or tcp://host:port",
    ],
    [
      "https://a",
      "this scheme is not supported: expected unix:///path or tcp://host:port",
    ],
    ["a", "expected unix:///path or tcp://host:port"],
  ] as const
) {
  Deno.test(`parseEngineAddress() refuses ${text}`, () => {
    assertEquals(parseEngineAddress(text), { problem });
  });
}

Deno.test("parseBindConfig() reads the forms that docker-socket-proxy documents", () => {
  assertEquals(parseBindConfig(":2375"), {
    kind: "tcp",
    host: "0.0.0.0",
    port: 2375,
  });
  assertEquals(parseBindConfig(" [::]:2375  v4v6 "), {
    kind: "tcp",
    host: "::",
    port: 2375,
  });
  assertEquals(parseBindConfig("*:1"), {
    kind: "tcp",
    host: "0.0.0.0",
    port: 1,
  });
  for (const text of ["2375", ":2375 ssl", ":2375 v4v6 x", "/run/x.sock", ""]) {
    assertEquals(parseBindConfig(text), {
      problem:
        "expected ':2375', '[::]:2375 v4v6' or 'host:port'; the rest of HAProxy's bind syntax is not supported, use SOCKWARDEN_LISTEN instead",
    }, text);
  }
});

Deno.test("parseListenAddress() takes a missing host for every address of both families", () => {
  for (const kind of ["tcp", "tls"] as const) {
    assertEquals(parseListenAddress(`${kind}://:2375`), {
      kind,
      host: "::",
      port: 2375,
    });
  }
});

Deno.test("a port above 65535 is said to be too large", () => {
  for (
    const parsed of [
      parseListenAddress("tcp://a:99999"),
      parseEngineAddress("tcp://a:99999/"),
      parseBindConfig("[::]:99999 v4v6"),
    ]
  ) {
    assertEquals(
      "problem" in parsed && parsed.problem.split("; ").at(-1),
      "the port 99999 is too large",
    );
  }
});
