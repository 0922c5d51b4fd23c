/**
 * What a call joins beside what its path names: the networks, volumes and
 * containers of a creation, the container of a connection, and what a container
 * that is started joined when it was created. Read as scopes read it.
 *
 * @module
 */

import { parseStrictJson } from "../guard/json.ts";
import type { Joined } from "../guard/joined.ts";
import { readJoined, readJoinedFields } from "../guard/references.ts";
import type { MutableObject } from "../guard/rewrite.ts";
import type { ObjectQueries } from "../identity/object_queries.ts";
import { HOLDS } from "../policy/scope_table.ts";
import { type Called, lookedUp, type NameQueries } from "./named_object.ts";
import type { RecordedObject } from "./recording.ts";

/** Objects that one call may name, some more than once: each costs a question. */
const MAX_REFERENCES = 64;

/** The questions that are asked. */
export type JoinQueries = NameQueries & Pick<ObjectQueries, "joined">;

/**
 * What a call joins; images are recorded with the body.
 *
 * @param body Its whole body; null where it was not read.
 * @returns undefined where the operation joins nothing, or where it is not known
 * what: the body or the engine's answer could not be read, or names too much.
 */
export async function joinedObjects(
  objects: JoinQueries,
  { operation: { name }, parameters: [reference = ""] }: Called,
  body: Uint8Array | null,
): Promise<readonly RecordedObject[] | undefined> {
  const ways = new Set(HOLDS.get(name)?.map(({ way }) => way));
  const joined = ways.has("body")
    ? body === null ? null : ofBody(name, body)
    : ways.has("rejoin")
    ? await ofContainer(objects, reference)
    : null;
  if (joined === null || "problem" in joined) return undefined;
  if (joined.references.length > MAX_REFERENCES) return undefined;
  const named = new Map(
    joined.references.flatMap(({ kind, name }) =>
      kind === "images" ? [] : [[`${kind} ${name}`, { kind, name }]]
    ),
  );
  const found: RecordedObject[] = [];
  for (const { kind, name } of named.values()) {
    found.push(await lookedUp(objects, kind, name));
  }
  return found;
}

function ofBody(
  operation: string,
  body: Uint8Array,
): Joined | { readonly problem: string } | null {
  const parsed = parseStrictJson(body);
  // It is read, not written into.
  return "problem" in parsed
    ? parsed
    : readJoined(operation, parsed.value as MutableObject);
}

async function ofContainer(
  objects: JoinQueries,
  reference: string,
): Promise<Joined | { readonly problem: string } | null> {
  const container = await objects.find("containers", reference);
  if (container === null || "reason" in container) return null;
  const fields = await objects.joined(container.id);
  return fields === null || "reason" in fields
    ? null
    : readJoinedFields(fields);
}
