// Nothing may take or move an array's memory while the system reads into it
// (`engine::Bytes`).
"use strict";
for (const kind of [ArrayBuffer, SharedArrayBuffer]) {
  for (const name of Object.getOwnPropertyNames(kind.prototype)) {
    if (/^(transfer|resize|grow)/.test(name)) delete kind.prototype[name];
  }
}
