/**
 * An audit whose lines a test keeps, each held against the published schema.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import { type Audit, createAudit } from "../../lib/audit/auditor.ts";
import { NO_LINK, seal } from "../../lib/audit/chain.ts";
import type { Sink } from "../../lib/audit/sink.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A line that was read back. */
export type Line = Readonly<Record<string, unknown>>;

const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(Deno.readTextFileSync(`${ROOT}schema/audit.schema.json`)),
);

/** Reads lines back; fails where one does not keep to the schema. */
export function linesOf(text: string): Line[] {
  return text.split("\n").filter((row) => row !== "").map((row) => {
    const line = JSON.parse(row);
    validate(line);
    assertEquals(validate.errors, null, row);
    return line;
  });
}

/** A sink that keeps lines, and can be full. */
export interface KeptSink extends Sink {
  written: Sink["written"];
  text: string;
  /** Whether nothing can be written. */
  full: boolean;
  /** Characters that wait, beside what is kept. */
  waiting: number;
  flushed: number;
}

/** Makes such a sink. */
export function keptSink(): KeptSink {
  let link = NO_LINK;
  const sink: KeptSink = {
    text: "",
    full: false,
    waiting: 0,
    flushed: 0,
    add(entry) {
      const sealed = seal(entry, link, null);
      link = sealed.link;
      sink.text += sealed.line + "\n";
    },
    held: () => sink.waiting,
    fails: () => sink.full,
    flush: () => sink.flushed++,
    written: () => Promise.resolve(!sink.full),
    reopen() {},
    end: () => Promise.resolve(0),
  };
  return sink;
}

/** An audit, its lines, and what it told the log. */
export interface KeptAudit extends Audit {
  readonly sink: KeptSink;
  readonly told: string[];
  readonly lines: () => Line[];
}

/** Makes an audit whose lines are kept. */
export function keptAudit(full: "refuse" | "drop" = "drop"): KeptAudit {
  const sink = keptSink();
  const told: string[] = [];
  const audit = createAudit(sink, full, (_, message) => told.push(message));
  return { ...audit, sink, told, lines: () => linesOf(sink.text) };
}
