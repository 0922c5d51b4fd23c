/**
 * Makes request-targets: most name an operation, the others are nearly one.
 *
 * @module
 */

import { OPERATIONS } from "../../lib/docker/operations.ts";
import type { Random } from "../support/random.ts";
import { ALLOWED } from "./allowed.ts";

const ROUTES = OPERATIONS.flatMap(({ routes }) => routes);
const METHODS = [
  "GET",
  "POST",
  "HEAD",
  "DELETE",
  "PUT",
  "OPTIONS",
  "get",
  "G@T",
  "PRI",
  "CONNECT",
  "TRACE",
  "X_Y",
];
const NAMES = ["a", "web-1", "a".repeat(64), "0123456789ab"];
const ODD_NAMES = [
  "json",
  "create",
  "a%2Fb",
  "a%20b",
  "a%25b",
  "..",
  "%2e%2e",
  ".",
  "a.b",
  "-",
  "%C3%A9",
];
const IMAGES = [
  "busybox",
  "docker.io/library/a:1",
  "a/b/c",
  "a@sha256:00",
  "a:1",
  "localhost:5000/a",
];
const QUERIES = [
  "",
  "",
  "",
  "?all=1",
  "?filters=%7B%22a%22%3A%5B%22b%22%5D%7D",
  "?name=a",
  "?a=b&a=c",
  "?stream=1&stdout=1",
];
const FROM_QUERIES = [
  "?fromImage=a",
  "?fromImage==a",
  "?fromImage=&fromSrc=-",
  "?fromSrc=-&repo=a",
  "?from%49mage=a",
  "?fromimage=a",
  "?fromImage",
  "?fromImage=a&fromImage=",
  "?fromImage=%",
  "?&fromImage=+",
  "?a&fromImage=a%00",
];
const ODD_QUERIES = [
  "?",
  "?a;b",
  "?a=%zz",
  "?a=b?c=d",
  "?remote=x",
  "?%00",
  "?a=\xe9",
  "?a#b",
];
const VERSIONS = ["", "", "/v1.41", "/v1.43", "/v1.24", "/v5.0.0"];
const ODD_VERSIONS = [
  "/v1.23",
  "/v1",
  "/V1.41",
  "/v1.041",
  "/v1.41.",
  "/v1.41/v1.41",
  "/v1.41%2F",
  "/v",
];
const WHOLE = [
  "*",
  "http://a/_ping",
  "a:1",
  "//_ping",
  "/_ping#a",
  "/\\_ping",
  "/é",
  "/_ping\x00",
  "/.",
  "/..",
  "/_ping/.",
];
const GLUE = ["/", "//", "/./", "/../", "%2F", "%2f", "\\", "/%2e/", ";/"];

/** Makes a method and a request-target. */
export function makeCall(
  random: Random,
  odd: boolean,
): { method: string; target: string } {
  const route = random.chance(odd ? 0.6 : 0.9)
    ? random.pick(ALLOWED)
    : random.pick(ROUTES);
  const method = odd && random.chance(0.15)
    ? random.pick(METHODS)
    : route.method;
  return {
    method,
    target: odd && random.chance(0.05)
      ? random.pick(WHOLE)
      : spell(random, route.path, odd),
  };
}

/** A path of a route, with names and a query. */
function spell(random: Random, template: string, odd: boolean): string {
  const version = odd && random.chance(0.1)
    ? random.pick(ODD_VERSIONS)
    : random.pick(VERSIONS);
  let path = "";
  for (const part of template.split("/").slice(1)) {
    path += odd && random.chance(0.04) ? random.pick(GLUE) : "/";
    path += part === "{name}"
      ? random.pick(odd && random.chance(0.3) ? ODD_NAMES : NAMES)
      : part === "{image}"
      ? random.pick(IMAGES)
      : part === "{any}"
      ? "any"
      : odd && random.chance(0.06)
      ? spelled(random, part)
      : part;
  }
  return version + path + (odd && random.chance(0.03) ? "/" : "") +
    random.pick(
      template === "/images/create"
        ? FROM_QUERIES
        : odd && random.chance(0.2)
        ? ODD_QUERIES
        : QUERIES,
    );
}

/** Another spelling of a fixed part. */
function spelled(random: Random, part: string): string {
  const at = random.below(part.length);
  const escape = `%${part.charCodeAt(at).toString(16)}`;
  return random.pick([
    part.slice(0, at) + escape + part.slice(at + 1),
    part.toUpperCase(),
    `${part}X`,
    `${part}%20`,
    `${part}%00`,
    part.slice(0, at),
    `${part};a=b`,
  ]);
}
