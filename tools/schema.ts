/**
 * Writes the JSON Schemas from the program's own tables: of the policy file, for
 * editors, and of what commands print as JSON, for scripts.
 *
 * ```sh
 * deno task schema           # writes the schemas in schema/
 * deno task schema --check   # exit code 1 where one is out of date
 * ```
 *
 * @module
 */

import { operationGroups } from "../lib/config/nearest_operation.ts";
import {
  CLIENT_NAME,
  ENDING_KEYS,
  GRANT_KEYS,
  GUARD_KEY,
  HIDE_KEY,
  HIDE_KEYS,
  IDENTITY_KEYS,
  IMAGE_SCOPE_KEYS,
  type Key,
  LIMITS_KEY,
  NOT_KEY,
  OPEN_KIND,
  ORIGIN,
  RESERVED_NAME,
  SCOPE_KEYS,
  SCOPE_TERMS,
  type SelectorKey,
  SELECTORS,
  TOP_KEYS,
  VARIABLE_PATTERN,
} from "../lib/config/policy_format.ts";
import { LIMIT_ROWS, SIZE } from "../lib/config/limit_format.ts";
import { GUARD_KEYS } from "../lib/config/policy_guard.ts";
import { HIDE_NONE } from "../lib/config/policy_hide.ts";
import {
  KNOB_ROWS,
  type KnobKind,
  LEVELS,
  VERDICTS,
} from "../lib/guard/knobs.ts";
import { PRESETS_WITH_FIELDS } from "../lib/guard/hide/preset_fields.ts";
import { hideRows } from "../lib/guard/hide/rows.ts";
import { HIDE_WORDS } from "../lib/guard/hide/words.ts";
import { ACCESS_CLASSES, OPERATIONS } from "../lib/docker/operations.ts";
import { allPresets, presetNames, versionsOf } from "../lib/docker/presets.ts";
import { canNeedAllowSelf } from "../lib/policy/self_protection.ts";
import { type OperationRule, parseRule } from "../lib/policy/rules.ts";
import { UNTIL_PATTERN } from "../lib/policy/until.ts";
import { format } from "./format.ts";
import { OUTPUT_SCHEMAS } from "./output_schemas.ts";

const ROOT = new URL("../", import.meta.url).pathname;
/** Where the schema stands in the project. */
export const SCHEMA_PATH = "schema/policy.schema.json";

/** A schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

// The grammars that the program reads with separate parsers, as far as a
// pattern can say them.
const CIDR =
  /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:\/[0-9]{1,2})?|(?=[^\/]*:)[0-9A-Fa-f:.]+(?:\/[0-9]{1,3})?)$/;
const LISTEN =
  /^(?:t(?:cp|ls):\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]*):(?!0+$)[0-9]{1,5}|unix:\/\/\/(?:[^?]*[^?\/])(?:\?(?:mode=0?[0-7]{3}|group=[A-Za-z0-9_.-]+)(?:&(?:mode=0?[0-7]{3}|group=[A-Za-z0-9_.-]+))*)?)$/;
const PATH_RULE =
  /^[!#$%&'*+.^_`|~0-9A-Z-]+ (?!\/v[0-9])(?:\/(?:\*|(?!\.{1,2}(?:\/|$))[A-Za-z0-9_~.-]+))+$/;

/** The schema (draft 7, which editors know best). */
export function policySchema(): Schema {
  const [schemaKey, clients, rest, ...more] = TOP_KEYS;
  if (more.length > 0) throw new Error(`no schema for '${more[0]!.key}'`);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $comment:
      "Made by `deno task schema` from the program's tables: do not edit.",
    title: "sockwarden's policy file",
    type: ["object", "null"],
    additionalProperties: false,
    properties: properties([
      [schemaKey!, { type: "string" }],
      [clients!, {
        type: ["object", "null"],
        propertyNames: {
          pattern: CLIENT_NAME.source,
          not: { const: RESERVED_NAME },
        },
        additionalProperties: ref("client"),
      }],
      [rest!, {
        type: ["object", "null"],
        additionalProperties: false,
        properties: grantProperties(),
      }],
    ]),
    definitions: {
      client: clientSchema(),
      ...Object.fromEntries(
        SELECTORS.map(({ key, pattern, expected }) => [key, {
          type: "string",
          pattern: pattern?.source ?? (key === "cidr" ? CIDR : LISTEN).source,
          description: `Expected: ${expected}.`,
        }]),
      ),
      rule: ruleSchema(() => true, [{ pattern: PATH_RULE.source }]),
      endingRule: endingSchema(),
      selfRule: ruleSchema(
        ({ names }) => [...names].some(canNeedAllowSelf),
        [],
      ),
      preset: presetSchema(),
      scope: termsSchema(SCOPE_TERMS, [[
        NOT_KEY,
        oneOrMore(termsSchema(SCOPE_TERMS, [])),
      ]]),
      origin: { type: "string", pattern: ORIGIN.source },
    },
  };
}

