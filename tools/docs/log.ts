/**
 * `docs/log.md`: the text log and the JSON log, field by field.
 *
 * @module
 */

import { RECORD_VERSION } from "../../lib/observe/record.ts";
import { code, MADE_BY, table } from "./markup.ts";

/** One field of a JSON line. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
  /** Which lines have it. */
  readonly when: "every line" | "every request" | "where known" | "later";
}

/** The fields of a JSON line, in their order. */
export const FIELDS: readonly Field[] = [
  field("schema", "integer", "every line", "version of these fields"),
  field("time", "string", "every line", "RFC 3339 in UTC, to the millisecond"),
  field(
    "level",
    "string",
    "every line",
    "`emerg`, `alert`, `crit`, `err`, `warning`, `notice`, `info` or `debug`",
  ),
  field(
    "remote",
    "string",
    "every request",
    "the client's IP address, or `unix:` and the path of the listener's socket",
  ),
  field(
    "client",
    "string",
    "where known",
    "the client's name in the policy file; `default` for a client that is not in it",
  ),
  field(
    "container",
    "string",
    "where known",
    "the name of the container that has the address",
  ),
  field(
    "operation",
    "string",
    "every request",
    "the operation, such as `container.list`; `-` where there is none",
  ),
  field(
    "method",
    "string",
    "every request",
    "the method; `-` where the head could not be read",
  ),
  field(
    "path",
    "string",
    "every request",
    "the path without its query; `-` where the head could not be read",
  ),
  field(
    "status",
    "integer",
    "every request",
    "the status that the client got; 0 where it got none",
  ),
  field(
    "engine_ms",
    "number or null",
    "every request",
    "milliseconds from the request's head to the engine's answer, to a tenth; null where the engine was not asked",
  ),
  field(
    "in",
    "integer",
    "every request",
    "bytes of the request's body, without chunk framing",
  ),
  field(
    "out",
    "integer",
    "every request",
    "bytes of the engine's answer that were passed on, with its head",
  ),
  field("end", "string", "every request", "how it ended, in words"),
  field("code", "string", "every request", "the reason code"),
  field(
    "rule",
    "string",
    "where known",
    "the setting that decided, such as `CONTAINERS=1` or `policy.yaml:5:7 container.*`",
  ),
  field(
    "would_refuse",
    "string",
    "where known",
    "in a dry run, the reason code of the refusal that was not carried out",
  ),
  field(
    "message",
    "string",
    "where known",
    "the code in a sentence; in a line without a request, the message",
  ),
  field(
    "object",
    "string",
    "where known",
    "the object that a client with a scope reached: its full id; of a volume or an image its name",
  ),
  field(
    "scope",
    "string",
    "where known",
    "by which keys of the client's scope that object is inside",
  ),
  field(
    "findings",
    "list of strings",
    "where known",
    "what a guard found, one text each",
  ),
  field(
    "request_id",
    "string",
    "where known",
    "the request's id, as the engine and the client got it; while the [audit](audit.md) is on",
  ),
  field("query_keys", "list of strings", "later", "names of query parameters"),
  field(
    "policy_hash",
    "string",
    "where known",
    "the hash of the policy in force; while the audit is on",
  ),
  field(
    "slowed_ms",
    "integer",
    "where known",
    "milliseconds that the client's `upload-rate` held back its body, or what it wrote into a tunnel",
  ),
];

/** The page's text, before `deno fmt`. */
export function logPage(): string {
  return `# The log

${MADE_BY}

The log goes to standard output, one line for each request that has ended and
one for each message. \`--log-level\` sets what is written: requests have the
level \`info\`, refusals \`warning\`, failures of the engine \`err\`. Lines are
dropped and counted where nothing reads them, or the disk is full; what failed is
tried again each second. A request never waits for the log.

## Text

    2026-11-25T10:00:00.000Z info ci@172.18.0.3(runner-1) container.list GET /v1.41/containers/json 200 1.3ms in=0 out=5120
    2026-11-25T10:00:01.000Z warning 172.18.0.4 exec.start POST /exec/x/start 403 - in=0 out=0 end="refused" code=policy.not_granted "sockwarden: …"

The columns are: time (when the line was written), level, client, operation,
method, path, status, time from the request's head to the head of the engine's
answer (a stream or a large answer takes longer in all; the line is written at
its end), \`in=\` and \`out=\` in bytes.
The client is \`NAME@ADDRESS(CONTAINER)\`; name and container stand there where a
policy file identifies clients. \`end=\` is left out where the request completed;
\`code=\` where the code is \`request.completed\`. The message comes last, in
quotes. Control characters are written as \`\\xNN\`.

## JSON

\`--log-format=json\` writes one object a line. The version of its fields is ${RECORD_VERSION}:
under one version fields are only added. Ignore fields that you do not know.

${
    table(
      ["field", "type", "in", "meaning"],
      FIELDS.filter(({ when }) => when !== "later").map((
        { name, type, when, meaning },
      ) => [code(name), type, when, meaning]),
    )
  }

These names are reserved for later releases and are not written yet: ${
    FIELDS.filter(({ when }) => when === "later").map(({ name }) => code(name))
      .join(", ")
  }.

[Reason codes](troubleshooting.md#reason-codes) lists the values of \`code\`, with \`end\` and \`level\`.
`;
}

function field(
  name: string,
  type: string,
  when: Field["when"],
  meaning: string,
): Field {
  return { name, type, when, meaning };
}
