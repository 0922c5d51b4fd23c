/**
 * Calls with a secret in each place where a client can put one.
 *
 * @module
 */

import { IMAGE } from "./dockerd.ts";

/** The secret, as it stands in all of them. */
export const CALL_SECRET = "S3CRET";

/** Makes the calls; most of them fail, which is no matter. */
export async function tellSecrets(host: string): Promise<void> {
  const send = async (
    method: string,
    path: string,
    body: unknown = undefined,
    headers: Record<string, string> = {},
  ) => {
    const response = await fetch(`${host.replace("tcp:", "http:")}${path}`, {
      method,
      headers: { "Content-Type": "application/json", ...headers },
      body: body instanceof Uint8Array
        ? body.slice()
        : body === undefined
        ? undefined
        : JSON.stringify(body),
    });
    await response.body?.cancel();
  };
  const filters = encodeURIComponent('{"label":["key=S3CRET"]}');
  const auth = { "X-Registry-Auth": btoa('{"password":"S3CRET"}') };
  auth["X-Registry-Auth"] += "S3CRET";
  const config = {
    Image: IMAGE,
    Env: ["PASSWORD=S3CRET"],
    Cmd: ["sh", "-c", "echo S3CRET"],
    Entrypoint: ["S3CRET"],
    Healthcheck: { Test: ["CMD", "curl", "-u", "S3CRET"] },
    HostConfig: { NetworkMode: "none", LogConfig: { Config: { a: "S3CRET" } } },
  };
  await send("GET", `/containers/json?filters=${filters}`);
  await send("POST", "/containers/create?name=planted", config);
  await send("POST", "/containers/web/exec", {
    Cmd: ["login", "S3CRET"],
    Env: ["A=S3CRET"],
  });
  await send("POST", "/containers/web/update?x=S3CRET", { CpuShares: 2 });
  const args = encodeURIComponent('{"TOKEN":"S3CRET"}');
  const remote = encodeURIComponent("https://u:S3CRET@a.invalid/b?t=S3CRET");
  await send("POST", `/build?remote=${remote}`, "");
  await send("POST", `/build?buildargs=${args}&t=a`, new Uint8Array(1024), {
    "Content-Type": "application/x-tar",
    "X-Registry-Config": btoa("{}") + "S3CRET",
  });
  await send("POST", "/images/create?fromImage=none.invalid/a&tag=1", "", auth);
  await send("POST", "/networks/create", {
    Name: "",
    Driver: "none",
    Options: { key: "S3CRET" },
  });
  await send("POST", "/volumes/create", {
    Name: "planted",
    Driver: "local",
    DriverOpts: { type: "nfs", o: "addr=a,password=S3CRET", device: ":/a" },
  });
  await send("POST", "/secrets/create", { Name: "a", Data: btoa("S3CRET") });
  await send("POST", "/services/create", {
    TaskTemplate: { ContainerSpec: { Image: "a", Env: ["A=S3CRET"] } },
  });
  await send("POST", "/auth", { username: "a", password: "S3CRET" });
  await send("DELETE", "/volumes/planted");
  await send("DELETE", "/containers/planted?force=1");
}
