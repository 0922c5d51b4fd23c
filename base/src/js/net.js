// Listeners and connections.
"use strict";
(() => {
  const {
    close,
    op_base_heard,
    op_base_hung_up,
    op_base_keepalive_time,
    op_base_quiet,
    op_base_read,
    op_base_write,
    op_carrier_adopt,
    op_carrier_begin,
    op_carrier_clear_pool,
    op_carrier_discard,
    op_carrier_end_engine,
    op_carrier_exchange,
    op_carrier_heard,
    op_carrier_hold,
    op_carrier_keepalive_time,
    op_carrier_listen,
    op_carrier_read,
    op_carrier_relay,
    op_carrier_reply,
    op_carrier_sent,
    op_carrier_sweep,
    op_net_accept,
    op_net_connect_tcp,
    op_net_connect_unix,
    op_net_listen_tcp,
    op_net_listen_unix,
    op_set_keepalive,
    op_set_nodelay,
    shutdown,
    tryClose,
  } = Deno.core;
  const { BadResource, Interrupted } = __base.errors;

  class Conn {
    #rid;
    #remoteAddr;
    #localAddr;

    constructor(rid, remoteAddr, localAddr) {
      this.#rid = rid;
      this.#remoteAddr = remoteAddr;
      this.#localAddr = localAddr;
    }

    get remoteAddr() {
      return this.#remoteAddr;
    }

    get localAddr() {
      return this.#localAddr;
    }

    read(into) {
      if (into.length === 0) return Promise.resolve(0);
      return op_base_read(this.#rid, into);
    }

    write(from) {
      return op_base_write(this.#rid, from);
    }

    close() {
      close(this.#rid);
    }

    closeWrite() {
      return shutdown(this.#rid);
    }

    [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
      tryClose(this.#rid);
    }

    /** Sets the keepalive time; only the base's own global calls it. */
    static keepAliveTime(conn, seconds) {
      op_base_keepalive_time(conn.#rid, seconds);
    }

    /** Whether the peer has gone; only the base's own global calls it. */
    static hungUp(conn) {
      return op_base_hung_up(conn.#rid);
    }

    /** Whether nothing of the peer waits; only the base's own global calls it. */
    static quiet(conn) {
      return op_base_quiet(conn.#rid);
    }

    /** Milliseconds since the peer was heard of; only the base's own global calls it. */
    static heard(conn) {
      return op_base_heard(conn.#rid);
    }
  }

  class TcpConn extends Conn {
    #rid;

    constructor(rid, remoteAddr, localAddr) {
      super(rid, remoteAddr, localAddr);
      this.#rid = rid;
    }

    setNoDelay(on = true) {
      return op_set_nodelay(this.#rid, on);
    }

    setKeepAlive(on = true) {
      return op_set_keepalive(this.#rid, on);
    }
  }

  class UnixConn extends Conn {}

  function tcpConn(rid, localAddr, remoteAddr) {
    localAddr.transport = "tcp";
    remoteAddr.transport = "tcp";
    return new TcpConn(rid, remoteAddr, localAddr);
  }

  function unixConn(rid, localPath, remotePath) {
    return new UnixConn(
      rid,
      { transport: "unix", path: remotePath },
      { transport: "unix", path: localPath },
    );
  }

  class Listener {
    #rid;
    #addr;

    constructor(rid, addr) {
      this.#rid = rid;
      this.#addr = addr;
    }

    get addr() {
      return this.#addr;
    }

    /** Lets the carrier accept; its number. Only the carrier's own functions call it. */
    static carry(listener) {
      return op_carrier_listen(listener.#rid) ? listener.#rid : -1;
    }

    async accept() {
      const made = await op_net_accept(this.#rid);
      return this.#addr.transport === "tcp"
        ? tcpConn(made[0], made[1], made[2])
        : unixConn(made[0], made[1], made[2]);
    }

    close() {
      close(this.#rid);
    }

    async next() {
      try {
        return { value: await this.accept(), done: false };
      } catch (error) {
        if (error instanceof BadResource || error instanceof Interrupted) {
          return { value: undefined, done: true };
        }
        throw error;
      }
    }

    return(value) {
      this.close();
      return Promise.resolve({ value, done: true });
    }

    [Symbol.asyncIterator]() {
      return this;
    }

    [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
      tryClose(this.#rid);
    }
  }

  function validPort(given, least) {
    if (typeof given !== "number" && typeof given !== "string") {
      throw new TypeError(`Invalid port (expected number): ${given}`);
    }
    if (given === "") throw new TypeError("Invalid port: ''");
    const port = Number(given);
    if (!Number.isInteger(port)) {
      throw new TypeError(
        typeof given === "string" && Number.isNaN(port)
          ? `Invalid port: '${given}'`
          : `Invalid port: ${given}`,
      );
    }
    if (port < least || port > 65535) {
      throw new RangeError(`Invalid port (out of range): ${given}`);
    }
    return port;
  }

  function listen(options) {
    const transport = options.transport ?? "tcp";
    if (transport === "tcp") {
      const made = op_net_listen_tcp(
        options.hostname ?? "0.0.0.0",
        validPort(options.port ?? 0, 0),
        options.tcpBacklog ?? 511,
      );
      const addr = made[1];
      addr.transport = "tcp";
      return new Listener(made[0], addr);
    }
    if (transport === "unix") {
      const made = op_net_listen_unix(options.path);
      return new Listener(made[0], { transport: "unix", path: made[1] });
    }
    throw new TypeError(`Unsupported transport: '${transport}'`);
  }

  async function connect(options) {
    const transport = options.transport ?? "tcp";
    if (transport === "tcp") {
      const made = await op_net_connect_tcp(
        options.hostname ?? "127.0.0.1",
        validPort(options.port, 1),
      );
      return tcpConn(made[0], made[1], made[2]);
    }
    if (transport === "unix") {
      const made = await op_net_connect_unix(options.path);
      return unixConn(made[0], made[1], made[2]);
    }
    throw new TypeError(`Unsupported transport: '${transport}'`);
  }

  function made(isTcp, [rid, local, remote]) {
    return isTcp ? tcpConn(rid, local, remote) : unixConn(rid, local, remote);
  }

  function adopt(id) {
    const taken = op_carrier_adopt(id);
    if (taken === null) return null;
    const [isTcp, client, clientBytes, engine, engineBytes, reused] = taken;
    return {
      client: made(isTcp, client),
      clientBytes,
      engine: engine === undefined ? null : made(false, engine),
      engineBytes,
      reused,
    };
  }

  const carrier = Object.freeze({
    begin: op_carrier_begin,
    listen: Listener.carry,
    adopt,
    hold: op_carrier_hold,
    read: op_carrier_read,
    exchange: op_carrier_exchange,
    relay: op_carrier_relay,
    reply: op_carrier_reply,
    discard: op_carrier_discard,
    endEngine: op_carrier_end_engine,
    sent: op_carrier_sent,
    sweep: op_carrier_sweep,
    clearPool: op_carrier_clear_pool,
    heard: op_carrier_heard,
    setKeepAliveTime: op_carrier_keepalive_time,
  });

  __base.net = {
    carrier,
    listen,
    connect,
    keepAliveTime: Conn.keepAliveTime,
    hungUp: Conn.hungUp,
    quiet: Conn.quiet,
    heard: Conn.heard,
  };
})();
