// Files, process, signals, standard streams, permissions.
"use strict";
(() => {
  const {
    close,
    op_base_args,
    op_base_chmod,
    op_base_chown,
    op_base_env,
    op_base_env_get,
    op_base_exit,
    op_base_file_lock,
    op_base_file_stat,
    op_base_file_sync,
    op_base_file_write,
    op_base_identity,
    op_base_open_append,
    op_base_read_text,
    op_base_remove,
    op_base_rename,
    op_base_revoke,
    op_base_signal_bind,
    op_base_signal_next,
    op_base_stat,
    op_base_umask,
    op_base_write_stdout,
    op_base_write_sync,
  } = Deno.core;

  function time(milliseconds) {
    return Number.isNaN(milliseconds) ? null : new Date(milliseconds);
  }

  // The numbers come in the order of `op_base_stat`.
  function fileInfo(n) {
    return {
      isFile: n[0] === 1,
      isDirectory: n[1] === 1,
      isSymlink: n[2] === 1,
      size: n[3],
      mtime: time(n[4]),
      atime: time(n[5]),
      birthtime: time(n[6]),
      ctime: time(n[7]),
      dev: n[8],
      ino: n[9],
      mode: n[10],
      nlink: n[11],
      uid: n[12],
      gid: n[13],
      rdev: n[14],
      blksize: n[15],
      blocks: n[16],
      isBlockDevice: n[17] === 1,
      isCharDevice: n[18] === 1,
      isFifo: n[19] === 1,
      isSocket: n[20] === 1,
    };
  }

  // A file is only ever added to.
  function openSync(path, { append, create, mode }) {
    if (append !== true || create !== true) {
      throw new TypeError("Files are opened for appending only");
    }
    const rid = op_base_open_append(path, mode ?? 0o666);
    return {
      write: async (bytes) => op_base_file_write(rid, bytes),
      syncData: () => op_base_file_sync(rid),
      statSync: () => fileInfo(op_base_file_stat(rid)),
      tryLockSync: () => op_base_file_lock(rid),
      close: () => close(rid),
    };
  }

  // One resource for each signal, which stays for the whole run, and its
  // handlers in the order in which they were added.
  const signals = new Map();

  function addSignalListener(name, handler) {
    let entry = signals.get(name);
    if (entry === undefined) {
      entry = { rid: op_base_signal_bind(name), handlers: new Set() };
      signals.set(name, entry);
      arrivals(entry);
    }
    entry.handlers.add(handler);
  }

  async function arrivals(entry) {
    for (;;) {
      const next = op_base_signal_next(entry.rid);
      if (!await next) return;
      for (const handler of [...entry.handlers]) handler();
    }
  }

  function revokeSync(descriptor) {
    return {
      state: op_base_revoke(String(descriptor?.name)),
      onchange: null,
    };
  }

  __base.system = {
    readArgs: op_base_args,
    namespace: {
      readTextFileSync: (path) => op_base_read_text(path),
      lstatSync: (path) => fileInfo(op_base_stat(path, false)),
      statSync: (path) => fileInfo(op_base_stat(path, true)),
      openSync,
      removeSync: (path) => op_base_remove(path),
      renameSync: (from, to) => op_base_rename(from, to),
      chmodSync: (path, mode) => op_base_chmod(path, mode),
      chownSync: (path, uid, gid) => op_base_chown(path, uid ?? -1, gid ?? -1),
      umask: (mask) => op_base_umask(mask ?? -1),
      uid: () => op_base_identity(false),
      gid: () => op_base_identity(true),
      exit: (code = 0) => op_base_exit(code),
      env: {
        toObject: () => Object.fromEntries(op_base_env()),
        get: (name) => op_base_env_get(String(name)) ?? undefined,
      },
      addSignalListener,
      stdout: {
        write: (bytes) => op_base_write_stdout(bytes),
        writeSync: (bytes) => op_base_write_sync(1, bytes),
      },
      stderr: {
        writeSync: (bytes) => op_base_write_sync(2, bytes),
      },
      permissions: {
        revokeSync,
      },
      version: { deno: "lean", v8: "quickjs", typescript: "" },
    },
  };
})();
