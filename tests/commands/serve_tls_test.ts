/**
 * TLS listeners of the program as a user runs it, with the permissions that it
 * keeps while it serves.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden, sockwarden } from "../e2e/sockwarden.ts";
import {
  type Authority,
  authority,
  inFolder,
  testWithCertificates,
} from "../support/certificates.ts";

const ON_V8 = !(Deno.env.get("SOCKWARDEN_BINARY") ?? "").includes("-lean-");

/** Makes a CA and a server's certificate in a folder; returns the CA and the flags. */
async function withFiles(
  folder: string,
): Promise<{ ca: Authority; flags: string[] }> {
  const ca = await authority("the authority");
  const { certificate, key } = await ca.issue({ names: "DNS.1 = localhost" });
  Deno.writeTextFileSync(`${folder}/cert.pem`, certificate);
  Deno.writeTextFileSync(`${folder}/key.pem`, key);
  Deno.writeTextFileSync(`${folder}/ca.pem`, ca.certificate);
  const flags = ["cert", "key", "ca"].map((name) =>
    `--tls-${name}=${folder}/${name}.pem`
  );
  return { ca, flags };
}

const test = (name: string, fn: (folder: string) => Promise<void>) =>
  ON_V8
    ? testWithCertificates(name, () => inFolder(fn))
    : Deno.test({ name: `${name}: not of this binary`, ignore: true, fn() {} });

test("serve speaks TLS to a client with a certificate, and logs its name", async (folder) => {
  const { ca, flags } = await withFiles(folder);
  Deno.writeTextFileSync(
    `${folder}/policy.yaml`,
    "clients: { ci: { from: { certificate: alice }, allow: container.list } }",
  );
  const child = sockwarden([
    "demo",
    "--listen=tls://127.0.0.1:0",
    `--config=${folder}/policy.yaml`,
    ...flags,
  ]).spawn();
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let log = "";
  const until = async (text: string) => {
    while (!log.includes(text)) {
      const { value, done } = await reader.read();
      if (done) break;
      log += decoder.decode(value);
    }
    assertStringIncludes(log, text);
  };
  await until(": version ");
  const [, port] = /listening on tls:\/\/127\.0\.0\.1:([0-9]+)/.exec(log)!;
  const alice = await ca.issue({ subject: "/CN=alice" });
  const client = Deno.createHttpClient({
    caCerts: [ca.certificate],
    cert: alice.certificate,
    key: alice.key,
  });
  const url = `https://localhost:${port}`;
  const list = await fetch(`${url}/containers/json`, { client });
  assertEquals((await list.json()).length, 3);
  const refused = await fetch(`${url}/images/json`, { client });
  assertEquals(refused.status, 403);
  await refused.body?.cancel();
  client.close();
  await until(" ci@127.0.0.1 image.list ");
  child.kill("SIGTERM");
  while (!(await reader.read()).done);
  await child.stderr.cancel();
  assertEquals((await child.status).code, 0);
});

test("serve does not start with TLS files that are not usable", async (folder) => {
  const { flags } = await withFiles(folder);
  Deno.removeSync(`${folder}/key.pem`);
  const { code, stderr } = await runSockwarden([
    "--listen=tls://127.0.0.1:0",
    ...flags,
  ]);
  assertEquals(code, 2);
  assertEquals(
    stderr,
    `sockwarden: a setting is not valid:\n  --tls-key=${folder}/key.pem: the file does not exist; mount it, or name another\n`,
  );
});

test("healthcheck asks a plain listener, and says so where there is none", async (folder) => {
  const { flags } = await withFiles(folder);
  const tls = ["healthcheck", "--listen=tls://127.0.0.1:1", ...flags];
  const none = await runSockwarden(tls);
  assertEquals(none.code, 1);
  assertStringIncludes(none.stderr, "all listeners use TLS");
  const plain = `unix://${folder}/health.sock`;
  const asked = await runSockwarden([...tls, `--listen=${plain}`]);
  assertEquals(asked.code, 1);
  assertStringIncludes(asked.stderr, `not healthy (asked ${plain})`);
});

Deno.test({
  name: ON_V8
    ? "the lean binary refuses a TLS listener: there is none here"
    : "the lean binary refuses a TLS listener with one sentence",
  ignore: ON_V8,
  async fn() {
    const { code, stderr } = await runSockwarden(
      ["--listen=tls://127.0.0.1:2376"],
    );
    assertEquals(code, 2);
    assertEquals(
      stderr,
      "sockwarden: a setting is not valid:\n  --listen 'tls://127.0.0.1:2376': this build does not support TLS: use the v8 build, or a unix socket for each client\n",
    );
  },
});
