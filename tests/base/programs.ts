/**
 * The programs of the conformance suite: the first argument names the one to
 * run. Each prints what it sees, and must print the same on stock Deno and on
 * the lean base. They use only what `lib/host.ts` uses.
 *
 * @module
 */

import {
  args,
  askForSign,
  type Conn,
  connectTcp,
  connectUnix,
  decodeLatin1,
  decodeUtf8,
  encodeUtf8,
  errorKind,
  every,
  exit,
  giveUpStartPermissions,
  heard,
  hex,
  hmacSha256,
  isQuiet,
  type Listener,
  listenTcp,
  listenUnixClosed,
  monotonic,
  onSignal,
  openAppend,
  printStderr,
  printStdout,
  randomBytes,
  readPart,
  readTextFile,
  remove,
  resolveHost,
  sha256,
  stat,
  statLink,
  tuneTcp,
  wallClock,
  writeStdout,
} from "../../lib/host.ts";
import { HMAC_VECTORS, SHA_VECTORS } from "../support/digest_vectors.ts";

const [name = "", folder = "", ...rest] = args();

function say(...values: unknown[]): void {
  printStdout(
    values.map((value) =>
      typeof value === "string" ? value : JSON.stringify(value) ?? String(value)
    ).join(" ") + "\n",
  );
}

/** Says what an action gives, or the class and text of its error. */
async function tell(what: string, action: () => unknown): Promise<void> {
  try {
    const value = await action();
    say(what, "gives", value);
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    // Stock says "run again with", a compiled program "compile with".
    say(what, "throws", name, errorKind(error), code, message);
  }
}

const pause = (milliseconds: number) =>
  new Promise<void>((done) => setTimeout(done, milliseconds));

async function readAll(conn: Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(1000);
  for (;;) {
    const read = await conn.read(buffer);
    if (read === null) return text;
    text += decodeUtf8(buffer.subarray(0, read));
  }
}

