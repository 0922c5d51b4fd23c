/**
 * Entries of podman's own lists, which have other fields than Docker's. Pure.
 *
 * @module
 */

import { withValues } from "../../guard/values.ts";
import { parseListed } from "../../identity/engine_queries.ts";
import { isScoped, type Scope } from "../../policy/scope.ts";
import { asLatin1, judgeListed, namesIn, showsVolume } from "./answer_entry.ts";
import { withoutIds } from "./answer_refusal.ts";

/** How the entries of each of podman's own lists are shown. */
export const PODMAN_EDITS = {
  "libpod.containers": editContainer,
  "libpod.networks": editNetwork,
  "libpod.volumes": editVolume,
  "libpod.pruned": editPruned,
} as const;

/** Podman's own API says the default network's own name, its Docker API says `bridge`: that one is judged. */
const DEFAULT_NETWORK = "podman";

function editContainer(text: string, scope: Scope): string | null {
  const { Id: id, Names, Labels: labels } = parseListed(text);
  const [name = ""] = namesIn(Names);
  return judgeListed("containers", scope, { id, name, labels }) ? text : null;
}

function editNetwork(text: string, scope: Scope): string | null {
  const { id, name: own, labels } = parseListed(text);
  const name = own === DEFAULT_NETWORK ? "bridge" : own;
  if (!judgeListed("networks", scope, { id, name, labels })) return null;
  return isScoped(scope, "containers")
    ? withValues(text, new Map([["containers", "{}"]]))
    : text;
}

function editVolume(text: string, scope: Scope): string | null {
  if (!showsVolume(parseListed(text), scope)) return null;
  // How many containers have it counts those outside too.
  return isScoped(scope, "containers")
    ? withValues(text, new Map([["MountCount", "0"]]))
    : text;
}

/** What a prune says of one object; of an error it may name others. */
function editPruned(text: string): string {
  const values = new Map<string, string>();
  for (const key of ["Err", "Error"]) {
    const { [key]: error } = parseListed(text);
    if (typeof error === "string") values.set(key, asLatin1(withoutIds(error)));
  }
  return withValues(text, values);
}
