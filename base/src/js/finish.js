// Replaces the runtime's inner namespace with the public one. The glue before it
// needs the inner one, so this runs last.
"use strict";
{
  const { errors, net, system, text, web } = globalThis.__base;
  const ops = globalThis.Deno.core;
  const visible = (value) => ({
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  Object.defineProperties(globalThis, {
    Deno: visible({
      ...system.namespace,
      args: system.readArgs(),
      errors,
      listen: net.listen,
      connect: net.connect,
    }),
    sockwardenBase: visible(Object.freeze({
      decodeLatin1: text.decodeLatin1,
      placesIn: (text, paths) => ops.op_base_places_in(text, paths) ?? null,
      setKeepAliveTime: net.keepAliveTime,
      hungUp: net.hungUp,
      quiet: net.quiet,
      heard: net.heard,
      carrier: net.carrier,
      dropTo: (uid, gid) => ops.op_base_drop_to(uid, gid),
      dropCapabilities: () => ops.op_base_drop_capabilities(),
      couldWrite: (path, uid, gid) => ops.op_base_could_write(path, uid, gid),
      restrict: ({ read, write }) => ops.op_base_restrict(read, write),
      resolve: (name) => ops.op_base_resolve(name),
      containerId: () => ops.op_base_container_id() ?? null,
      terminal: () => ops.op_base_terminal(),
      terminalSize() {
        const size = ops.op_base_terminal_size();
        return size === 0 ? null : { columns: size >>> 16, rows: size & 0xffff };
      },
      takeKeys: (on) => ops.op_base_take_keys(on),
      readKeys: (into) => ops.op_base_read_keys(into),
      commandLine: (pid) => ops.op_base_command_line(pid),
      processStatus: (pid) => ops.op_base_process_status(pid),
      descriptorLimit: () => ops.op_base_descriptor_limit(),
      memoryLimit: () => ops.op_base_memory_limit(),
      resident: () => ops.op_base_resident(),
      memoryHeld: () => ops.op_base_memory_held(),
      boundMemory: (bytes) => ops.op_base_bound_memory(bytes),
      noBytecode: () => ops.op_base_no_bytecode(),
      sha256: (bytes) => ops.op_base_sha256(bytes),
      hmacSha256: (key, bytes) => ops.op_base_hmac_sha256(key, bytes),
      randomBytes: (length) => ops.op_base_random(length),
      readPart: (path, from, most) => ops.op_base_read_part(path, from, most),
      collect: () => ops.op_base_collect(),
      sandbox: () => ops.op_base_sandbox(),
    })),
    TextEncoder: visible(text.TextEncoder),
    TextDecoder: visible(text.TextDecoder),
    setTimeout: visible(web.setTimeout),
    setInterval: visible(web.setInterval),
    clearTimeout: visible(web.clearTimeout),
    clearInterval: visible(web.clearInterval),
    console: visible(web.console),
    performance: visible(web.performance),
  });
  delete globalThis.__base;
}