function clientSchema(): Schema {
  return {
    type: "object",
    additionalProperties: false,
    anyOf: IDENTITY_KEYS.map(({ key }) => ({ required: [key] })),
    properties: {
      ...properties([
        [keyOf(IDENTITY_KEYS, "from"), {
          anyOf: [
            conditions(SELECTORS),
            {
              type: "array",
              minItems: 1,
              items: conditions(
                SELECTORS.filter(({ key }) => key !== "listen"),
              ),
            },
          ],
        }],
        [keyOf(IDENTITY_KEYS, "listen"), oneOrMore(ref("listen"))],
      ]),
      ...grantProperties(),
    },
  };
}

/** Every schema's file as it should be, by its path. */
async function schemaTexts(): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (
    const [path, schema] of [
      [SCHEMA_PATH, policySchema()] as const,
      ...OUTPUT_SCHEMAS,
    ]
  ) texts.set(path, await format(JSON.stringify(schema), "json"));
  return texts;
}

/** The files that differ from what the tables say. */
export async function schemasOutdated(): Promise<string[]> {
  const differing: string[] = [];
  for (const [path, text] of await schemaTexts()) {
    const written = await Deno.readTextFile(ROOT + path).catch(() => "");
    if (written !== text) differing.push(path);
  }
  return differing;
}

function grantProperties(): Schema {
  const schemas: Readonly<Record<string, Schema>> = {
    "preset": anyNumber(ref("preset")),
    "allow": anyNumber({ anyOf: [ref("rule"), ref("endingRule")] }),
    "deny": anyNumber(ref("rule")),
    "allow-self": anyNumber(ref("selfRule")),
    "allow-origin": anyNumber(ref("origin")),
    "containers": kindSchema(ref("scope")),
    "networks": kindSchema(ref("scope")),
    "volumes": kindSchema(ref("scope")),
    "guard": guardSchema(),
    "hide": hideSchema(),
    "limits": limitsSchema(),
    "images": {
      anyOf: [{ const: OPEN_KIND }, termsSchema(IMAGE_SCOPE_KEYS, [])],
    },
  };
  return properties(
    [...GRANT_KEYS, ...SCOPE_KEYS, GUARD_KEY, HIDE_KEY, LIMITS_KEY].map(
      (key) => {
        const schema = schemas[key.key];
        if (schema === undefined) throw new Error(`no schema for '${key.key}'`);
        return [key, schema];
      },
    ),
  );
}

/** How much may be asked for. */
function limitsSchema(): Schema {
  return {
    type: "object",
    additionalProperties: false,
    minProperties: 1,
    dependencies: { burst: ["rate"] },
    properties: properties(LIMIT_ROWS.map((row) => {
      const number = {
        type: "integer",
        minimum: row.least,
        maximum: row.most,
      };
      const size = { type: "string", pattern: SIZE.source };
      return [row, row.isSize ? { anyOf: [number, size] } : number];
    })),
  };
}

/** What is hidden: a word, a list of words, or a mapping. */
function hideSchema(): Schema {
  const words = oneOrMore({ enum: [...HIDE_WORDS] }).anyOf as Schema[];
  const variables = oneOrMore({
    type: "string",
    pattern: VARIABLE_PATTERN.source,
  });
  const paths = oneOrMore({ type: "string", pattern: FIELD_PATH.source });
  const operations = [...hideRows()].filter(([, { kind }]) =>
    kind !== "top" && kind !== "other"
  ).map(([name]) => name);
  const schemas: Readonly<Record<string, Schema>> = {
    "env": {
      anyOf: [{ type: "boolean" }, ...variables.anyOf as Schema[]],
    },
    "env-except": variables,
    "fields": {
      anyOf: [{ enum: [...PRESETS_WITH_FIELDS] }, {
        type: "object",
        minProperties: 1,
        additionalProperties: false,
        properties: Object.fromEntries(operations.map((one) => [one, paths])),
      }],
    },
  };
  return {
    anyOf: [{ const: HIDE_NONE }, ...words, {
      type: "object",
      minProperties: 1,
      additionalProperties: false,
      properties: properties(
        HIDE_KEYS.map((key) => [key, schemas[key.key] ?? { type: "boolean" }]),
      ),
    }],
  };
}

/** The path of a field, as `parseFieldPath()` reads it. */
const FIELD_PATH =
  /^(?:\*|[A-Za-z][A-Za-z0-9_-]*)(?:\[\])*(?:\.(?:\*|[A-Za-z][A-Za-z0-9_-]*)(?:\[\])*)*$/;

