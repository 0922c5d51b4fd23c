// The error classes that stock Deno has, each with its own name.
"use strict";
(() => {
  const { registerErrorClass } = Deno.core;
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
      "BadResource",
      "Interrupted",
      "NotCapable",
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
    registerErrorClass(name, made);
  }
  globalThis.__base = { errors };
})();
