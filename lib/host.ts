/**
 * Every function of the runtime that the program uses, and nothing else, by
 * topic in `host/`.
 *
 * The shipped binary runs on our own base program, which offers just this
 * list (`docs/base.md`), so nothing else in what `serve` loads may name `Deno`
 * or a web API; `deno task check` enforces it. What only our base can do
 * (changing the user, confining files) is reached through one optional global
 * and degrades to a sentence on the stock runtimes.
 *
 * @module
 */

export type { Conn, Listener } from "./host/conn.ts";
export { hex, hmacSha256, randomBytes, sha256 } from "./host/digest.ts";
export { type ErrorKind, errorKind } from "./host/errors.ts";
export {
  type AppendFile,
  chgrp,
  chmod,
  type FileInfo,
  openAppend,
  readPart,
  readTextFile,
  remove,
  rename,
  stat,
  statLink,
} from "./host/files.ts";
export { parseJson, placesIn } from "./host/json.ts";
export { runtimeName } from "./host/lean.ts";
export { type Carrier, OUTCOME, TOLD } from "./host/carrier.ts";
export {
  askForSign,
  connectTcp,
  connectUnix,
  heard,
  hungUp,
  isQuiet,
  KEEPALIVE_SECONDS,
  listenTcp,
  listenUnixClosed,
  openCarrier,
  resolveHost,
  tcpAddress,
  tuneTcp,
} from "./host/network.ts";
export {
  loadCrypto,
  loadTls,
  type NodeCrypto,
  type NodeTls,
  type TlsSocket,
} from "./host/node.ts";
export { printStderr, printStdout, writeStdout } from "./host/output.ts";
export {
  args,
  boundMemory,
  collectMemory,
  commandLine,
  containerId,
  couldWrite,
  descriptorLimit,
  dropCapabilities,
  dropTo,
  environment,
  exit,
  giveUpStartPermissions,
  identity,
  memoryHeld,
  memoryLimit,
  onSignal,
  processStatus,
  residentMemory,
  restrict,
  sandbox,
} from "./host/process.ts";
export { isTerminal, takeKeys, terminalSize } from "./host/terminal.ts";
export {
  decodeLatin1,
  decodeUtf8,
  encodeLatin1,
  encodeUtf8,
  ownText,
  partsKeepWhole,
  putAscii,
} from "./host/text.ts";
export { after, every, monotonic, pause, wallClock } from "./host/time.ts";
