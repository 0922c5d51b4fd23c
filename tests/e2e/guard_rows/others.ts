/**
 * The rows of execs, secrets and configs.
 *
 * @module
 */

import { judged, neutral, no, ok, type Rows } from "./row.ts";

const FIELD = "";
const INSIDE = "it acts inside of the container";
const LABEL = "labels-forbidden is empty at both levels";

/** `container.exec.create`; what is seen is below `ProcessConfig`, or the exec. */
export const EXEC: Rows = {
  User: neutral(
    "users is allowed at both levels",
    ok("0", { seen: [{ ProcessConfig: { user: "0" } }] }),
  ),
  Privileged: judged(
    ok(false, { seen: [{ ProcessConfig: { privileged: false } }] }),
    no(true, "privileged", { seen: [{ ProcessConfig: { privileged: true } }] }),
  ),
  Tty: neutral(FIELD, ok(true, { seen: [{ ProcessConfig: { tty: true } }] })),
  ConsoleSize: neutral(FIELD, ok([10, 20], { seen: null })),
  AttachStdin: neutral(FIELD, ok(true, { seen: [{ OpenStdin: true }] })),
  AttachStdout: neutral(FIELD, ok(true, { seen: [{ OpenStdout: true }] })),
  AttachStderr: neutral(FIELD, ok(true, { seen: [{ OpenStderr: true }] })),
  Detach: neutral(FIELD, ok(true, { seen: null })),
  DetachKeys: neutral(FIELD, ok("ctrl-x", { seen: null })),
  Container: neutral(FIELD, ok("another", { seen: null })),
  containerId: neutral(FIELD, ok("another", { seen: null })),
  Env: neutral("env-forbidden is empty", ok(["A=b"], { seen: null })),
  WorkingDir: neutral(INSIDE, ok("/tmp", { seen: null })),
  Cmd: neutral(
    "commands is allowed at both levels",
    ok(["echo"], { seen: [{ ProcessConfig: { entrypoint: "echo" } }] }),
  ),
};

/** `secret.create`. */
export const SECRET: Rows = {
  Name: neutral(FIELD, ok("row")),
  Labels: neutral(LABEL, ok({ a: "b" })),
  Data: neutral(FIELD, ok("YQ==", { seen: null })),
  Driver: judged(no({ Name: "other" }, "swarm", { taken: "unsent" })),
  "Driver.Name": judged(no({ Name: "other" }, "swarm", { taken: "unsent" })),
  "Driver.Options": judged(
    no({ Name: "other", Options: { a: "b" } }, "swarm", { taken: "unsent" }),
  ),
  Templating: judged(no({ Name: "golang" }, "swarm")),
  "Templating.Name": judged(no({ Name: "golang" }, "swarm")),
  "Templating.Options": judged(
    no({ Name: "golang", Options: { a: "b" } }, "swarm"),
  ),
};

/** `config.create`. */
export const CONFIG_OBJECT: Rows = Object.fromEntries(
  Object.entries(SECRET).filter(([place]) => !place.startsWith("Driver")),
);
