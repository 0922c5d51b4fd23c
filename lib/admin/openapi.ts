/**
 * The OpenAPI file of the admin listener, as it is served. Tests validate every
 * answer against it.
 *
 * @module
 */

import { REASONS } from "../observe/reasons.ts";
import { DECISIONS, STREAM_KINDS } from "./api.ts";

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const time: Schema = { type: "string", format: "date-time" };
const whole: Schema = { type: "integer", minimum: 0 };
const amount: Schema = { type: "number", minimum: 0 };
const flag: Schema = { type: "boolean" };
const words = (...of: readonly string[]): Schema => ({
  type: "string",
  enum: of,
});
const list = (items: Schema): Schema => ({ type: "array", items });
const orNull = (schema: Schema): Schema => ({
  anyOf: [schema, { type: "null" }],
});
const ref = (name: string): Schema => ({
  $ref: `#/components/schemas/${name}`,
});

/** An object with these properties and no others; a name with `?` may be left out. */
function object(properties: Readonly<Record<string, Schema>>): Schema {
  const all = Object.entries(properties);
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(
      all.map(([name, schema]) => [name.replace("?", ""), schema]),
    ),
    required: all.map(([name]) => name).filter((name) => !name.endsWith("?")),
  };
}

const hour = (items: Schema): Schema => ({
  type: "array",
  minItems: 360,
  maxItems: 360,
  items,
});

const use = object({
  operation: text,
  access: text,
  granted: flag,
  used: whole,
  refused: whole,
  last_used: orNull(time),
  last_refused: orNull(time),
});

const state = object({
  version: text,
  runtime: words("lean", "v8", "quickjs"),
  started: time,
  now: time,
  engine: object({
    address: text,
    up: flag,
    version: text,
    api_version: text,
    checked: orNull(time),
  }),
  policy: object({
    hash: text,
    loaded: time,
    reload: orNull(object({ at: time, ok: flag, message: text })),
    dry_run: flag,
    clients: whole,
  }),
  connections: object({ open: whole, max: whole }),
  streams: whole,
  totals: object({
    requests: whole,
    allowed: whole,
    refused: whole,
    would_refuse: whole,
    failed: whole,
    bytes_in: whole,
    bytes_out: whole,
    log_lines_dropped: whole,
  }),
  rates: object({ requests_per_second: amount, refused_per_second: amount }),
  memory: object({ resident_bytes: orNull(whole), held_bytes: whole }),
  audit: orNull(object({ on: flag, dropped: whole })),
});

const decision = object({
  id: whole,
  time,
  client: text,
  container: text,
  remote: text,
  operation: text,
  method: text,
  path: text,
  status: whole,
  decision: words(...DECISIONS),
  code: words(...Object.keys(REASONS)),
  rule: text,
  message: text,
  remedies: list(object({
    kind: words("switch", "flag", "policy"),
    text,
    where: text,
  })),
  no_remedy: text,
  engine_ms: orNull(amount),
  own_ms: amount,
  in: whole,
  out: whole,
  "request_id?": text,
});

/** The schemas of answers, by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Error: object({ message: text }),
  Readiness: object({ ready: flag, reasons: list(text) }),
  State: state,
  Policy: object({
    hash: text,
    clients: list(object({
      name: text,
      identity: list(text),
      rules: list(object({
        rule: text,
        where: text,
        operations: list(text),
        effect: words("allow", "deny"),
        "until?": time,
      })),
      scope: orNull(list(text)),
      guard: orNull(list(text)),
      hide: orNull(list(text)),
      limits: orNull(list(text)),
    })),
  }),
  Clients: object({
    since: time,
    clients: list(object({ name: text, operations: list(use) })),
  }),
  Streams: object({
    total: whole,
    streams: list(object({
      id: whole,
      client: text,
      container: text,
      remote: text,
      operation: text,
      method: text,
      path: text,
      kind: words(...STREAM_KINDS),
      started: time,
      age_seconds: amount,
      bytes_in: whole,
      bytes_out: whole,
      bytes_per_second: amount,
    })),
  }),
  Decision: decision,
  Decisions: object({
    decisions: list(ref("Decision")),
    next: orNull(whole),
  }),
  DecisionsEvent: object({ decisions: list(ref("Decision")), skipped: whole }),
  Unused: object({
    since: time,
    clients: list(object({ name: text, unused: list(text), policy: text })),
  }),
  Series: object({
    step_seconds: { const: 10 },
    end: time,
    requests: hour(whole),
    refused: hour(whole),
    failed: hour(whole),
    engine_p50_ms: hour(orNull(amount)),
    engine_p99_ms: hour(orNull(amount)),
    own_p99_ms: hour(orNull(amount)),
  }),
};

/** The content of each answer: media types, and the schema of JSON. */
const json = (name: string) => ({
  "application/json": { schema: ref(name) },
});