/** A guard: a level, or a mapping. */
function guardSchema(): Schema {
  const texts = anyNumber({ type: "string", minLength: 1 });
  const verdict = { enum: [...VERDICTS] };
  const kinds: Readonly<Record<KnobKind, Schema>> = {
    flag: verdict,
    list: { anyOf: [verdict, texts] },
    limit: { type: ["string", "number"] },
    words: texts,
  };
  return {
    anyOf: [{ enum: [...LEVELS] }, {
      type: "object",
      additionalProperties: false,
      properties: properties(GUARD_KEYS.map((key): [Key, Schema] => {
        if (key.key === "level") return [key, { enum: [...LEVELS] }];
        const row = KNOB_ROWS.get(key.key);
        return [key, row === undefined ? texts : kinds[row.kind]];
      })),
    }],
  };
}

/** The scope on one kind: a mapping, a list of them, or all. */
function kindSchema(scope: Schema): Schema {
  return {
    anyOf: [{ const: OPEN_KIND }, ...oneOrMore(scope).anyOf as Schema[]],
  };
}

/** A mapping with at least one of these conditions, whose values are texts. */
function termsSchema(
  terms: readonly SelectorKey[],
  more: readonly (readonly [Key, Schema])[],
): Schema {
  return {
    type: "object",
    additionalProperties: false,
    minProperties: 1,
    properties: properties([
      ...terms.map((key) =>
        [
          key,
          oneOrMore({
            type: "string",
            pattern: key.pattern!.source,
          }),
        ] as const
      ),
      ...more,
    ]),
  };
}

/** A mapping with these conditions. */
function conditions(keys: readonly Key[]): Schema {
  return {
    type: "object",
    additionalProperties: false,
    minProperties: 1,
    properties: properties(keys.map((key) => [key, oneOrMore(ref(key.key))])),
  };
}

/** Every rule of operations that the program takes and that passes a test. */
function ruleSchema(
  passes: (rule: OperationRule) => boolean,
  more: readonly Schema[],
): Schema {
  const names = OPERATIONS.map(({ name }) => name);
  const patterns = ["*", ...operationGroups(names), ...names];
  const taken = (text: string) => {
    const rule = parseRule(text, "");
    return "kind" in rule && rule.kind === "operations" && passes(rule);
  };
  return {
    type: "string",
    anyOf: [
      { enum: patterns.filter(taken) },
      ...ACCESS_CLASSES.map((access) => ({
        pattern: `^(?:${
          patterns.filter((pattern) => taken(`${pattern}:${access}`))
            .map(literally).join("|")
        }):${access}$`,
      })),
      ...more,
    ],
  };
}

/** A rule of `allow` that has an end. */
function endingSchema(): Schema {
  const schemas: Readonly<Record<string, Schema>> = {
    "rule": oneOrMore(ref("rule")),
    "until": { type: "string", pattern: UNTIL_PATTERN.source },
  };
  return {
    type: "object",
    additionalProperties: false,
    required: ENDING_KEYS.map(({ key }) => key),
    properties: properties(
      ENDING_KEYS.map((key) => [key, schemas[key.key]!] as const),
    ),
  };
}

function presetSchema(): Schema {
  const one = `(?:${
    presetNames().map((name) =>
      `${literally(name)}(?:@(?:${
        versionsOf(name, allPresets()).map(({ version }) => version).join("|")
      }))?`
    ).join("|")
  })`;
  return {
    type: "string",
    anyOf: [
      { enum: presetNames() },
      { pattern: `^\\s*${one}(?:\\s*,\\s*${one})*\\s*$` },
    ],
  };
}

// ----------------------------------------------------------------- helpers

function properties(entries: readonly (readonly [Key, Schema])[]): Schema {
  return Object.fromEntries(
    entries.map(([{ key, help }, schema]) => [key, {
      description: help,
      ...schema,
    }]),
  );
}

function keyOf(keys: readonly Key[], name: string): Key {
  return keys.find(({ key }) => key === name)!;
}

function ref(definition: string): Schema {
  return { $ref: `#/definitions/${definition}` };
}

function oneOrMore(schema: Schema): Schema {
  return { anyOf: [schema, { type: "array", minItems: 1, items: schema }] };
}

function anyNumber(schema: Schema): Schema {
  return { anyOf: [schema, { type: "array", items: schema }] };
}

/** A text as a pattern that matches it alone. */
function literally(text: string): string {
  return text.replaceAll(/[.*]/g, "\\$&");
}

if (import.meta.main) {
  const [option, ...rest] = Deno.args;
  if (rest.length > 0 || (option !== undefined && option !== "--check")) {
    console.error("error: usage: deno task schema [--check]");
    Deno.exit(2);
  }
  if (option === "--check") {
    const differing = await schemasOutdated();
    for (const path of differing) {
      console.error(`${path} is out of date: run deno task schema`);
    }
    Deno.exit(differing.length > 0 ? 1 : 0);
  }
  for (const [path, text] of await schemaTexts()) {
    await Deno.writeTextFile(ROOT + path, text);
    console.log(path);
  }
}
