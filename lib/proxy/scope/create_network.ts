/**
 * Reads the body of podman's own creation of a network: what of it reaches
 * networks or interfaces of others is refused. Pure.
 *
 * @module
 */

import {
  type Complain,
  readEntries,
  readString,
  shown,
} from "../../guard/json.ts";
import { readExactly } from "../../guard/query.ts";
import type { MutableObject } from "../../guard/rewrite.ts";

/** Fields that reach nothing but the new network. */
const KNOWN: ReadonlySet<string> = new Set([
  "created",
  "dns_enabled",
  "driver",
  "id",
  "internal",
  "ipam_options",
  "ipv6_enabled",
  "labels",
  "name",
  "network_dns_servers",
  "network_interface",
  "options",
  "subnets",
]);
/** Options of a bridge that reach nothing but it; `mode` takes over one that is there, `parent` an interface. */
const OPTIONS: ReadonlySet<string> = new Set([
  "isolate",
  "metric",
  "mtu",
  "no_default_route",
  "vlan",
]);
/** How podman reads that a parameter is not set. */
const OFF = /^(?:0|f|false)?$/i;

/** Reads the name and the labels of a network that podman creates. */
export function readPodmanNetwork(
  body: MutableObject,
  query: string,
  complain: Complain,
): { readonly name: string; readonly labels: [string, string][] } {
  for (const key of Object.keys(body)) {
    if (!KNOWN.has(key)) {
      complain(
        `'${
          shown(key)
        }' of a network is not known to keep to the client's scope; leave it out`,
      );
    }
  }
  const text = (key: string) => readString(body[key] ?? null, key, complain);
  // The bridge of another network could be given.
  for (const key of ["id", "network_interface"]) {
    if (text(key) !== "") complain(`leave '${key}' out: podman chooses it`);
  }
  if (!["", "bridge"].includes(text("driver"))) {
    complain("of a network the driver 'bridge' alone keeps to a scope");
  }
  for (const [key] of readEntries(body.options ?? null, "options", complain)) {
    if (!OPTIONS.has(key)) {
      complain(
        `the option '${
          shown(key)
        }' of a network is not known to keep to the client's scope; leave it out`,
      );
    }
  }
  const read = readExactly(query, ["ignoreIfExists"]);
  if ("problem" in read) complain(read.problem);
  else if (!OFF.test(read.values.ignoreIfExists)) {
    complain(
      "'ignoreIfExists' in the query would show a network that is there already; leave it out",
    );
  }
  const labels = readEntries(body.labels ?? null, "labels", complain).map((
    [key, value],
  ): [string, string] => [key, readString(value, "labels", complain)]);
  return { name: text("name"), labels };
}