const error = (description: string) => ({
  description,
  content: json("Error"),
});

/** What any path behind the token may answer. */
const ERRORS = {
  "400": error("The request, or one of its parameters, is not valid."),
  "401": error("The token is missing or wrong."),
  "403": error("The address may not ask, or a web page asks."),
  "421": error("The Host is not a name of this listener."),
};

/** One GET. */
function get(
  summary: string,
  content: Schema,
  more: Schema = {},
  isOpen = false,
): Schema {
  return {
    get: {
      summary,
      ...(isOpen ? { security: [] } : {}),
      ...more,
      responses: {
        "200": { description: summary, content },
        ...(more.responses as Schema | undefined),
        ...ERRORS,
      },
    },
  };
}

const inQuery = (name: string, schema: Schema, description: string) => ({
  name,
  in: "query",
  schema,
  description,
});

const PATHS: Readonly<Record<string, Schema>> = {
  "/": get("The page.", { "text/html": { schema: text } }, {}, true),
  "/healthz": get(
    "Whether the process serves.",
    { "text/plain": { schema: text } },
    {},
    true,
  ),
  "/readyz": get("Whether requests can be served.", json("Readiness"), {
    responses: {
      "503": { description: "They cannot.", content: json("Readiness") },
    },
  }),
  "/metrics": get("The metrics, by Accept.", {
    "text/plain": { schema: text },
    "application/openmetrics-text": { schema: text },
  }),
  "/api/v1/state": get("How it is going.", json("State")),
  "/api/v1/policy": get("Who can do what.", json("Policy")),
  "/api/v1/clients": get("Who used what.", json("Clients")),
  "/api/v1/streams": get("What is open.", json("Streams")),
  "/api/v1/decisions": get(
    "The last requests, newest first.",
    json("Decisions"),
    {
      parameters: [
        inQuery("client", text, "Only this client's."),
        inQuery("operation", text, "Only this operation, or one prefix.*"),
        inQuery("decision", words(...DECISIONS), "Only what came to this."),
        inQuery("text", text, "Only what has this text in it."),
        inQuery("before", whole, "Only what has a lower id."),
        inQuery(
          "limit",
          { type: "integer", minimum: 1, maximum: 500, default: 100 },
          "How many.",
        ),
      ],
    },
  ),
  "/api/v1/unused": get("What is granted and was not used.", json("Unused")),
  "/api/v1/series": get("The last hour.", json("Series")),
  "/api/v1/events": get(
    "Server-sent events: decisions (DecisionsEvent), state (State), streams (Streams).",
    { "text/event-stream": { schema: text } },
  ),
  "/api/v1/openapi.json": get("This file.", {
    "application/json": { schema: { type: "object" } },
  }),
};

/**
 * The whole file.
 *
 * @param version The version of sockwarden.
 */
export function openApi(version: string): Schema {
  return {
    openapi: "3.1.0",
    info: {
      title: "sockwarden admin API",
      version,
      description: "Read-only: nothing here changes what is granted.",
      license: { name: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{}, { token: [] }],
    paths: PATHS,
    components: {
      schemas: SCHEMAS,
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}
