/**
 * Reads one line of a recording: every field is checked, and what a later
 * version adds is ignored. Pure.
 *
 * @module
 */

import {
  cutText,
  MAX_AGENT,
  MAX_LIST,
  type Mode,
  type RecordedBody,
  recordedName,
  type RecordedObject,
  RECORDING_VERSION,
  type RecordingLine,
} from "./recording.ts";

const MODES: readonly string[] = ["open", "grants", "dry-run"] satisfies Mode[];

/** A line that is read: what it says, or a clause that says why it is none. */
export type ReadLine = { readonly line: RecordingLine } | {
  readonly problem: string;
  /** The run whose lines cannot be read, for a start of a later version. */
  readonly lost?: string;
};

/**
 * Reads one parsed line. Fields that are not known are ignored, texts are cut to
 * their lengths, times to the second.
 *
 * @param value A JSON object.
 */
export function readLine(value: Readonly<Record<string, unknown>>): ReadLine {
  if ("recording" in value) return readStart(value);
  const run = textOf(value.run);
  const { seq } = value;
  if (run === "") return { problem: "is no line of a recording" };
  if (!isCount(seq) || seq === 0) return problemOf("seq");
  if ("operation" in value) return readEntry(value, run, seq);
  if ("ended" in value) {
    const ended = timeOf(value.ended);
    if (ended === null) return problemOf("ended");
    const { calls, dropped } = value;
    if (!isCount(calls) || !isCount(dropped)) return problemOf("calls");
    return { line: { run, seq, ended, calls, dropped, ...upOf(value) } };
  }
  if ("dropped" in value) {
    const { dropped } = value;
    if (!isCount(dropped)) return problemOf("dropped");
    return { line: { run, seq, dropped, why: textOf(value.why) } };
  }
  return { problem: "is no line of a recording" };
}

function readStart(value: Readonly<Record<string, unknown>>): ReadLine {
  const run = textOf(value.run);
  if (value.recording !== RECORDING_VERSION) {
    return {
      problem:
        `begins a run of another version of recordings, which this version of sockwarden does not read (it reads ${RECORDING_VERSION}); the run is left out: use the version of sockwarden that recorded it, or a later one`,
      lost: run,
    };
  }
  const started = timeOf(value.started);
  if (run === "") return problemOf("run");
  if (started === null) return problemOf("started");
  if (!MODES.includes(value.mode as string)) return problemOf("mode");
  return {
    line: {
      recording: RECORDING_VERSION,
      run,
      sockwarden: textOf(value.sockwarden),
      mode: value.mode as Mode,
      engine: textOf(value.engine),
      started,
    },
  };
}

function readEntry(
  value: Readonly<Record<string, unknown>>,
  run: string,
  seq: number,
): ReadLine {
  const { operation, method, path, status, code, n } = value;
  for (
    const [name, text] of Object.entries({ operation, method, path, code })
  ) {
    if (typeof text !== "string" || text === "") return problemOf(name);
  }
  if (!isCount(status)) return problemOf("status");
  if (!isCount(n) || n === 0) return problemOf("n");
  const first = timeOf(value.first);
  const last = timeOf(value.last);
  if (first === null || last === null || last < first) return problemOf("last");
  const query = textsOf(value.query);
  const object = objectOf(value.object);
  const joins = objectsOf(value.joins);
  const body = bodyOf(value.body);
  if (query === null) return problemOf("query");
  if (object === null) return problemOf("object");
  if (joins === null) return problemOf("joins");
  if (body === null) return problemOf("body");
  const would = textOf(value.would);
  return {
    line: {
      run,
      seq,
      client: textOf(value.client),
      operation: textOf(operation),
      method: textOf(method),
      path: textOf(path),
      ...(query === undefined ? {} : { query }),
      ...(object === undefined ? {} : { object }),
      ...(joins === undefined ? {} : { joins }),
      ...(body === undefined ? {} : { body }),
      agent: cutText(textOf(value.agent), MAX_AGENT),
      api: textOf(value.api),
      status,
      code: textOf(code),
      ...(would === "" ? {} : { would }),
      n,
      first,
      last,
      ...upOf(value),
    },
  };
}

function upOf({ up }: Readonly<Record<string, unknown>>): { up?: number } {
  return isCount(up) ? { up } : {};
}

/** Undefined where there is none, null where it is malformed. */
function objectOf(value: unknown): RecordedObject | null | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) return null;
  const { kind, name } = value;
  if (typeof kind !== "string" || typeof name !== "string") return null;
  const labels = textsOf(value.labels);
  if (labels === null) return null;
  const project = nameOf(value.project);
  const service = nameOf(value.service);
  return {
    kind: cutText(kind),
    name: recordedName(name),
    ...(project === "" ? {} : { project }),
    ...(service === "" ? {} : { service }),
    ...(labels === undefined ? {} : { labels }),
  };
}

/** As {@link objectOf}, of a list. */
function objectsOf(
  value: unknown,
): readonly RecordedObject[] | null | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > MAX_LIST) return null;
  const objects = value.map(objectOf);
  return objects.every((one) => one !== null && one !== undefined)
    ? objects
    : null;
}

function bodyOf(value: unknown): RecordedBody | null | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) return null;
  if (value.unread !== undefined) return { unread: textOf(value.unread) };
  const fields = textsOf(value.fields);
  const needs = textsOf(value.needs);
  const standard = textsOf(value.standard);
  if (fields === null || needs === null || standard === null) return null;
  const image = nameOf(value.image);
  return {
    ...(fields === undefined ? {} : { fields }),
    ...(needs === undefined ? {} : { needs }),
    ...(standard === undefined ? {} : { standard }),
    ...(image === "" ? {} : { image }),
  };
}

/** A list of texts; undefined where there is none, null where it is malformed or too long. */
function textsOf(value: unknown): readonly string[] | null | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > MAX_LIST) return null;
  return value.every((text) => typeof text === "string")
    ? value.map((text: string) => cutText(text))
    : null;
}

/** A name; empty for one that is too long, since half a name is another name. */
function nameOf(value: unknown): string {
  return typeof value === "string" ? recordedName(value) : "";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? cutText(value) : "";
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** A time to the second, so that times compare as texts; null where it is none. */
export function timeOf(value: unknown): string | null {
  return typeof value === "string" && value.length <= 40 && TIME.test(value) &&
      !Number.isNaN(Date.parse(value))
    ? `${value.slice(0, 19)}Z`
    : null;
}

/** Whether a JSON value is an object. */
export function isObject(
  value: unknown,
): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function problemOf(field: string): { problem: string } {
  return { problem: `has no valid '${field}'` };
}
