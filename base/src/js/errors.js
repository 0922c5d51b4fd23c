// The error classes that stock Deno has, each with its own name.
"use strict";
(() => {
  const { core } = Deno;
  const errors = {};
  for (
    const name of [
      "NotFound",
      "PermissionDenied",
      "ConnectionRefused",
      "ConnectionReset",
      "ConnectionAborted",
      "NotConnected",
      "AddrInUse",
      "AddrNotAvailable",
      "BrokenPipe",
      "AlreadyExists",
      "InvalidData",
      "TimedOut",
      "WriteZero",
      "WouldBlock",
      "UnexpectedEof",
      "Busy",
      "Http",
      "NotSupported",
      "FilesystemLoop",
      "IsADirectory",
      "NetworkUnreachable",
      "NotADirectory",
    ]
  ) {
    const made = {
      [name]: class extends Error {
        constructor(message, options) {
          super(message, options);
          this.name = name;
        }
      },
    }[name];
    errors[name] = made;
    core.registerErrorClass(name, made);
  }
  // These three are the runtime's own.
  errors.BadResource = core.BadResource;
  errors.Interrupted = core.Interrupted;
  errors.NotCapable = core.NotCapable;
  globalThis.__base = { errors };
})();
