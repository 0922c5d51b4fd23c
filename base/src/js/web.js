// Timers, the clock, and a plain console.
"use strict";
(() => {
  const { op_base_now, op_base_write_sync } = Deno.core;
  const { createTimer, cancelTimer, encode } = Deno.core;

  function start(callback, after, args, repeats) {
    if (typeof callback !== "function") {
      throw new TypeError("The callback of a timer must be a function");
    }
    return createTimer(
      callback,
      after,
      args.length > 0 ? args : undefined,
      repeats,
    );
  }

  function clear(timer) {
    if (typeof timer === "number") cancelTimer(timer);
  }

  function shown(value) {
    if (typeof value === "string") return value;
    if (value instanceof Error) return value.stack || String(value);
    if (typeof value === "object" && value !== null) {
      try {
        return JSON.stringify(value) ?? String(value);
      } catch {
        return String(value);
      }
    }
    return String(value);
  }

  function print(to, values) {
    const bytes = encode(values.map(shown).join(" ") + "\n");
    for (let at = 0; at < bytes.length;) {
      at += op_base_write_sync(to, bytes.subarray(at));
    }
  }

  const out = (...values) => print(1, values);
  const err = (...values) => print(2, values);

  __base.web = {
    setTimeout: (callback, after, ...args) =>
      start(callback, after, args, false),
    setInterval: (callback, after, ...args) =>
      start(callback, after, args, true),
    clearTimeout: clear,
    clearInterval: clear,
    console: { log: out, info: out, debug: out, warn: err, error: err },
    performance: { now: () => op_base_now() },
  };
})();
