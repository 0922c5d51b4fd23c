/**
 * A stand-in for an engine with 1,000 containers, or as many as asked for, of
 * which one in a hundred has the label `team=shop`, and with many events.
 *
 * Run as `scope_engine.ts SOCKET [CONTAINERS]`.
 *
 * @module
 */

/** Containers in all, and those in scope. */
export const CONTAINERS = 1000;
export const IN_SCOPE = 10;
/** Events of a second, for so many seconds; one in {@link CONTAINERS} ÷ {@link IN_SCOPE} is of a container in scope. */
export const EVENTS_PER_SECOND = 10_000;
export const EVENT_SECONDS = 5;

const encoder = new TextEncoder();
const HEAD =
  "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n";

const ID = (i: number) => i.toString(16).padStart(64, "0");

/** An entry of about 2 KB, as containers of Compose have. */
function entry(i: number): object {
  const labels = Object.fromEntries(
    Array.from({ length: 24 }, (_, n) => [
      `com.docker.compose.label-${n}`,
      `value ${n} of container ${i}, of a usual length`,
    ]),
  );
  return {
    Id: ID(i),
    Names: [`/app-${i}`],
    Image: "nginx:1.29",
    State: "running",
    Status: "Up 3 hours",
    Labels: { ...labels, team: teamOf(i) },
    HostConfig: { NetworkMode: "front" },
    NetworkSettings: { Networks: {} },
    Mounts: [],
  };
}

function teamOf(i: number): string {
  return i % (CONTAINERS / IN_SCOPE) === 0 ? "shop" : "bank";
}

/** A container of {@link teamOf} shop. */
export const MINE = ID(0);

function answer(body: string): Uint8Array {
  return encoder.encode(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`);
}

/** The list of the first so many containers. */
function listOf(count: number): Uint8Array {
  const entries = Array.from({ length: count }, (_, i) => entry(i));
  return answer(`${JSON.stringify(entries)}\n`);
}
const SMALL = answer('{"Version":"1.41"}\n');

function inspected(i: number): Uint8Array {
  return answer(JSON.stringify({
    Id: ID(i),
    Name: `/app-${i}`,
    Config: { Labels: { team: teamOf(i) } },
    State: { Running: true },
    HostConfig: {},
    NetworkSettings: { Networks: {} },
  }));
}

function event(i: number): string {
  const id = i % CONTAINERS;
  return `${
    JSON.stringify({
      status: "top",
      id: ID(id),
      from: "nginx:1.29",
      Type: "container",
      Action: "top",
      Actor: {
        ID: ID(id),
        Attributes: { image: "nginx:1.29", name: `app-${id}`, number: `${i}` },
      },
      scope: "local",
      time: 1,
    })
  }\n`;
}

async function sendEvents(conn: Deno.Conn): Promise<void> {
  const start = performance.now();
  for (let sent = 0; sent < EVENTS_PER_SECOND * EVENT_SECONDS;) {
    const due = Math.min(
      (performance.now() - start) * EVENTS_PER_SECOND / 1000,
      EVENTS_PER_SECOND * EVENT_SECONDS,
    );
    let text = "";
    for (; sent < due; sent++) text += event(sent);
    if (text !== "") {
      await writeAll(
        conn,
        encoder.encode(`${text.length.toString(16)}\r\n${text}\r\n`),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await writeAll(conn, encoder.encode("0\r\n\r\n"));
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

async function serve(conn: Deno.Conn, list: Uint8Array): Promise<void> {
  const buffer = new Uint8Array(65536);
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const size = await conn.read(buffer);
      if (size === null) break;
      const target = decoder.decode(buffer.subarray(0, size)).split(" ")[1]!;
      const one = /\/containers\/(?:0*([0-9a-f]+)|app-([0-9]+))\/json/
        .exec(target);
      if (/\/events/.test(target)) {
        await writeAll(
          conn,
          encoder.encode(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`),
        );
        // The index of scopes asks for what makes and ends objects alone.
        if (!target.includes("create")) await sendEvents(conn);
      } else if (one !== null) {
        const i = one[1] === undefined ? Number(one[2]) : parseInt(one[1], 16);
        await writeAll(conn, inspected(i));
      } else {
        await writeAll(conn, /\/containers\/json/.test(target) ? list : SMALL);
      }
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
  const list = listOf(Number(Deno.args[1] ?? CONTAINERS));
  console.log("ready");
  for await (const conn of listener) serve(conn, list);
}
