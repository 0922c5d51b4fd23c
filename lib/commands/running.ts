/**
 * The sockwarden that runs as process 1, as in its container: seen from a
 * command that was started beside it.
 *
 * @module
 */

import { commandLine, processStatus } from "../host.ts";
import type { EngineAddress } from "../net/address.ts";

/** The flags of process 1 if that is sockwarden and serves; null if it is another program or command. */
export function runningFlags(): string[] | null {
  const [name = "", ...words] = commandLine(1);
  if (!/(?:^|\/)sockwarden[^/]*$/.test(name)) return null;
  const flags = words[0] === "serve" ? words.slice(1) : words;
  return flags[0] === undefined || flags[0].startsWith("-") ? flags : null;
}

/** What process 1 runs as, by the kernel, in words; null if it is no sockwarden that serves, or cannot be looked at. */
export function runningAs(): string | null {
  const status = runningFlags() === null ? "" : processStatus(1);
  if (status === "") return null;
  const of = (name: string) =>
    new RegExp(`^${name}:\\s*(\\w+)`, "m").exec(status)?.[1] ?? "unknown";
  const capabilities = of("CapPrm");
  return `user ${of("Uid")}, group ${of("Gid")}, ${
    /^0+$/.test(capabilities)
      ? "without capabilities"
      : `with capabilities ${capabilities}`
  }`;
}

/** The address at which a listener on all interfaces is reached from here. */
export function reachable(address: EngineAddress): EngineAddress {
  // A listener on `::` serves IPv4 as well, and may have fallen back to it.
  return address.kind === "tcp" && ["0.0.0.0", "::", ""].includes(address.host)
    ? { ...address, host: "127.0.0.1" }
    : address;
}
