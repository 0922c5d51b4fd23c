/**
 * Makes request bodies from the tables: most are valid, the others have one
 * oddity or a few, such as another spelling, a duplicate or a wrong type.
 *
 * @module
 */

import {
  BODIES,
  type JudgedOperation,
  tables,
} from "../../../lib/guard/schema/operations.ts";
import {
  parseType,
  type Scalar,
  type Type,
} from "../../../lib/guard/schema/table.ts";
import { mulberry32 } from "../../support/random.ts";

/** A request body. */
export interface Body {
  readonly operation: JudgedOperation;
  readonly bytes: Uint8Array;
  /** Fields without a row that have a value; null where an oddity may have made some. */
  readonly unknown: number | null;
}

/** What one body is made with. */
interface Maker {
  /** From 0 to 1, without it. */
  readonly random: () => number;
  /** Oddities that are left. */
  odd: number;
  unknown: number;
}

/**
 * Makes bodies without end, the same ones for the same seed.
 *
 * @param seed A whole number.
 */
export function* bodies(seed: number): Generator<Body> {
  const random = mulberry32(seed);
  const operations = Object.keys(BODIES) as JudgedOperation[];
  for (;;) {
    const maker: Maker = { random, odd: 0, unknown: 0 };
    // Creations are the largest, and half of all.
    const operation = chance(maker, 0.4)
      ? "container.create"
      : chance(maker, 0.2)
      ? "service.create"
      : pick(maker, operations);
    maker.odd = chance(maker, 0.35) ? 1 + below(maker, 3) : 0;
    const plain = maker.odd === 0;
    const wrapped = maker.odd > 0 && chance(maker, 0.1);
    let text = valueOf(maker, parseType(BODIES[operation]), 0);
    if (wrapped) text = around(maker, text);
    const bytes = new TextEncoder().encode(text);
    if (wrapped && chance(maker, 0.3)) bytes[below(maker, bytes.length)] = 0xff;
    yield { operation, bytes, unknown: plain ? maker.unknown : null };
  }
}

const below = ({ random }: Maker, n: number) => Math.floor(random() * n);
const chance = ({ random }: Maker, p: number) => random() < p;
const pick = <T>(maker: Maker, list: readonly T[]): T =>
  list[below(maker, list.length)]!;

/** Whether an oddity belongs here; it is used up. */
function isOdd(maker: Maker, p = 0.12): boolean {
  if (maker.odd === 0 || !chance(maker, p)) return false;
  maker.odd--;
  return true;
}

function around(maker: Maker, text: string): string {
  return pick(maker, [
    `\ufeff${text}`,
    `${text}}`,
    `${text} {}`,
    `${text},`,
    `${text}/**/`,
    ` \n\t${text}\r\n `,
    text.slice(0, -1),
    "null",
    "[]",
    "{}",
    "0",
    '""',
    "",
  ]);
}

/** A value of a type as JSON; at times null, or one of another type. */
function valueOf(maker: Maker, type: Type, depth: number): string {
  if (depth > 0 && chance(maker, 0.03)) return "null";
  if (depth > 0 && isOdd(maker, 0.06)) return pick(maker, ANYTHING);
  switch (type.kind) {
    case "pointer":
      return valueOf(maker, type.to, depth);
    case "list": {
      const length = type.length === null || isOdd(maker)
        ? below(maker, 4)
        : below(maker, type.length + 1);
      const list = Array.from(
        { length },
        () => valueOf(maker, type.of, depth + 1),
      );
      return `[${list.join(space(maker, ","))}]`;
    }
    case "map": {
      const keys = type.ports ? PORTS : MAP_KEYS;
      const picked = Array.from(
        { length: below(maker, 3) },
        () => pick(maker, keys),
      );
      // A key twice is an oddity, which Go merges.
      const some = maker.odd > 0 ? picked : [...new Set(picked)];
      return object(
        maker,
        some.map((key) => [key, valueOf(maker, type.of, depth + 1)]),
      );
    }
    case "struct":
      return structureOf(maker, type.name, depth);
    case "scalar":
      return scalarOf(maker, type.scalar);
  }
}

