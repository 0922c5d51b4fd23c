/**
 * Reads lines of the JSON log as a recording: as far as the log goes, which is
 * no body, and no object but by the name in the path. Pure.
 *
 * @module
 */

import { matchOperation } from "../docker/match.ts";
import type { Operation } from "../docker/operations.ts";
import { RECORD_VERSION } from "../observe/record.ts";
import { type ReadLine, readLine, timeOf } from "./read_line.ts";
import {
  type RecordedObject,
  RECORDING_VERSION,
  type RecordingLine,
} from "./recording.ts";

/** What one line of a log gives: none for a message. */
export type ReadLogLine = ReadLine | {
  readonly lines: readonly RecordingLine[];
};

/** An id of an object, whole or cut. */
const ID = /^(?:sha256:)?[0-9a-f]{12,64}$|^[0-9a-z]{25}$/;

/**
 * Makes a reader of the lines of one log. The log is one run; its name is made
 * from its first line, so that the same log read twice is the same run, also
 * when it has grown.
 *
 * @returns Takes a line and its number in the file.
 */
export function createLogReader(): (
  value: Readonly<Record<string, unknown>>,
  number: number,
) => ReadLogLine {
  let run = "";
  let isNewer = false;
  return (value, number) => {
    if (isNewer) return { lines: [] };
    if (value.schema !== RECORD_VERSION) {
      isNewer = true;
      return {
        problem:
          `is a log of another version, which this version of sockwarden does not read (it reads ${RECORD_VERSION}); the file is left out from here`,
      };
    }
    const time = timeOf(value.time);
    if (time === null) return { problem: "has no valid 'time'" };
    const started: RecordingLine[] = [];
    if (run === "") {
      run = runOf(JSON.stringify(value));
      started.push({
        recording: RECORDING_VERSION,
        run,
        sockwarden: "",
        mode: typeof value.would_refuse === "string" ? "dry-run" : "grants",
        engine: "",
        started: time,
        log: true,
      });
    }
    if (!("operation" in value)) return { lines: started };
    const read = readLine({
      run,
      seq: number,
      client: value.client,
      operation: value.operation,
      method: value.method,
      path: value.path,
      query: value.query_keys,
      object: calledObject(value),
      status: value.status,
      code: value.code,
      would: value.would_refuse,
      n: 1,
      first: time,
      last: time,
    });
    return "line" in read ? { lines: [...started, read.line] } : read;
  };
}

/** The object that the path names; an id is not the name of one. */
export function calledObject(
  { method, path, operation }: Readonly<Record<string, unknown>>,
): RecordedObject | undefined {
  if (typeof method !== "string" || typeof path !== "string") return undefined;
  const match = matchOperation(method, path);
  if (match.kind !== "operation" || match.operation.name !== operation) {
    return undefined;
  }
  const [name] = match.parameters;
  const kind = kindOf(match.operation);
  if (name === undefined || kind === null) return undefined;
  const isExec = match.operation.name.includes("exec.");
  const byId = ID.test(name) ||
    isExec && !match.operation.name.endsWith("exec.create");
  return { kind, name: byId ? "" : name };
}

/** Kinds of objects by the segment before their name in a path. */
const KINDS: Readonly<Record<string, string>> = {
  containers: "container",
  exec: "container",
  images: "image",
  distribution: "image",
  networks: "network",
  volumes: "volume",
  services: "service",
  tasks: "task",
  nodes: "node",
  secrets: "secret",
  configs: "config",
  plugins: "plugin",
  pods: "pod",
};

/** The kind of the object that the path of an operation names; null for none. */
function kindOf({ routes: [route] }: Operation): string | null {
  const parts = route?.path.split("/") ?? [];
  const at = parts.findIndex((part) => part.startsWith("{"));
  return KINDS[parts[at - 1] ?? ""] ?? null;
}

/** 32 hexadecimal digits from a text (FNV-1a, four times with other starts). */
export function runOf(text: string): string {
  return [0, 1, 2, 3].map((start) => {
    let hash = 0x811c9dc5 ^ start;
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    return (hash >>> 0).toString(16).padStart(8, "0");
  }).join("");
}
