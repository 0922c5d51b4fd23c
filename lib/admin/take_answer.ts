/**
 * Takes an answer of an admin listener for what the OpenAPI file says that it
 * is: another program may stand there, or one that is broken. What is not known
 * is left out, texts are cut to a bound. Pure.
 *
 * @module
 */

import { SCHEMAS } from "./openapi.ts";

/** What schemas of the OpenAPI file say, as far as answers need it. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly $ref?: string;
}

/** What an answer is not, and where. */
export interface NoAnswer {
  /** A clause such as `engine.up is "yes", expected true or false`. */
  readonly problem: string;
}

/** Characters of a text; none that sockwarden sends is longer. */
const MAX_TEXT = 8192;
/** Members of a list. */
const MAX_MEMBERS = 1000;
/** Characters of a value in a problem. */
const MAX_SHOWN = 40;

/** Stops at the first place that is not as it should be. */
class Wrong extends Error {}

/**
 * Takes what was parsed.
 *
 * @param name The schema's name in the OpenAPI file.
 * @returns A copy with nothing in it that the schema does not name.
 */
export function takeAnswer<Answer>(
  name: string,
  value: unknown,
): Answer | NoAnswer {
  try {
    return take(SCHEMAS[name] as Schema, value, "") as Answer;
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { problem: error.message };
  }
}

function take(schema: Schema, value: unknown, path: string): unknown {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
    return take(SCHEMAS[name] as Schema, value, path);
  }
  if (schema.anyOf !== undefined) {
    // All there are: a value, or null.
    const [known] = schema.anyOf;
    return value === null ? null : take(known!, value, path);
  }
  if (schema.const !== undefined) {
    return value === schema.const
      ? value
      : wrong(path, value, String(schema.const));
  }
  switch (schema.type) {
    case "object":
      return takeObject(schema, value, path);
    case "array":
      return takeList(schema.items!, value, path);
    case "boolean":
      return typeof value === "boolean"
        ? value
        : wrong(path, value, "true or false");
    case "string":
      return takeText(schema, value, path);
    default:
      return takeNumber(schema, value, path);
  }
}

function takeObject(
  { properties = {}, required = [] }: Schema,
  value: unknown,
  path: string,
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return wrong(path, value, "an object");
  }
  const taken: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const at = path === "" ? name : `${path}.${name}`;
    if (Object.hasOwn(value, name)) {
      taken[name] = take(schema, (value as Record<string, unknown>)[name], at);
    } else if (required.includes(name)) {
      throw new Wrong(`${at} is missing`);
    }
  }
  return taken;
}

function takeList(items: Schema, value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) return wrong(path, value, "a list");
  if (value.length > MAX_MEMBERS) {
    throw new Wrong(
      `${path} has ${value.length} members, expected ${MAX_MEMBERS} at most`,
    );
  }
  return value.map((one, i) => take(items, one, `${path}[${i}]`));
}

function takeText({ format }: Schema, value: unknown, path: string): string {
  if (typeof value !== "string") return wrong(path, value, "a text");
  if (format === "date-time" && Number.isNaN(Date.parse(value))) {
    return wrong(path, value, "a time");
  }
  return value.slice(0, MAX_TEXT);
}

function takeNumber(
  { type, minimum = -Infinity }: Schema,
  value: unknown,
  path: string,
): number {
  if (
    typeof value === "number" && value >= minimum &&
    value <= Number.MAX_SAFE_INTEGER &&
    (type !== "integer" || Number.isInteger(value))
  ) return value;
  return wrong(
    path,
    value,
    type === "integer" ? "a whole number" : "a number",
  );
}

function wrong(path: string, value: unknown, expected: string): never {
  const found = (JSON.stringify(value) ?? "nothing").slice(0, MAX_SHOWN);
  throw new Wrong(`${path || "it"} is ${found}, expected ${expected}`);
}