async function writeAll(conn: Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

/** What only the lean base offers. */
interface LeanBase {
  decodeLatin1(bytes: Uint8Array): string;
  dropTo(uid: number, gid: number): void;
  dropCapabilities(): void;
  restrict(paths: { read: string[]; write: string[] }): string;
  sandbox(): string;
}

type Pair = [client: Conn, server: Conn];

async function pair(listener: Listener): Promise<Pair> {
  const accepting = listener.accept();
  const addr = listener.addr;
  const client = addr.transport === "unix"
    ? await connectUnix((addr as Deno.UnixAddr).path)
    : await connectTcp("127.0.0.1", (addr as Deno.NetAddr).port);
  return [client, await accepting];
}

function listenUnix(path: string): Listener {
  const listener = listenUnixClosed(path);
  Deno.chmodSync(path, 0o600);
  return listener;
}

/** Runs a test on a pair of either kind. */
async function onBoth(
  test: (pair: Pair, listener: Listener) => Promise<void>,
): Promise<void> {
  for (
    const [kind, listener] of [
      ["tcp", listenTcp("127.0.0.1", 0)],
      ["unix", listenUnix(`${folder}/both.sock`)],
    ] as const
  ) {
    say("--", kind);
    const made = await pair(listener);
    await test(made, listener);
    for (const conn of made) {
      try {
        conn.close();
      } catch {
        // The test closed it.
      }
    }
    listener.close();
  }
}

const programs: Record<string, () => unknown> = {
  async halfClose() {
    await onBoth(async ([client, server]) => {
      await writeAll(client, encodeUtf8("question"));
      await client.closeWrite();
      say("server reads", await readAll(server));
      await writeAll(server, encodeUtf8("answer after the end"));
      await server.closeWrite();
      say("client reads", await readAll(client));
      await tell("read after the end", () => client.read(new Uint8Array(1)));
      await tell("empty read", () => client.read(new Uint8Array(0)));
      await tell("write after the end", () => client.write(encodeUtf8("x")));
    });
  },

  /** A connection that is always ready must leave timers their turn. */
  async alwaysReady() {
    await onBoth(async ([client]) => {
      let fired = false;
      setTimeout(() => fired = true, 5);
      while (!fired) await client.write(new Uint8Array(0));
      say("fired");
    });
  },

  async closing() {
    await onBoth(async ([client, server], listener) => {
      const pending = client.read(new Uint8Array(10));
      pending.catch(() => {});
      client.close();
      await tell("pending read", () => pending);
      await tell("read", () => client.read(new Uint8Array(10)));
      await tell("write", () => client.write(new Uint8Array(10)));
      await tell("closeWrite", () => client.closeWrite());
      await tell("close", () => client.close());
      await tell("the other side", () => server.read(new Uint8Array(10)));
      const accepting = listener.accept();
      await tell("second accept", () => listener.accept());
      accepting.catch(() => {});
    });
    const listener = listenTcp("127.0.0.1", 0);
    const accepting = listener.accept();
    listener.close();
    await tell("pending accept", () => accepting);
    await tell("accept", () => listener.accept());
    await tell("close", () => listener.close());
    const unix = listenUnix(`${folder}/gone.sock`);
    unix.close();
    await pause(10);
    say("the socket's file is left:", statLink(`${folder}/gone.sock`) !== null);
  },

  async reset() {
    // A close with unread bytes resets a TCP connection.
    const listener = listenTcp("127.0.0.1", 0);
    const [client, server] = await pair(listener);
    await writeAll(client, encodeUtf8("never read"));
    await pause(20);
    server.close();
    await pause(20);
    await tell("read", () => client.read(new Uint8Array(10)));
    await tell("write", async () => {
      for (let n = 0; n < 3; n++) await client.write(new Uint8Array(10));
    });
    client.close();
    listener.close();
  },

  async addresses() {
    const listener = listenTcp("127.0.0.1", 0);
    const addr = listener.addr as Deno.NetAddr;
    say(addr.transport, addr.hostname, typeof addr.port);
    const [client, server] = await pair(listener);
    const [local, remote] = [client.localAddr, server.remoteAddr] as [
      Deno.NetAddr,
      Deno.NetAddr,
    ];
    say(local.port === remote.port, remote.transport, remote.hostname);
    say((client.remoteAddr as Deno.NetAddr).port === addr.port);
    tuneTcp(client);
    client.close();
    server.close();
    tuneTcp(client);
    listener.close();
    const both = listenTcp("::", 0);
    const port = (both.addr as Deno.NetAddr).port;
    for (const host of ["127.0.0.1", "::1", "localhost"]) {
      const accepting = both.accept();
      const conn = await connectTcp(host, port);
      const accepted = await accepting;
      if (host !== "localhost") {
        say(host, "arrives as", (accepted.remoteAddr as Deno.NetAddr).hostname);
      }
      conn.close();
      accepted.close();
    }
    both.close();
    const path = `${folder}/addr.sock`;
    const unix = listenUnix(path);
    say(unix.addr.transport, (unix.addr as Deno.UnixAddr).path === path);
    const [from, to] = await pair(unix);
    say((from.remoteAddr as Deno.UnixAddr).path === path, to.remoteAddr);
    say((to.localAddr as Deno.UnixAddr).path === path, from.localAddr);
    from.close();
    to.close();
    unix.close();
  },

  async manyConnections() {
    const listener = listenTcp("127.0.0.1", 0);
    const port = (listener.addr as Deno.NetAddr).port;
    (async () => {
      for await (const conn of listener as Deno.Listener) {
        (async () => {
          const buffer = new Uint8Array(100);
          for (;;) {
            const read = await conn.read(buffer);
            if (read === null) break;
            await writeAll(conn, buffer.subarray(0, read));
          }
          conn.close();
        })();
      }
      say("the listener has ended");
    })();
    let right = 0;
    await Promise.all(Array.from({ length: 50 }, async (_, worker) => {
      for (let round = 0; round < 20; round++) {
        const conn = await connectTcp("127.0.0.1", port);
        const text = `${worker}/${round}`;
        await writeAll(conn, encodeUtf8(text));
        await conn.closeWrite();
        if (await readAll(conn) === text) right++;
        conn.close();
      }
    }));
    say(right, "answers");
    listener.close();
    await pause(10);
  },

  async bulk() {
    const size = 200_000_000;
    const chunk = new Uint8Array(65536).map((_, n) => n % 251);
    const send = async (conn: Conn) => {
      for (let left = size; left > 0;) {
        left -= await conn.write(
          chunk.subarray(0, Math.min(left, chunk.length)),
        );
      }
      await conn.closeWrite();
    };
    const receive = async (conn: Conn, slow: boolean) => {
      const buffer = new Uint8Array(262144);
      let total = 0;
      let reads = 0;
      for (;;) {
        const read = await conn.read(buffer);
        if (read === null) return total;
        total += read;
        if (slow && ++reads % 200 === 0) await pause(1);
      }
    };
    await onBoth(async ([client, server]) => {
      const [, , up, down] = await Promise.all([
        send(client),
        send(server),
        receive(server, true),
        receive(client, false),
      ]);
      say("up", up, "down", down);
    });
  },

  async errors() {
    const listener = listenTcp("127.0.0.1", 0);
    const port = (listener.addr as Deno.NetAddr).port;
    await tell("in use", () => listenTcp("127.0.0.1", port));
    listener.close();
    await tell("refused", () => connectTcp("127.0.0.1", port));
    await tell("no such address", () => listenTcp("192.0.2.1", 0));
    await tell("port 0", () => connectTcp("127.0.0.1", 0));
    await tell("port 70000", () => listenTcp("127.0.0.1", 70000));
    await tell("no such host", async () => {
      try {
        await connectTcp("no-such-host.invalid", 1);
      } catch (error) {
        // The resolver's own words differ between C libraries.
        throw new Error(String((error as Error).message).slice(0, 40));
      }
    });
    await tell("no such socket", () => connectUnix(`${folder}/none`));
    await tell("no socket", () => connectUnix(folder));
    await tell("no such folder", () => listenUnixClosed("/no/such/folder/x"));
    const unix = listenUnix(`${folder}/used.sock`);
    await tell("path in use", () => listenUnixClosed(`${folder}/used.sock`));
    unix.close();
    await tell("read", () => readTextFile("/no/such/file"));
    await tell("read folder", () => readTextFile("/tmp"));
    await tell("stat", () => stat("/no/such/file"));
    await tell("lstat below a file", () => statLink("/etc/passwd/x"));
    await tell("remove", () => remove("/no/such/file"));
    await tell("chmod", () => Deno.chmodSync("/no/such/file", 0o600));
    await tell("chown", () => Deno.chownSync("/no/such/file", null, 1));
    const { AddrInUse, NotFound, Interrupted } = Deno.errors;
    say([AddrInUse, NotFound, Interrupted].map((one) => new one("x").name));
    await tell("is an Error", () => {
      try {
        readTextFile("/no/such/file");
      } catch (error) {
        return [
          error instanceof Error,
          error instanceof Deno.errors.NotFound,
          Object.prototype.toString.call(error),
        ];
      }
    });
  },

  /** A file is added to, also one that was there; what fails says so. */
  async appending() {
    const path = `${folder}/appended`;
    const text = (words: string) => encodeUtf8(`${words}\n`);
    const file = openAppend(path, 0o600);
    await tell("write", () => file.write(text("first")));
    await tell("sync", () => file.syncData());
    file.close();
    await tell("write after the close", () => file.write(text("lost")));
    await tell("sync after the close", () => file.syncData());
    const again = openAppend(path, 0o644);
    await tell("write again", () => again.write(text("second")));
    again.close();
    say(readTextFile(path), (stat(path)!.mode! & 0o777).toString(8));
    say(again.tryLockSync === undefined);
    const held = openAppend(path, 0o600);
    const other = openAppend(path, 0o600);
    await tell("lock", () => held.tryLockSync(true));
    await tell("lock what is locked", () => other.tryLockSync(true));
    held.close();
    await tell("lock what is free again", () => other.tryLockSync(true));
    const { ino, dev } = stat(path)!;
    const opened = other.statSync();
    say(opened.isFile, opened.size, opened.ino === ino, opened.dev === dev);
    other.close();
    await tell("lock after the close", () => other.tryLockSync(true));
    await tell("stat after the close", () => other.statSync());
    for (const [from, most] of [[0, 5], [6, 3], [6, 300], [13, 1], [99, 1]]) {
      say(from, most, decodeUtf8(readPart(path, from!, most!)));
    }
    await tell("a part of nothing", () => readPart("/no/such/file", 0, 1));
    await tell("a folder", () => openAppend(folder, 0o600));
    await tell("no folder", () => openAppend(`${folder}/no/such`, 0o600));
  },

  digests() {
    for (const [text, times] of SHA_VECTORS) {
      say(hex(sha256(encodeUtf8(text.repeat(times)))));
    }
    for (const [key, data] of HMAC_VECTORS) say(hmacSha256(key, data));
    // A view of a part is that part alone.
    say(hex(sha256(encodeUtf8("xabcx").subarray(1, 4))));
    say(randomBytes(256).length, randomBytes(0).length);
    say(hex(randomBytes(16)) === hex(randomBytes(16)));
  },

  files() {
    const path = `${folder}/file`;
    say(readTextFile(path));
    say(readTextFile(`${folder}/broken`));
    for (
      const found of [
        stat(path),
        statLink(path),
        statLink(folder),
        stat(folder),
      ]
    ) {
      if (found === null) continue;
      // What differs from run to run is looked at, but not printed.
      const { atime, mtime, ctime, birthtime, ino, blocks, size, ...same } =
        found;
      say(same, found.isFile ? size : typeof size, typeof ino, typeof blocks);
      say(
        [atime, mtime, ctime, birthtime].map((one) =>
          one instanceof Date && Math.abs(one.getTime() - Date.now()) < 60_000
        ),
      );
    }
    const link = statLink(`${folder}/link`);
    say(link?.isSymlink, link?.isFile, stat(`${folder}/link`)?.isFile);
    Deno.chmodSync(path, 0o640);
    say(((stat(path)?.mode ?? 0) & 0o7777).toString(8));
    Deno.chownSync(path, null, Deno.gid()!);
    const old = Deno.umask(0o027);
    say("umask", old, Deno.umask(old), Deno.umask());
    const listener = listenUnixClosed(`${folder}/closed.sock`);
    const socket = statLink(`${folder}/closed.sock`);
    say(socket?.isSocket, ((socket?.mode ?? 0) & 0o777).toString(8));
    listener.close();
    remove(path);
    say(stat(path));
    say(typeof Deno.uid(), typeof Deno.gid());
  },

  async timers() {
    const order: string[] = [];
    setTimeout(() => order.push("20"), 20);
    setTimeout(() => order.push("10"), 10);
    setTimeout((...values: string[]) => order.push(...values), 0, "0", "arg");
    queueMicrotask(() => order.push("microtask"));
    Promise.resolve().then(() => order.push("promise"));
    clearTimeout(setTimeout(() => order.push("never"), 5));
    clearTimeout(undefined);
    for (const none of [-1, NaN, Infinity, 2 ** 40]) clearTimeout(none);
    let count = 0;
    const stop = every(1, () => {
      if (++count === 5) {
        stop();
        order.push("five");
      }
    });
    await pause(60);
    say(order.filter((one) => one !== "five"), count);
    let fired = 0;
    let last = -1;
    let inOrder = true;
    for (let n = 0; n < 5000; n++) {
      setTimeout(() => {
        fired++;
        const due = n % 50;
        if (due < last) inOrder = false;
        last = due;
      }, (n % 50) * 2);
    }
    await pause(400);
    say(fired, inOrder);
    const before = monotonic();
    const clock = wallClock();
    await pause(30);
    say(monotonic() - before >= 29, wallClock() - clock >= 29);
    say(Math.abs(wallClock() - Date.now()) < 1000);
  },

  text() {
    const samples = [
      [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80],
      [0xff, 0x61],
      [0xc3],
      [0xe2, 0x82],
      [0xf0, 0x9f, 0x98],
      [0xed, 0xa0, 0x80],
      [0xc0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0x61, 0xe2, 0x82, 0x62],
      [0xef, 0xbb, 0xbf, 0x61],
      [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf],
      [],
      [0, 1, 0x7f],
    ];
    const units = (text: string) =>
      Array.from({ length: text.length }, (_, n) => text.charCodeAt(n));
    for (const sample of samples) {
      const bytes = new Uint8Array(sample);
      say(sample, units(decodeUtf8(bytes)));
      say(units(new TextDecoder().decode(bytes)));
      try {
        say(units(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
      } catch (error) {
        say((error as Error).name, (error as Error).message);
      }
      const decoder = new TextDecoder();
      let pieces = "";
      for (const byte of sample) {
        pieces += decoder.decode(new Uint8Array([byte]), { stream: true });
        pieces += "|";
      }
      say(units(pieces + decoder.decode()));
    }
    const all = new Uint8Array(256).map((_, n) => n);
    say(units(decodeLatin1(all)));
    const large = new Uint8Array(100_000).map((_, n) => (n * 7) % 256);
    const text = decodeLatin1(large);
    say(text.length, large.every((byte, n) => text.charCodeAt(n) === byte));
    say([...encodeUtf8("a\u00e9\u20ac\u{1f600}\ud800b\udc00")]);
    say(encodeUtf8("").length, encodeUtf8("x".repeat(1e6)).length);
    say(new TextEncoder().encoding, new TextDecoder("utf8").encoding);
    try {
      new TextDecoder("no-such-coding");
    } catch (error) {
      say((error as Error).name, (error as Error).message);
    }
  },

  environment() {
    const all = Deno.env.toObject();
    say(all.CONFORMANCE, "NOPE" in all, Object.keys(all).includes("PATH"));
    say(Object.keys(all).filter((one) => one.startsWith("V82")));
    say(rest);
    say(Deno.args.length === rest.length + 2);
  },

  async output() {
    for (let at = 0; at < 3; at++) {
      await writeStdout(encodeUtf8(`line ${at}\n`));
    }
    // Far more than a pipe holds.
    const bytes = new Uint8Array(500_000).fill(0x78);
    for (let at = 0; at < bytes.length;) {
      at += await writeStdout(bytes.subarray(at));
    }
    printStdout("\nsync\n");
    printStderr("error\n");
  },

  /** The output is not read: timers must go on. */
  async blockedOutput() {
    const bytes = new Uint8Array(1_000_000);
    (async () => {
      for (let at = 0; at < bytes.length;) {
        at += await writeStdout(bytes.subarray(at));
      }
    })();
    let ticks = 0;
    const stop = every(5, () => ticks++);
    await pause(300);
    stop();
    printStderr(ticks > 20 ? "ticking\n" : `only ${ticks} ticks\n`);
    exit(0);
  },

  signals() {
    let count = 0;
    onSignal("SIGHUP", () => {
      say("SIGHUP", ++count);
      if (count === 2) say("ready for the end");
    });
    onSignal("SIGTERM", () => {
      say("SIGTERM");
      exit(3);
    });
    onSignal("SIGINT", () => say("SIGINT"));
    setInterval(() => {}, 1000);
    say("ready");
  },

  /** Waiting for a signal keeps no program alive. */
  signalEnds() {
    onSignal("SIGHUP", () => {});
    say("end");
  },

  permissions() {
    say(typeof Deno.uid());
    giveUpStartPermissions();
    for (const action of [() => Deno.env.toObject(), () => Deno.uid()]) {
      try {
        say(action());
      } catch (error) {
        say((error as Error).name, (error as Error).message);
      }
    }
    say(typeof readTextFile("/etc/passwd"));
  },

  /** Names as the system resolves them; what an error says differs. */
  async resolve() {
    say((await resolveHost("localhost")).includes("127.0.0.1"));
    say(await resolveHost("192.0.2.7"));
    say(await resolveHost("2001:db8::7"));
    say(
      await resolveHost("nowhere.invalid").then(() => "found", () => "none"),
    );
  },

  /** A module that only stock Deno has may be named, and fails when loaded. */
  async missingModule() {
    const load = () => import("node:tls");
    say(typeof load);
    try {
      await load();
      say("loaded");
    } catch (error) {
      say((error as Error).name, (error as Error).message);
    }
  },

  /** A module of the program's own, when all is confined and given up. */
  async lateModule() {
    const base = (globalThis as unknown as { sockwardenBase: LeanBase })
      .sockwardenBase;
    say(base.restrict({ read: [], write: [] }));
    giveUpStartPermissions();
    await tell("late", async () => (await import("./late.ts")).said);
    await tell("again", async () => (await import("./late.ts")).said);
  },

  /** What only the lean base has. */
  hardening() {
    const base = (globalThis as unknown as { sockwardenBase: LeanBase })
      .sockwardenBase;
    say("sandbox:", base.sandbox());
    const bytes = new Uint8Array(256).map((_, n) => n);
    const text = base.decodeLatin1(bytes);
    say("latin1:", bytes.every((byte, n) => text.charCodeAt(n) === byte));
    const names = ["Deno.core", "__bootstrap", "__infra", "WebAssembly"];
    say(
      "left over:",
      names.filter((one) =>
        one === "Deno.core" ? "core" in Deno : one in globalThis
      ),
    );
  },

  async dropTo() {
    const base = (globalThis as unknown as { sockwardenBase: LeanBase })
      .sockwardenBase;
    // A thread that is there before, so that it must change too.
    await connectTcp("localhost", 1).catch(() => {});
    base.dropTo(65532, 65532);
    say(Deno.uid(), Deno.gid());
    await tell("again", () => base.dropTo(1, 1));
    await tell("read what is root's", () => readTextFile("/etc/shadow"));
    await tell(
      "resolve",
      async () => (await connectTcp("localhost", 1)).close(),
    );
    setInterval(() => {}, 1000);
    say("ready");
  },

  async dropCapabilities() {
    const base = (globalThis as unknown as { sockwardenBase: LeanBase })
      .sockwardenBase;
    base.dropCapabilities();
    // A thread that comes later has none either.
    await connectTcp("localhost", 1).catch(() => {});
    say(Deno.uid());
    await tell("become another", () => base.dropTo(65532, 65532));
    setInterval(() => {}, 1000);
    say("ready");
  },

  async restrict() {
    const base = (globalThis as unknown as { sockwardenBase: LeanBase })
      .sockwardenBase;
    const before = listenUnix(`${folder}/before.sock`);
    const [outside = ""] = rest;
    say(base.restrict({ read: [folder], write: [`${folder}/write`] }));
    await tell("read inside", () => readTextFile(`${folder}/file`));
    await tell("read outside", () => readTextFile(`${outside}/secret`));
    await tell("stat outside", () => stat(`${outside}/secret`)?.isFile);
    await tell("connect outside", async () => {
      const conn = await connectUnix(`${outside}/engine.sock`);
      conn.close();
      return "connected";
    });
    await tell("connect inside", async () => {
      const [client, server] = await pair(before);
      client.close();
      server.close();
      return "connected";
    });
    await tell("make where only reading is allowed", () => {
      listenUnixClosed(`${folder}/more.sock`);
    });
    await tell("make where writing is allowed", () => {
      const path = `${folder}/write/more.sock`;
      listenUnixClosed(path).close();
      return statLink(path) !== null;
    });
    await tell("resolve", async () => {
      const listener = listenTcp("127.0.0.1", 0);
      const { port } = listener.addr as Deno.NetAddr;
      const accepting = listener.accept();
      (await connectTcp("localhost", port)).close();
      (await accepting).close();
      listener.close();
      return "connected";
    });
    before.close();
  },

  async quiet() {
    const unix = listenUnix(`${folder}/quiet.sock`);
    for (const listener of [listenTcp("127.0.0.1", 0), unix]) {
      const [client, server] = await pair(listener);
      say(isQuiet(server));
      await client.write(new Uint8Array(2));
      while (isQuiet(server)) await pause(5);
      say("content");
      // Looking has taken nothing.
      say(await server.read(new Uint8Array(8)), isQuiet(server));
      await client.closeWrite();
      while (isQuiet(server)) await pause(5);
      say("an end");
      server.close();
      say(isQuiet(server));
      client.close();
      listener.close();
    }
  },

  async heard() {
    const listener = listenTcp("127.0.0.1", 0);
    const [client, server] = await pair(listener);
    const until = async (holds: (ago: number) => boolean) => {
      while (!holds(heard(server) ?? -1)) await pause(20);
    };
    await until((ago) => ago > 300);
    say("silent");
    await client.write(new Uint8Array(1));
    await until((ago) => ago < 300);
    say("content");
    await until((ago) => ago > 1200);
    say(askForSign(server));
    await until((ago) => ago < 1200);
    say("a sign");
    server.close();
    say(heard(server), askForSign(server));
    client.close();
    listener.close();
  },

  recursion() {
    const depth = (n: number): number => n === 0 ? 0 : 1 + depth(n - 1);
    say(depth(5000));
    try {
      depth(10_000_000);
    } catch (error) {
      say((error as Error).name, (error as Error).message);
    }
    say(depth(5000));
    let nested: unknown[] = [];
    for (let n = 0; n < 2000; n++) nested = [nested];
    say(JSON.stringify(nested).length);
  },

  smallStack() {
    const depth = (n: number): number => n === 0 ? 0 : 1 + depth(n - 1);
    for (
      const deep of [() => depth(1e7), () => JSON.parse("[".repeat(1e6))]
    ) {
      try {
        deep();
      } catch (error) {
        say((error as Error).name);
      }
    }
  },

  /** Fills the memory with small objects. */
  memory() {
    const kept: unknown[] = [];
    for (let n = 0;; n++) kept.push({ n });
  },

  garbage() {
    let kept: Uint8Array[] = [];
    let total = 0;
    for (let n = 0; n < 2000; n++) {
      kept.push(new Uint8Array(50_000));
      total += 50_000;
      if (kept.length > 20) kept = [];
    }
    const cycles: unknown[] = [];
    for (let n = 0; n < 100_000; n++) {
      const a: { b?: unknown } = {};
      a.b = { a };
      if (n % 1000 === 0) cycles.push(a);
    }
    say(total, cycles.length);
  },

  language() {
    say("aXbXc".replaceAll("X", "-"), "abc".at(-1), [3, 1, 2].toSorted());
    say(/(?<year>\d{4})/u.exec("in 2026")?.groups?.year);
    say("x".padStart(3, "ab"), [..."a\u{1f600}b"].length);
    say(Object.groupBy([1, 2, 3], (n) => n % 2 === 0 ? "even" : "odd"));
    say(structuredCloneFree({ a: [1, { b: 2 }] }));
    say(new Date(0).toISOString(), JSON.stringify({ a: undefined, b: null }));
    say([1, [2, [3]]].flat(Infinity), Number("0x10"), 2 ** 53, 0.1 + 0.2);
    say(/^[\p{L}]+$/u.test("été"), "ß".toUpperCase(), "İ".toLowerCase().length);
    say(new Map([[1, 2]]).size, new Set([1, 1]).size, 10n ** 20n > 5n);
    class Hidden {
      #x = 1;
      static has(one: object) {
        return #x in one;
      }
    }
    say(Hidden.has(new Hidden()), Hidden.has({}));
  },

  uncaught() {
    setTimeout(() => say("never"), 50);
    setTimeout(() => {
      throw new TypeError("from a timer");
    }, 1);
  },
  rejected() {
    setTimeout(() => say("never"), 50);
    Promise.reject(new RangeError("not caught"));
  },
  thrown() {
    throw new Error("at the top");
  },
  microtask() {
    queueMicrotask(() => {
      throw new Error("in a microtask");
    });
  },
  never: () => new Promise(() => {}),
  exitCode() {
    setTimeout(() => say("never"), 1);
    exit(42);
  },
};

function structuredCloneFree(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const program = programs[name];
if (program === undefined) {
  printStderr(`no program is called ${name}\n`);
  exit(64);
}
await program();
