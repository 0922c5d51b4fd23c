/**
 * The JSON Schemas of what commands print with `--json`, made from the
 * program's own tables. `tests/commands/json_test.ts` holds them against the
 * answers.
 *
 * @module
 */

import { openApi } from "../lib/admin/openapi.ts";
import { ACCESS_CLASSES, OPERATIONS } from "../lib/docker/operations.ts";
import { REASONS } from "../lib/observe/reasons.ts";
import { SEVERITIES } from "../lib/policy/escalations.ts";

/** A schema, or a part of one. */
type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: "string" };
const TEXTS: Schema = list(TEXT);
const FLAG: Schema = { type: "boolean" };
const COUNT: Schema = { type: "integer", minimum: 0 };
const TIME: Schema = {
  type: "string",
  pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$",
};
const ACCESS: Schema = { enum: [...ACCESS_CLASSES] };
const OPERATION: Schema = { enum: OPERATIONS.map(({ name }) => name) };
/** Kept in one place of a file, since it is long. */
const A_OPERATION = ref("operation");

/** The schemas by their file. */
export const OUTPUT_SCHEMAS: ReadonlyMap<string, Schema> = new Map([
  ["schema/check.schema.json", checkSchema()],
  ["schema/explain.schema.json", explainSchema()],
  ["schema/diff.schema.json", diffSchema()],
  ["schema/presets.schema.json", presetsSchema()],
  ["schema/top.schema.json", topSchema()],
]);

function checkSchema(): Schema {
  const rules = list(object({ rule: TEXT, by: TEXT }));
  return root("check --json", "check/1", {
    policy_file: orNull(TEXT),
    policy_hash: { type: "string", pattern: "^[0-9a-f]{16}$" },
    dry_run: FLAG,
    clients: {
      ...list(object({
        name: TEXT,
        where: TEXT,
        identity: TEXT,
        operations: list(object({
          name: A_OPERATION,
          access: ACCESS,
          by: TEXT,
          until: orNull(TIME),
        })),
        paths: list(object({ path: TEXT, by: TEXT, until: orNull(TIME) })),
        known: COUNT,
        groups: list(object({
          group: TEXT,
          classes: { type: "string", pattern: "^(?:-|[rR]?[sS]?[wW]?[xX]?)$" },
        })),
        denied: rules,
        allow_self: rules,
        scope: TEXTS,
        guard: TEXTS,
        hide: TEXTS,
        limits: TEXTS,
        conditions: list(object({
          condition: TEXT,
          operations: list(A_OPERATION),
        })),
        gives_away: list(object({
          severity: { enum: Object.keys(SEVERITIES) },
          operations: TEXT,
          sentence: TEXT,
        })),
      })),
      minItems: 1,
    },
    listening: TEXTS,
    engine: TEXT,
    runs_as: TEXT,
    warnings: TEXTS,
    notes: TEXTS,
  });
}

function explainSchema(): Schema {
  return root("explain --json", "explain/1", {
    client: orNull(object({ name: TEXT, identity: TEXT, where: TEXT })),
    request: object({ method: TEXT, target: TEXT }),
    operation: orNull(object({
      name: A_OPERATION,
      access: ACCESS,
      transport: {
        enum: [...new Set(OPERATIONS.map(({ transport }) => transport))],
      },
    })),
    allowed: FLAG,
    decision: { enum: ["allowed", "conditional", "refused"] },
    by: TEXT,
    until: orNull(TIME),
    refusal: orNull(object({
      status: { enum: [400, 403, 404, 502] },
      code: { enum: Object.keys(REASONS) },
      message: TEXT,
      nearest: orNull(TEXT),
    })),
    change: orNull(TEXT),
    conditions: TEXTS,
    forwarded_by_dry_run: FLAG,
    scope: object({ lines: TEXTS, outside: FLAG }),
    guard: object({ lines: TEXTS, refused: FLAG }),
    limits: TEXTS,
  });
}

function diffSchema(): Schema {
  return root("diff --json", "diff/1", {
    wider: FLAG,
    changes: list(object({
      kind: { enum: ["client", "order", "sockets"] },
      name: TEXT,
      note: TEXT,
      change: TEXT,
      what: { ...TEXTS, minItems: 1 },
      widens: FLAG,
    })),
  });
}

function presetsSchema(): Schema {
  return root("presets --json", "presets/1", {
    presets: list(object({
      name: TEXT,
      version: { type: "integer", minimum: 1 },
      title: TEXT,
      source: TEXT,
      note: TEXT,
      guard: TEXT,
      hide: TEXT,
      why: TEXT,
      other_versions: TEXTS,
      operations: list(object({ name: A_OPERATION, access: ACCESS })),
    })),
    switches: orNull(object({
      settings: TEXTS,
      ungoverned: list(A_OPERATION),
      beyond: list(object({
        name: A_OPERATION,
        section: orNull(TEXT),
        access: ACCESS,
      })),
    })),
  });
}

/** What the admin listener answers, as its own description has it. */
function topSchema(): Schema {
  const { components: { schemas } } = openApi("") as {
    components: {
      schemas: Record<
        "State" | "Decision" | "Streams",
        { properties: Record<string, Schema> }
      >;
    };
  };
  return root("top --json", "top/1", {
    state: schemas.State,
    streams: schemas.Streams.properties.streams!,
    refused: list(schemas.Decision),
  });
}

// ----------------------------------------------------------------- helpers

/** The schema of a whole answer, whose `format` names its kind and version. */
function root(
  command: string,
  format: string,
  properties: Readonly<Record<string, Schema>>,
): Schema {
  const schema = object({ format: { const: format }, ...properties });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $comment:
      "Made by `deno task schema` from the program's tables: do not edit.",
    title: `What sockwarden ${command} prints`,
    ...schema,
    ...JSON.stringify(schema).includes(A_OPERATION.$ref as string)
      ? { definitions: { operation: OPERATION } }
      : {},
  };
}

/** A mapping that has all of these keys and no other. */
function object(properties: Readonly<Record<string, Schema>>): Schema {
  return {
    type: "object",
    additionalProperties: false,
    required: Object.keys(properties),
    properties,
  };
}

function list(items: Schema): Schema {
  return { type: "array", items };
}

function orNull(schema: Schema): Schema {
  return { anyOf: [{ type: "null" }, schema] };
}

function ref(definition: string): Schema {
  return { $ref: `#/definitions/${definition}` };
}