function structureOf(maker: Maker, name: string, depth: number): string {
  const rows = [...tables().get(name)!.values()];
  const number = Math.min(rows.length, below(maker, depth === 0 ? 14 : 6));
  const members: [string, string][] = [];
  const chosen = new Set<number>();
  while (chosen.size < number) chosen.add(below(maker, rows.length));
  for (const at of chosen) {
    const { name, others, type } = rows[at]!;
    const value = () => valueOf(maker, type, depth + 1);
    const key = others.length > 0 && chance(maker, 0.3)
      ? pick(maker, others)
      : name;
    members.push([isOdd(maker, 0.05) ? folded(maker, key) : key, value()]);
    if (isOdd(maker, 0.04)) {
      members.push([chance(maker, 0.5) ? key : folded(maker, key), value()]);
    }
  }
  if (chance(maker, 0.05)) {
    const value = pick(maker, ANYTHING);
    members.push([pick(maker, UNKNOWN), value]);
    if (value !== "null") maker.unknown++;
  }
  return object(maker, members);
}

/** Another spelling that Go takes for the same field, or one that only looks so. */
function folded(maker: Maker, key: string): string {
  return pick(maker, [
    key.toLowerCase(),
    key.toUpperCase(),
    key.replace(/[sS]/, "\u017f"),
    key.replace(/[kK]/, "\u212a"),
    key.replace(/[iI]/, "\u0130"),
    key[0] + key.slice(1).toUpperCase(),
  ]);
}

function object(
  maker: Maker,
  members: readonly (readonly [string, string])[],
): string {
  const texts = members.map(([key, value]) =>
    `${string(maker, key)}${space(maker, ":")}${value}`
  );
  return `{${texts.join(space(maker, ","))}}`;
}

/** White space around a sign, at times. */
function space(maker: Maker, sign: string): string {
  return chance(maker, 0.1) ? ` ${sign}\n\t` : sign;
}

