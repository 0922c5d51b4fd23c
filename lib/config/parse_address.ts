/**
 * Parses the addresses that settings name: listeners and the engine.
 *
 * @module
 */

import type { EngineAddress, ListenAddress } from "../net/address.ts";

/** The port of the Docker API without TLS. */
export const DEFAULT_PORT = 2375;
/** Permission bits of a listening socket without `mode`. */
const DEFAULT_MODE = 0o660;
/**
 * The longest path of a socket. sun_path of sockaddr_un holds 108 bytes: one is
 * the terminating zero, and one is kept for the temporary name of a listener
 * that is not ready yet.
 */
const MAX_SOCKET_PATH_BYTES = 106;

/**
 * Parses `tcp://host:port`, `tls://host:port` or `unix:///path?mode=0660&group=docker`.
 *
 * @returns The address, or what was expected.
 */
export function parseListenAddress(
  text: string,
): ListenAddress | { problem: string } {
  const kind = /^(tcp|tls):\/\//.exec(text)?.[1] as "tcp" | "tls" | undefined;
  if (kind !== undefined) {
    const at = parseHostPort(text.slice(6));
    return at === null
      ? {
        problem:
          `expected ${kind}://host:port with a port up to 65535, and IPv6 in brackets${
            largePort(text)
          }`,
      }
      // Without a host: every address of both families.
      : { kind, host: at.host || "::", port: at.port };
  }
  if (!text.startsWith("unix://")) {
    return {
      problem:
        `expected tcp://host:port, tls://host:port or unix:///path?mode=0660&group=docker${
          suggestionFor(text)
        }`,
    };
  }
  const mark = text.indexOf("?");
  const path = text.slice(7, mark < 0 ? undefined : mark);
  const wrong = checkSocketPath(path);
  if (wrong !== null) return { problem: wrong };
  let mode = DEFAULT_MODE;
  let group: string | null = null;
  for (const part of mark < 0 ? [] : text.slice(mark + 1).split("&")) {
    const [, key, value = ""] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    if (key === "mode" && /^0?[0-7]{3}$/.test(value)) {
      mode = parseInt(value, 8);
    } else if (key === "group" && /^[A-Za-z0-9_.-]+$/.test(value)) {
      group = value;
    } else {
      return {
        problem:
          `'${part}' is not valid: expected mode=0660 (octal) or group=NAME`,
      };
    }
  }
  return { kind: "unix", path, mode, group };
}

/** The address that was probably meant, as a question; empty if there is none. */
function suggestionFor(text: string): string {
  const meant = text.startsWith("/")
    ? `unix://${text}`
    : parseHostPort(text) !== null
    ? `tcp://${text}`
    : null;
  return meant === null ? "" : `; did you mean ${meant}?`;
}

/**
 * Parses the engine's address: `unix:///path`, a bare path, `tcp://host:port`
 * or `http://host:port`.
 *
 * @returns The address, or what was expected.
 */
export function parseEngineAddress(
  text: string,
): EngineAddress | { problem: string } {
  if (text.startsWith("/")) return parseEngineAddress(`unix://${text}`);
  if (text.startsWith("unix://")) {
    const path = text.slice(7);
    const wrong = checkSocketPath(path);
    return wrong === null ? { kind: "unix", path } : { problem: wrong };
  }
  const scheme = /^(?:tcp|http):\/\//.exec(text);
  if (scheme !== null) {
    const rest = text.slice(scheme[0].length).replace(/\/$/, "");
    const at = parseHostPort(/:[0-9]+$/.test(rest) ? rest : `${rest}:2375`);
    return at === null || at.port === 0 || at.host === ""
      ? {
        problem:
          `expected tcp://host:port with a port from 1 to 65535, and IPv6 in brackets${
            largePort(text)
          }`,
      }
      : { kind: "tcp", ...at };
  }
  return {
    problem: /^(?:ssh|npipe|fd|https):\/\//.test(text)
      ? "this scheme is not supported: expected unix:///path or tcp://host:port"
      : "expected unix:///path or tcp://host:port",
  };
}

/**
 * Parses BIND_CONFIG of docker-socket-proxy: `:2375`, `[::]:2375 v4v6` or
 * `host:port`; no other part of HAProxy's bind syntax.
 *
 * @returns The address, or what was expected.
 */
export function parseBindConfig(
  text: string,
): ListenAddress | { problem: string } {
  const [at = "", option] = text.trim().split(/\s+/, 2);
  const more = text.trim().split(/\s+/).length > 2;
  const parsed = parseHostPort(at.replace(/^\*/, ""));
  if (parsed === null || more || (option !== undefined && option !== "v4v6")) {
    return {
      problem:
        `expected ':2375', '[::]:2375 v4v6' or 'host:port'; the rest of HAProxy's bind syntax is not supported, use SOCKWARDEN_LISTEN instead${
          largePort(at)
        }`,
    };
  }
  return { kind: "tcp", host: parsed.host || "0.0.0.0", port: parsed.port };
}

/** Names a port above 65535, for the end of a message; empty if the port is none. */
function largePort(text: string): string {
  const port = /:([0-9]+)\/?$/.exec(text)?.[1] ?? "0";
  return Number(port) > 65535 ? `; the port ${port} is too large` : "";
}

/** Splits `host:port`; the host may be empty; null if it is malformed. */
function parseHostPort(text: string): { host: string; port: number } | null {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]*)):([0-9]{1,5})$/
    .exec(text);
  if (parts === null) return null;
  const port = Number(parts[3]);
  return port > 65535 ? null : { host: parts[1] ?? parts[2] ?? "", port };
}

/** What is wrong with the path of a socket; null if it is valid. */
function checkSocketPath(path: string): string | null {
  if (!path.startsWith("/")) {
    return "expected an absolute path: unix:///run/name.sock";
  }
  if (path.endsWith("/")) {
    return "the path ends with '/': expected the path of a socket, such as unix:///run/name.sock";
  }
  return path.length > MAX_SOCKET_PATH_BYTES
    ? `the path has ${path.length} bytes: expected at most ${MAX_SOCKET_PATH_BYTES}`
    : null;
}
