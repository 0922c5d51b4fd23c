/**
 * Suggests what was meant by a rule that covers no operation.
 *
 * @module
 */

import { matchOperation } from "../docker/match.ts";
import {
  onlyShows,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../docker/operations.ts";
import { SWITCH_BY_NAME } from "../policy/switches.ts";
import { nearest, slips } from "./nearest.ts";

/** How many changes of one character may lead to an operation that only reads. */
const MAX_EDITS = 3;

/** Names of operations that only read. */
const READS: readonly string[] = OPERATIONS.filter(({ access }) =>
  onlyShows(access)
).map(({ name }) => name);

/** The operations of commands of the docker CLI whose names differ. */
const COMMANDS: ReadonlyMap<string, string> = new Map([
  [
    "run",
    "container.create, container.start, container.attach, container.wait",
  ],
  ["ps", "container.list"],
  ["ls", "container.list"],
  ["rm", "container.delete"],
  ["cp", "container.archive.get and container.archive.put"],
  ["exec", "container.exec.create and exec.start"],
  ["images", "image.list"],
  ["rmi", "image.delete"],
  ["login", "system.auth"],
]);

/**
 * Suggests what was meant by a rule.
 *
 * @param text The rule as written, such as `container.restrat:write`.
 * @returns Such as `; did you mean container.restart?`; empty if it names an
 * operation already, is a path rule, or is like no operation.
 */
export function nearestOperation(text: string): string {
  if (text.includes(",")) {
    return "; for several rules write a list: [container.list, container.restart]";
  }
  if (text.includes(" ")) return "";
  if (text.startsWith("/")) {
    const match = matchOperation("GET", text);
    return match.kind === "operation"
      ? `; write ${match.operation.name}`
      : "; write a method before it, as in GET /new/route";
  }
  if (SWITCH_BY_NAME.has(text)) {
    return `; ${text} is a switch: set it as a variable, or name operations, as in container.*:read`;
  }
  const word = text.split(":", 1)[0]!;
  const names = OPERATIONS.map(({ name }) => name);
  const rules = [...names, ...operationGroups(names)];
  // The name is known, so the class is wrong. Never suggest `*` itself.
  if (word === "*" || rules.includes(word)) return "";
  const command = COMMANDS.get(word.replace(/^container\./, ""));
  if (command !== undefined) {
    return `; docker ${word.replace(/^container\./, "")} is ${command}`;
  }
  const near = names.some((name) => name.startsWith(`${word}.`))
    ? `${word}.*`
    : OPERATION_BY_NAME.has(`container.${word}`)
    ? `container.${word}`
    // Suggest an operation that writes only for a typing error.
    : nearest(word, rules, slips(word)) ??
      nearest(word, READS, MAX_EDITS);
  return near === null ? "" : `; did you mean ${near}?`;
}

/** The patterns such as `container.*` that cover some of these operations; without `*` itself. */
export function operationGroups(names: readonly string[]): string[] {
  const groups = names.flatMap((name) => {
    const parts = name.split(".");
    return parts.slice(1).map((_, i) => `${parts.slice(0, i + 1).join(".")}.*`);
  });
  return [...new Set(groups)];
}