/** A string as JSON; at times with an escape where none is needed. */
function string(maker: Maker, text: string): string {
  const quoted = JSON.stringify(text);
  return text !== "" && chance(maker, 0.05)
    ? quoted.replace(
      /(?<=^")[A-Za-z]/,
      (c) => `\\u00${c.charCodeAt(0).toString(16)}`,
    )
    : quoted;
}

function scalarOf(maker: Maker, scalar: Scalar): string {
  if (scalar === "bool") return pick(maker, ["true", "false"]);
  if (scalar === "float32") {
    return pick(maker, isOdd(maker, 0.3) ? ODD_NUMBERS : FLOATS);
  }
  if (/^u?int/.test(scalar)) {
    if (isOdd(maker, 0.3)) return pick(maker, ODD_NUMBERS);
    return pick(maker, WHOLE.filter((n) => fits(scalar, Number(n))));
  }
  if (isOdd(maker, 0.05)) return pick(maker, ODD_STRINGS);
  const odd = isOdd(maker, 0.3);
  return string(maker, pick(maker, odd ? ODD_TEXTS : TEXTS[scalar] ?? STRINGS));
}

function fits(scalar: string, n: number): boolean {
  if (!scalar.startsWith("u")) return true;
  const bits = Number(/\d+$/.exec(scalar)?.[0] ?? "64");
  return n >= 0 && n < 2 ** bits;
}

const WHOLE = [
  "0",
  "1",
  "-1",
  "512",
  "65535",
  "65536",
  "4294967295",
  "4294967296",
  "-2147483649",
  "9007199254740991",
  "-9007199254740991",
];
const FLOATS = [
  "0",
  "0.5",
  "0.1",
  "1",
  "1e-3",
  "2E+2",
  "-0.0",
  "1e-999",
  "3.4e38",
];
const ODD_NUMBERS = [
  "1e3",
  "1.0",
  "-0",
  "-0.0",
  "0.5",
  "1E2",
  "1e400",
  "3.5e38",
  "3.4028235677973366e38",
  "9007199254740992",
  "9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "18446744073709551615",
  "-9223372036854775808",
  "01",
  "+1",
  ".5",
  "0x10",
  "NaN",
  '"1"',
  "-1",
  "65536",
  "4294967296",
];
const STRINGS = [
  "",
  "a",
  "bind",
  "/var/run/docker.sock",
  "host",
  "container:x",
  "ä ö 漢 \u{1f40b}",
  'quote " and \\ slash',
  "tab\tnew\nline",
  "\u2028\u2029\u0000\u007f",
  "<&>",
  "\ufffd",
  "1e3",
  "{}",
];
const TEXTS: Readonly<Partial<Record<Scalar, readonly string[]>>> = {
  addr: [
    "",
    "10.0.0.1",
    "0.0.0.0",
    "::",
    "::1",
    "fe80::1",
    "2001:DB8::A",
    "::ffff:10.0.0.1",
    "1:2:3:4:5:6:7:8",
  ],
  prefix: ["", "10.0.0.0/8", "172.18.0.1/16", "fd00::/64", "::/0", "0.0.0.0/0"],
  mac: [
    "",
    "02:42:ac:11:00:02",
    "02-42-AC-11-00-02",
    "0242.ac11.0002",
    "02:00:5e:10:00:00:00:01",
  ],
  bytes: ["", "YQ==", "YWI=", "YWJj", "+/+/", "YR=="],
};
const ODD_TEXTS = [
  "10.0.0.256",
  "1.2.3",
  "010.0.0.1",
  "fe80::1%eth0",
  "::1.2.3.4",
  "1:2:3:4:5:6:1.2.3.4",
  "1::2:3:4:5:6:7:8",
  "1:2:3:4:5:6:7::",
  ":::",
  "::00001",
  "10.0.0.0/08",
  "10.0.0.0/33",
  "10.0.0.1/+8",
  "::ffff:10.0.0.0/104",
  "fe80::1%eth0/64",
  "/8",
  "02:42:ac-11:00:02",
  "02:42:ac:11:00",
  "2:42:ac:11:00:02",
  "YQ",
  "YQ=",
  "Y Q==",
  "YQ==\n",
  "-_-_",
  " ",
];
/** Texts of strings that are malformed, or that two parsers read differently. */
const ODD_STRINGS = [
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ud83d\\udc0b"',
  '"\\x41"',
  '"a\nb"',
  "'a'",
  '"\\u00e4\\/\\b"',
  '"',
];
const MAP_KEYS = [
  "a",
  "A",
  "",
  "80",
  "7",
  "__proto__",
  "constructor",
  "toString",
  "com.example/x",
  "ä\u{1f40b}",
  "\uffff",
  'q"q]',
  "\u212a",
  "k",
];
const PORTS = [
  "80/tcp",
  "443/tcp",
  "53/udp",
  "9/sctp",
  "80",
  "81/",
  "0443/tcp",
  "80/TCP",
  "65535/tcp",
  "65536/tcp",
  "1-2/tcp",
  "",
  "x",
  "80/tcp/",
];
const UNKNOWN = [
  "Newer",
  "newer field",
  "X-y",
  "__proto__",
  "constructor",
  "ä",
];
/** Values of every type, for a field that is unknown or should have another. */
const ANYTHING = [
  "null",
  "true",
  "0",
  "-1",
  "1.5",
  "1e3",
  '""',
  '"text"',
  "[]",
  "{}",
  '["a"]',
  "[1]",
  "[null]",
  "[[]]",
  "[{}]",
  '{"a":"b"}',
  '{"Source":"/"}',
  '{"Name":null}',
];
