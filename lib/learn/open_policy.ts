/**
 * The policy of `learn --open`: every client may do everything that has a name,
 * so that what it does can be seen. Who a client is stays, and so does the
 * protection of sockwarden's own container.
 *
 * @module
 */

import { type Grants, NO_GRANTS, type PolicyFile } from "../policy/compile.ts";
import { OPERATIONS } from "../docker/operations.ts";
import type { OperationRule } from "../policy/rules.ts";

const ALL: OperationRule = {
  kind: "operations",
  text: "*",
  setting: "--open",
  names: new Set(OPERATIONS.map(({ name }) => name)),
};

/** Settings that grant everything, to each client of the file and to all others. */
export function opened(
  grants: Grants,
  file: PolicyFile | null,
): readonly [Grants, PolicyFile | null] {
  return [
    openGrants(grants),
    file === null ? null : {
      ...file,
      rest: openGrants({
        ...file.rest,
        switches: new Map(),
        defaultSwitches: false,
      }),
      clients: file.clients.map((client) => ({
        ...client,
        grants: openGrants(client.grants),
      })),
    },
  ];
}

function openGrants({ allowSelf, origins }: Grants): Grants {
  return { ...NO_GRANTS, allow: [ALL], allowSelf, origins };
}
