/**
 * A policy file of 50 clients and 500 rules, for the bench.
 *
 * @module
 */

import { OPERATIONS } from "../../lib/docker/operations.ts";

const CLIENTS = 50;
const RULES_EACH = 10;

/** The client that the bench is: the last, so that all others are tried before. */
export const LAST = "client50";

/**
 * The file: the clients are told apart by address, container, service and
 * label; the last one matches every connection from this machine and holds what
 * `CONTAINERS=1 POST=1` gives to its ten rules.
 */
export function policyText(): string {
  const names = OPERATIONS.map(({ name }) => name)
    .filter((name) => !name.startsWith("libpod."));
  const clients = Array.from({ length: CLIENTS }, (_, i) => {
    const last = i === CLIENTS - 1;
    const rules = last
      ? [
        "container.list",
        "container.inspect",
        "container.export",
        "container.archive.put",
        "system.events",
        "system.ping",
        "system.version",
        "container.restart",
        "container.start",
        "container.stop",
      ]
      : Array.from(
        { length: RULES_EACH },
        (_, n) => names[(i * RULES_EACH + n) % names.length]!,
      );
    const from = last
      ? "{ cidr: 127.0.0.1 }"
      : FROM[i % FROM.length]!.replace("N", String(i + 1));
    return `  client${i + 1}:\n    from: ${from}\n    allow:\n${
      rules.map((rule) => `      - ${rule}\n`).join("")
    }`;
  });
  return `clients:\n${clients.join("")}`;
}

const FROM = [
  "{ cidr: 10.0.N.0/24 }",
  "{ container: containerN }",
  "{ service: serviceN }",
  '{ label: "role=N" }',
];
