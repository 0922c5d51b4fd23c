/**
 * Reads the fields of a request: a table says which of them are read, and which
 * go to the engine. A field that is not in it is passed on as it came, with the
 * bytes above 0x7F that its value may have; those of the table are ASCII.
 *
 * @module
 */

import { HOP_BY_HOP } from "./connection.ts";
import { badRequest, type HttpError } from "./error.ts";
import {
  ASCII_LINE,
  BARE_CR_OR_LF,
  CONTENT_LENGTH,
  FIELD_LINE,
  NOT_ONE_HOST,
  TOKEN,
  withoutOws,
} from "./grammar.ts";

/** What the fields of a request say. Filled in by {@link readRequestFields}. */
export interface RequestFields {
  /** How many Host fields there are. */
  hosts: number;
  /** The value of the last of them. */
  host: string;
  /** The Content-Length, digits only; null where there is none. */
  length: string | null;
  /** There is a Transfer-Encoding, and it is `chunked`. */
  chunked: boolean;
  /** The values of the Connection fields, joined by commas. */
  connection: string;
  /** The Upgrade field as it came; null where there is none. */
  upgrade: string | null;
  /** There is an Expect field, and it is `100-continue`. */
  expect: boolean;
  /** The Content-Type in lower case; null where there is none. */
  contentType: string | null;
  /** The Origin; null where there is none. */
  origin: string | null;
  /** A field is there that only browsers send. */
  browser: boolean;
  /** The User-Agent is that of a browser, or of what takes its name. */
  mozilla: boolean;
  /** There is an Accept-Language. */
  language: boolean;
  /** The fields that are passed on, as lines with their line ends. */
  forwarded: string;
  /** Their names in lower case, in order. */
  readonly names: string[];
}

/** What is done with the fields of one name. */
interface FieldRule {
  /** Whether the field is passed on as it came. */
  readonly forwarded: boolean;
  /** Reads a value without the whitespace around it; returns null, or the error. */
  readonly read: (fields: RequestFields, value: string) => HttpError | null;
}

/** Only browsers send it: a page under a rebound name reads without an Origin. */
const OF_BROWSERS: FieldRule = {
  forwarded: true,
  read: (fields) => {
    fields.browser = true;
    return null;
  },
};

const DROPPED: FieldRule = { forwarded: false, read: () => null };

/** The fields that are read or dropped, by their names in lower case. */
const FIELD_RULES: ReadonlyMap<string, FieldRule> = new Map<string, FieldRule>([
  ...[...HOP_BY_HOP].map((name) => [name, DROPPED] as const),
  // Replaced by ours: the engine does not route by it.
  ["host", {
    forwarded: false,
    read: (fields, value) => {
      fields.hosts++;
      fields.host = value;
      return NOT_ONE_HOST.test(value)
        ? badRequest("http.bad_host", "the Host field does not name one host")
        : null;
    },
  }],
  ["content-length", {
    forwarded: false,
    read: (fields, value) => {
      if (fields.length !== null) {
        return badRequest(
          "http.bad_content_length",
          "there are two Content-Length fields",
        );
      }
      fields.length = value;
      return CONTENT_LENGTH.test(value) ? null : badRequest(
        "http.bad_content_length",
        "the Content-Length is not a plain number",
      );
    },
  }],
  ["transfer-encoding", {
    forwarded: false,
    read: (fields, value) => {
      if (fields.chunked || value.toLowerCase() !== "chunked") {
        return {
          status: 501,
          code: "http.bad_transfer_encoding",
          reason: "the only Transfer-Encoding supported is 'chunked', once",
        };
      }
      fields.chunked = true;
      return null;
    },
  }],
  ["connection", {
    forwarded: false,
    read: (fields, value) => {
      fields.connection += "," + value;
      return null;
    },
  }],
  ["upgrade", {
    forwarded: false,
    read: (fields, value) => {
      if (fields.upgrade !== null) {
        return badRequest(
          "http.duplicate_field",
          "there are two Upgrade fields",
        );
      }
      fields.upgrade = value;
      return null;
    },
  }],
  ["expect", {
    forwarded: false,
    read: (fields, value) => {
      if (fields.expect || value.toLowerCase() !== "100-continue") {
        return {
          status: 417,
          code: "http.bad_expect",
          reason: "the only expectation supported is '100-continue', once",
        };
      }
      fields.expect = true;
      return null;
    },
  }],
  ["content-type", {
    forwarded: true,
    read: (fields, value) => {
      if (fields.contentType !== null) {
        return badRequest(
          "http.duplicate_field",
          "there are two Content-Type fields",
        );
      }
      fields.contentType = value.toLowerCase();
      return null;
    },
  }],
  ["origin", {
    forwarded: true,
    read: (fields, value) => {
      if (fields.origin !== null) {
        return badRequest(
          "http.duplicate_field",
          "there are two Origin fields",
        );
      }
      fields.origin = value;
      return null;
    },
  }],
  ["sec-fetch-site", OF_BROWSERS],
  ["sec-fetch-mode", OF_BROWSERS],
  ["sec-fetch-dest", OF_BROWSERS],
  ["sec-fetch-user", OF_BROWSERS],
  ["referer", OF_BROWSERS],
  ["user-agent", {
    forwarded: true,
    read: (fields, value) => {
      fields.mozilla = value.startsWith("Mozilla/");
      return null;
    },
  }],
  ["accept-language", {
    forwarded: true,
    read: (fields) => {
      fields.language = true;
      return null;
    },
  }],
]);

/**
 * Reads the field lines of a request (RFC 9112 section 5).
 *
 * @param lines The lines of the head without their line ends.
 * @param count How many of them are field lines; they start at index 1.
 * @returns What the fields say, or the error of the first one that is wrong.
 */
export function readRequestFields(
  lines: readonly string[],
  count: number,
): RequestFields | HttpError {
  const fields: RequestFields = {
    hosts: 0,
    host: "",
    length: null,
    chunked: false,
    connection: "",
    upgrade: null,
    expect: false,
    contentType: null,
    origin: null,
    browser: false,
    mozilla: false,
    language: false,
    forwarded: "",
    names: [],
  };
  for (let i = 1; i <= count; i++) {
    const line = lines[i]!;
    const colon = line.indexOf(":");
    const written = colon === -1 ? "" : line.slice(0, colon);
    const name = written.toLowerCase();
    const rule = FIELD_RULES.get(name);
    const allowed = rule === undefined ? FIELD_LINE : ASCII_LINE;
    if (!TOKEN.test(written) || !allowed.test(line)) {
      return malformedLine(line, written);
    }
    const value = withoutOws(line.slice(colon + 1));
    if (rule !== undefined) {
      const error = rule.read(fields, value);
      if (error !== null) return error;
      if (!rule.forwarded) continue;
    }
    fields.forwarded += `${written}: ${value}\r\n`;
    fields.names.push(name);
  }
  return fields;
}

/** What is wrong with a field line, of which the part before the first colon is `written`. */
function malformedLine(line: string, written: string): HttpError {
  const named = TOKEN.test(written);
  // RFC 9112 section 5.2: obs-fold.
  if (line[0] === " " || line[0] === "\t") {
    return badRequest("http.bad_field", "a field is folded over two lines");
  }
  if (BARE_CR_OR_LF.test(line)) {
    return badRequest(
      "http.bad_field",
      "a line of the head does not end with CR LF",
    );
  }
  return badRequest(
    "http.bad_field",
    named
      ? `the value of ${written} contains a ${
        FIELD_LINE.test(line) ? "byte outside ASCII" : "control byte"
      }`
      : "a field name is missing, or contains a byte that is not allowed in one",
  );
}
