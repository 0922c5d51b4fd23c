/**
 * A stand-in for an engine that creates containers, and that knows one with a
 * long environment and many labels; it tells of it as `web` the same each time,
 * as `ill` with another output of its health check, and as `new` with another id
 * too.
 *
 * Run as `guard_engine.ts SOCKET`.
 *
 * @module
 */

/** Bytes of the body of a creation, and of the answer that describes a container. */
export const CREATE_BYTES = 4 * 1024;
export const INSPECT_BYTES = 20 * 1024;
const VARIABLES = 40;

const encoder = new TextEncoder();
const HEAD = "Api-Version: 1.41\r\nContent-Type: application/json\r\n";
const ID = "0f3c".repeat(16);

/** Variables and labels as of Compose, so long that something has that many bytes in all. */
function filled(
  bytes: number,
  make: (env: string[], labels: object) => object,
) {
  const of = (length: number) =>
    JSON.stringify(make(
      Array.from(
        { length: VARIABLES },
        (_, n) => `SERVICE_${n}_SETTING=${text(n, length)}`,
      ),
      Object.fromEntries(Array.from(
        { length: VARIABLES },
        (_, n) => [`com.docker.compose.label-${n}`, text(n, length)],
      )),
    ));
  let length = 0;
  while (of(length + 1).length < bytes) length++;
  return of(length);
}

function text(n: number, length: number): string {
  return `https://user:${n}@db.example.org:5432/app?mode=require&pool=10 `
    .repeat(4).slice(0, length);
}

/** The body of a creation that keeps to the guard `standard` and needs no look-up. */
export const CREATE_BODY: string = filled(CREATE_BYTES, (Env, Labels) => ({
  Hostname: "",
  User: "1000:1000",
  AttachStdout: true,
  AttachStderr: true,
  Tty: false,
  Env,
  Cmd: ["/app/serve", "--listen=0.0.0.0:8080"],
  Healthcheck: { Test: ["CMD", "/app/health"], Interval: 30000000000 },
  Image: "registry.example.org/shop/front:1.29",
  WorkingDir: "/app",
  Labels,
  ExposedPorts: { "8080/tcp": {} },
  HostConfig: {
    Binds: null,
    PortBindings: { "8080/tcp": [{ HostIp: "", HostPort: "8080" }] },
    RestartPolicy: { Name: "unless-stopped", MaximumRetryCount: 0 },
    CapDrop: ["ALL"],
    CapAdd: ["NET_BIND_SERVICE"],
    SecurityOpt: ["no-new-privileges:true"],
    Memory: 536870912,
    NanoCpus: 1500000000,
    LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
  },
}));

/** The answer of a real engine, with more variables and labels. */
function inspected(): string {
  const answers = JSON.parse(Deno.readTextFileSync(
    new URL("../guard/hide/answers.json", import.meta.url),
  ));
  const answer = JSON.parse(answers["20.10"]["container.inspect"]);
  const { Env: env, Labels: labels } = answer.Config;
  const body = filled(INSPECT_BYTES, (more, others) => {
    answer.Config.Env = [...env, ...more];
    answer.Config.Labels = { ...labels, ...others };
    return answer;
  });
  // As Go writes them.
  return body.replaceAll("&", "\\u0026") + "\n";
}

function answer(status: string, body: string): Uint8Array {
  return encoder.encode(
    `HTTP/1.1 ${status}\r\n${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/** An answer that is another one each time, of the same length, behind each of these marks. */
function changing(body: string, ...marks: string[]): () => Uint8Array {
  const places = marks.map((mark) => body.indexOf(mark) + mark.length).sort(
    (one, other) => one - other,
  );
  let count = 0;
  return () => {
    const part = String(count++).padStart(12, "0");
    let [text, done] = ["", 0];
    for (const at of places) {
      text += body.slice(done, at) + part;
      done = at + 12;
    }
    return answer("200 OK", text + body.slice(done));
  };
}

/** The answers that describe a container. */
interface Inspects {
  readonly same: Uint8Array;
  readonly other: () => Uint8Array;
  readonly another: () => Uint8Array;
}

async function serve(
  conn: Deno.Conn,
  { same, other, another }: Inspects,
): Promise<void> {
  const created = answer("201 Created", `{"Id":"${ID}","Warnings":[]}\n`);
  const small = answer("200 OK", '{"Version":"1.41"}\n');
  const buffer = new Uint8Array(65536);
  const decoder = new TextDecoder();
  try {
    for (;;) {
      let size = await conn.read(buffer);
      if (size === null) break;
      const head = decoder.decode(buffer.subarray(0, size));
      const start = head.indexOf("\r\n\r\n") + 4;
      const [, length = 0] = /\r\nContent-Length: ([0-9]+)/i.exec(head) ?? [];
      while (size < start + Number(length)) {
        size += await conn.read(buffer) ?? Infinity;
      }
      let rest = head.startsWith("POST") ? created : small;
      if (head.includes("/web/json ")) rest = same;
      if (head.includes("/ill/json ")) rest = other();
      if (head.includes("/new/json ")) rest = another();
      while (rest.length > 0) rest = rest.subarray(await conn.write(rest));
    }
  } catch {
    // The proxy closed the connection.
  }
  try {
    conn.close();
  } catch {
    // Closed already.
  }
}

if (import.meta.main) {
  const listener = Deno.listen({ transport: "unix", path: Deno.args[0]! });
  // The lean binary gives up root before it connects.
  Deno.chmodSync(Deno.args[0]!, 0o666);
  const body = inspected();
  const inspects = {
    same: answer("200 OK", body),
    other: changing(body, '"Output":"'),
    another: changing(body, '"Output":"', '"Id":"'),
  };
  console.log("ready");
  for await (const conn of listener) serve(conn, inspects);
}
