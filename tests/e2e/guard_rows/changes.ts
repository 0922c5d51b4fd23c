/**
 * The rows of operations that change or keep a container: those of its creation,
 * with what is judged otherwise.
 *
 * @module
 */

import { CONFIG, HOST, RESOURCES } from "./container.ts";
import {
  hard,
  judged,
  loosely,
  neutral,
  ok,
  type Row,
  type Rows,
} from "./row.ts";

/** What an update changes; an engine ignores the rest, which is judged all the same. */
const CHANGED: Rows = {
  Memory: judged(ok(33554432), hard(-1, "require", { taken: "any" })),
  NanoCpus: RESOURCES["NanoCpus"]!,
  CpuShares: RESOURCES["CpuShares"]!,
  CpuQuota: RESOURCES["CpuQuota"]!,
  CpusetCpus: RESOURCES["CpusetCpus"]!,
  MemorySwap: neutral(RESOURCES["MemorySwap"]!.why, ok(100663296)),
  PidsLimit: judged(
    ok(40),
    hard(-1, "require", { seen: [-1, 0, null] }),
    hard(0, "require", { seen: [0, null] }),
  ),
};

/** `container.update`. */
export const UPDATED: Rows = {
  ...Object.fromEntries(
    Object.entries(RESOURCES).map(([place, row]) => [place, loosely(row)]),
  ),
  ...CHANGED,
  RestartPolicy: HOST["RestartPolicy"]!,
  "RestartPolicy.Name": HOST["RestartPolicy.Name"]!,
  "RestartPolicy.MaximumRetryCount": HOST["RestartPolicy.MaximumRetryCount"]!,
};

/** All values are accepted: what the image says is judged where a container is made of it. */
function kept(row: Row): Row {
  const why = row.why === ""
    ? "it is judged where a container is made of the image"
    : row.why;
  // Current engines keep in an image what it can have alone.
  return loosely(neutral(
    why,
    ...row.cases.map((one) => ({ ...one, standard: null, strict: null })),
  ));
}

/** `container.commit`. */
export const COMMITTED: Rows = Object.fromEntries(
  Object.entries(CONFIG).map(([name, row]) => [name, kept(row)]),
);
