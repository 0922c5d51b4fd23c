/**
 * An admin listener in this process, beside a proxy in front of a recording
 * engine.
 *
 * @module
 */

import { type Admin, createAdmin } from "../../lib/admin/admin.ts";
import type { Admission } from "../../lib/admin/admission.ts";
import type { ListenAddress } from "../../lib/net/address.ts";
import type { RequestRecord } from "../../lib/observe/record.ts";
import type { Handler } from "./engine.ts";
import {
  type Rig,
  type RigOptions,
  type TestClient,
  withRig,
} from "./proxy.ts";

/** A record of a request that was let through, where nothing else is said. */
export function recordOf(
  differs: Partial<RequestRecord> = {},
): RequestRecord {
  return {
    remote: "172.18.0.3",
    client: "",
    container: "",
    operation: "container.list",
    method: "GET",
    path: "/containers/json",
    status: 200,
    engineMs: 2,
    ownMs: 0.1,
    bytesIn: 0,
    bytesOut: 100,
    code: "request.completed",
    rule: "CONTAINERS=1",
    message: "",
    wouldRefuse: null,
    ...differs,
  };
}

/** A proxy with an admin listener. */
export interface AdminRig extends Rig {
  readonly admin: Admin;
  /** Where the admin listener is, as a URL without its last slash. */
  readonly url: string;
  readonly adminPort: number;
  /** Asks the admin listener. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Asks the admin listener for JSON. */
  // deno-lint-ignore no-explicit-any -- a test looks at what it expects
  json(path: string): Promise<any>;
  /** A raw client of the admin listener. */
  raw(): Promise<TestClient>;
}

/** Who is let in, where a test says nothing else: everyone on this host. */
const OPEN: Admission = { allow: null, host: "127.0.0.1", token: null };

/** Runs a test with a rig and an admin listener, and takes both down. */
export async function withAdmin(
  handler: Handler,
  options: RigOptions & {
    readonly admission?: Partial<Admission>;
    readonly address?: ListenAddress;
    /** The engine's path, where it is not the recording one. */
    readonly engine?: string;
  },
  run: (rig: AdminRig) => Promise<void>,
): Promise<void> {
  let observe: Admin["observe"] = () => {};
  await withRig(handler, {
    ...options,
    observe: (record) => observe(record),
  }, async (rig) => {
    const admin = createAdmin({
      engine: { kind: "unix", path: options.engine ?? rig.engine.path },
      dryRun: options.dryRun ?? false,
      logLinesDropped: () => 7,
      audit: () => null,
    });
    observe = admin.observe;
    const address = await admin.open({
      address: options.address ?? { kind: "tcp", host: "127.0.0.1", port: 0 },
      admission: { ...OPEN, ...options.admission },
      server: rig.server,
    });
    const port = address.kind === "unix" ? 0 : address.port;
    const url = `http://127.0.0.1:${port}`;
    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(url + path, { headers });
    try {
      await run({
        ...rig,
        admin,
        url,
        adminPort: port,
        get,
        json: async (path) => await (await get(path)).json(),
        raw: async () => rig.adopt(await Deno.connect({ port })),
      });
    } finally {
      await admin.close();
    }
  });
}
