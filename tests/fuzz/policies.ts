/**
 * Policy files: none makes the reader throw, and one that is taken is taken by
 * the schema, compiles, and says the same when it is written as plain JSON.
 *
 * @module
 */

import { parse } from "@std/yaml";
import { Ajv } from "ajv";
import { replaceComments } from "../../lib/config/jsonc.ts";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { compile } from "../../lib/policy/compile.ts";
import { SCHEMA_PATH } from "../../tools/schema.ts";
import { grants } from "../support/grants.ts";
import type { Random } from "../support/random.ts";
import { createCounts, type Judge, mutate, type Target } from "./target.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const EXAMPLES = `${ROOT}deploy/policy/`;

/** Parts of a client's rights. */
const GRANTS = [
  "preset: traefik",
  "preset: [portainer, watchtower]",
  "allow: [container.list, 'container.*:read']",
  "allow: ['GET /new/route']",
  "deny: ['*']",
  "allow: []",
  "allow-self: [container.restart]",
  "allow-origin: [https://a.example]",
  "guard: strict",
  "guard: { level: standard, mounts: [/srv] }",
  "scope: { project: shop }",
  "scope: { label: a=b }",
  "hide: [env]",
  "limits: { requests: 16, streams: 8, rate: 50, burst: 100 }",
  "limits: { upload-rate: 10m }",
  "deny: [container.attach.ws]",
];
const IDENTITIES = [
  "from: { container: a }",
  "from: { service: deployer }",
  "from: [{ ip: 10.0.0.0/8 }, { host: ci }]",
  "listen: unix:///run/a.sock",
  "from: { ip: '::1' }",
];
const ODD = [
  "alow: [x]",
  "preset: nosuch",
  "allow: container",
  "allow: { a: b }",
  "from: 1",
  "<<: *x",
  "preset: &x traefik",
  "allow: [container.list, container.list]",
  "guard: yes",
  "? [a]: b",
  "allow: !!str x",
  "preset: |\n      traefik",
  "deny: null",
  "limits: { rate: 0x10, upload-rate: 1e9 }",
  "limits: { burst: 5 }",
  "limits: { upload-rate: 5k, rate: 99999999999 }",
  "__proto__: { a: b }",
  "1: 2",
  "allow: ['GET /containers/json']",
  "preset: \u00a0traefik",
];

/** Texts of policy files, UTF-8. */
export const POLICIES: Target = {
  name: "policies",
  make(random, known) {
    const base = random.chance(0.25)
      ? random.pick([...known, ...examples()])
      : new TextEncoder().encode(makeFile(random));
    return random.chance(0.4) ? mutate(random, base) : base;
  },
  open(): Promise<Judge> {
    const schema = new Ajv({ allErrors: true, allowUnionTypes: true })
      .compile(JSON.parse(Deno.readTextFileSync(ROOT + SCHEMA_PATH)));
    const { counts, count } = createCounts();
    return Promise.resolve({
      counts,
      judge: (cases) =>
        Promise.resolve(cases.map((bytes) => {
          try {
            return problemOf(new TextDecoder().decode(bytes), schema, count);
          } catch (error) {
            return `it throws: ${error instanceof Error ? error.stack : error}`;
          }
        })),
      stop: () => Promise.resolve(),
    });
  },
};

let read: Uint8Array[] | null = null;

function examples(): Uint8Array[] {
  read ??= [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name).sort()
    .map((name) => Deno.readFileSync(EXAMPLES + name));
  return read;
}

function makeFile(random: Random): string {
  const odd = random.chance(0.3);
  const parts = (list: readonly string[], most: number) =>
    Array.from(
      { length: 1 + random.below(most) },
      () => odd && random.chance(0.2) ? random.pick(ODD) : random.pick(list),
    );
  let text = random.chance(0.8) ? "clients:\n" : "";
  if (text !== "") {
    for (let left = 1 + random.below(3); left > 0; left--) {
      const lines = [...parts(IDENTITIES, 1), ...parts(GRANTS, 3)];
      text += `  c${odd ? random.below(2) : left}:\n`;
      text += lines.map((line) => `    ${line}\n`).join("");
    }
  }
  if (random.chance(0.5)) {
    text += `default:\n${
      parts(GRANTS, 2).map((line) => `  ${line}\n`).join("")
    }`;
  }
  return text;
}

function problemOf(
  text: string,
  schema: (value: unknown) => unknown,
  count: (what: string) => void,
): string | null {
  const read = readPolicyFile("p.yaml", text);
  if ("problems" in read) {
    const unplaced = read.problems.find((one) => !/^p\.yaml\b/.test(one));
    return unplaced === undefined ? null : `it names no place: ${unplaced}`;
  }
  count("taken");
  compile(grants({}), read.file);
  const plain = replaceComments(text);
  if ("problem" in plain) return "its comments cannot be read";
  const value: unknown = parse(plain.text, { schema: "core" });
  if (value === null || value === undefined) return null;
  if (!schema(value)) return "the schema refuses it";
  const json = JSON.stringify(value);
  // What is merged by the reader stands under the key of the merge there.
  if (json.includes('"<<"')) return null;
  const again = readPolicyFile("p.yaml", json);
  if ("problems" in again) return `as JSON: ${again.problems[0]}`;
  return withoutPlaces(again.file) === withoutPlaces(read.file)
    ? null
    : "as JSON it says something else";
}

function withoutPlaces(file: unknown): string {
  return Deno.inspect(file, { depth: 20, iterableLimit: 1000 })
    .replace(/p\.yaml:\d+:\d+/g, "p.yaml");
}
