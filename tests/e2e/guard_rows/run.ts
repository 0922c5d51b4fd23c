/**
 * Sends the rows through sockwarden and to the engine itself, and compares what
 * the engine has made with what the row says.
 *
 * @module
 */

import type { JsonObject, JsonValue } from "../../../lib/guard/json.ts";
import { BODIES } from "../../../lib/guard/schema/operations.ts";
import { send } from "../raw.ts";
import {
  atRoot,
  folded,
  hasIn,
  respell,
  type Spell,
  withValue,
} from "./bodies.ts";
import type { Asked, Family, Table } from "./families.ts";
import { type Case, isTaken, type Row } from "./row.ts";

/** What the rows are sent with. */
export interface Rig {
  readonly asked: Asked;
  /** The engine's own socket. */
  readonly engine: string;
  /** A client's socket by its level. */
  socketOf(level: Level): string;
  readonly modern: boolean;
  /** Ids by the words that stand for them in bodies. */
  readonly ids: Readonly<Record<string, string>>;
  /** The ids of all objects. */
  list(): Promise<string>;
}

export const LEVELS = ["standard", "strict"] as const;
export type Level = typeof LEVELS[number];

/** One case with where it stands. */
interface Sent {
  readonly rig: Rig;
  readonly family: Family;
  readonly table: Table;
  readonly place: string;
  readonly one: Case;
  /** What did not hold. */
  readonly wrong: string[];
  /** Where each body has been sent: rows of one structure share values. */
  readonly done: Set<string>;
}

/** What came of a request. */
interface Outcome {
  readonly status: number;
  readonly text: string;
  /** Whether the engine has made something. */
  readonly made: boolean;
  /** Whether that has what the case says. */
  readonly seen: boolean;
  readonly shown: string;
}

/** Sends all rows of a family. */
export async function runFamily(rig: Rig, family: Family): Promise<string[]> {
  const wrong: string[] = [];
  const done = new Set<string>();
  for (const table of family.tables) {
    for (const [place, row] of Object.entries(table.rows)) {
      await runRow(rig, family, table, place, row, wrong, done);
    }
  }
  return wrong;
}

async function runRow(
  rig: Rig,
  family: Family,
  table: Table,
  place: string,
  { cases }: Row,
  wrong: string[],
  done: Set<string>,
): Promise<void> {
  for (const [i, one] of cases.entries()) {
    const sent: Sent = { rig, family, table, place, one, wrong, done };
    const before = await rig.list();
    for (const level of LEVELS) {
      if (one[level] === null) await sendAccepted(sent, level);
      else await sendRefused(sent, level);
    }
    if (one.strict === null) continue;
    // The other spellings of one value are enough.
    const first = !place.includes(".") &&
      cases.findIndex((other) => other.strict !== null) === i;
    await sendControls(sent, first);
    const after = await rig.list();
    if (after !== before) {
      wrong.push(
        `${nameOf(sent)}: other objects are there: ${before} | ${after}`,
      );
    }
  }
}

const nameOf = ({ family, table, place, one }: Sent) =>
  `${family.operation} ${table.at}${place} ${JSON.stringify(one.value)}`;

/** The body of a case, for one of the levels. */
export function bodyOf(
  family: Family,
  table: Table,
  place: string,
  one: Case,
  strict: boolean,
): JsonObject {
  const [field = ""] = place.split(".");
  return withValue(
    family.base(strict),
    `${table.at}${field}`.split("."),
    one.value,
  ) as JsonObject;
}

/** The other spellings of a body by what they are called. */
function spellingsOf(
  { family, table, place }: Sent,
  body: JsonObject,
): [name: string, body: JsonValue][] {
  const type = BODIES[family.operation];
  const own = `${table.at}${place}`;
  const all: Spell = (_, key) => key.toUpperCase();
  const one: Spell = (at, key) => at === own ? folded(key) : key;
  const spellings: [string, JsonValue][] = [
    ["in capitals", respell(type, body, all)],
    ["folded", respell(type, body, one)],
  ];
  if (!family.atRoot || table.at !== "HostConfig.") return spellings;
  const root = atRoot(body);
  const rooted: Spell = (at, key) => at === place ? folded(key) : key;
  return [
    ...spellings,
    ["at the root", root],
    ["at the root, folded", respell(type, root, rooted)],
  ];
}

/** Whether a body was sent to the same place before; it is remembered. */
function isDone({ done }: Sent, to: string, body: JsonValue): boolean {
  const key = `${to} ${JSON.stringify(body)}`;
  if (done.has(key)) return true;
  done.add(key);
  return false;
}

async function sendAccepted(sent: Sent, level: Level): Promise<void> {
  const { rig, family, table, place, one, wrong } = sent;
  const body = bodyOf(family, table, place, one, level === "strict");
  if (isDone(sent, level, body)) return;
  const { status, text, made, seen, shown } = await attempt(
    sent,
    rig.socketOf(level),
    body,
  );
  const name = `${nameOf(sent)} under ${level}`;
  if (text.includes("sockwarden:")) {
    wrong.push(`${name}: it is refused: ${text}`);
  } else if (one.taken === "any") return;
  else if (isTaken(one, rig.modern)) {
    if (!made) wrong.push(`${name}: the engine: ${status} ${text}`);
    else if (!seen) wrong.push(`${name}: the engine shows ${shown}`);
  } else if (made && seen) wrong.push(`${name}: this engine takes it`);
}

async function sendRefused(sent: Sent, level: Level): Promise<void> {
  const { rig, family, table, place, one, wrong } = sent;
  const body = bodyOf(family, table, place, one, level === "strict");
  const socket = rig.socketOf(level);
  const name = `${nameOf(sent)} under ${level}`;
  const { status, text, made } = await attempt(sent, socket, body);
  if (made) wrong.push(`${name}: the engine has made it`);
  if (status !== 403 || !text.includes(`${one[level]}: `)) {
    wrong.push(`${name}: ${one[level]} does not refuse it: ${status} ${text}`);
  }
  for (const [how, other] of spellingsOf(sent, body)) {
    if (isDone(sent, level, other)) continue;
    const { status, text, made } = await attempt(sent, socket, other);
    if (made) wrong.push(`${name}, ${how}: the engine has made it`);
    if (status < 400 || !text.includes("sockwarden:")) {
      wrong.push(`${name}, ${how}: it is not refused: ${status} ${text}`);
    }
  }
}

/** Shows that the engine would have made what was refused. */
async function sendControls(sent: Sent, spellings: boolean): Promise<void> {
  const { rig, family, table, place, one, wrong } = sent;
  if (one.taken === "any" || one.taken === "unsent") return;
  const body = bodyOf(family, table, place, one, false);
  const taken = isTaken(one, rig.modern);
  // One of them is enough, and current engines ignore what is at the root.
  const others = spellings
    ? spellingsOf(sent, body).filter(([how]) =>
      how === "folded" || how === "at the root, folded" && !rig.modern
    )
    : [];
  for (const [how, other] of [["as it is", body] as const, ...others]) {
    if (isDone(sent, "engine", other)) continue;
    const { status, text, made, seen, shown } = await attempt(
      sent,
      rig.engine,
      other,
    );
    if ((made && seen) === taken) continue;
    wrong.push(
      `${nameOf(sent)} to the engine, ${how}: ${
        taken ? "it is not made" : "it is made"
      }: ${status} ${made ? shown : text}`,
    );
  }
}

/** Sends a body, looks at what was made, and takes it away. */
async function attempt(
  { rig, family, table, place, one }: Sent,
  socket: string,
  body: JsonValue,
): Promise<Outcome> {
  const { asked } = rig;
  await family.prepare?.(asked);
  const before = await family.state(asked, null);
  const { status, body: text } = await send(
    socket,
    await family.call(asked),
    withIds(rig.ids, body),
  );
  const after = await family.state(asked, status < 300 ? parsed(text) : null);
  const made = JSON.stringify(after) !== JSON.stringify(before);
  if (made || family.prepare !== null) await family.remove(asked);
  const [field = ""] = place.split(".");
  const seen = expectedIn(rig, family, table, field, one)
    .some((expected) => hasIn(after, expected));
  const shown = JSON.stringify(
    `${table.shown}${field}`.split(".").reduce<JsonValue>(
      (value, key) => (value as JsonObject | null)?.[key] ?? null,
      after,
    ),
  );
  return { status, text, made, seen, shown };
}

function parsed(text: string): JsonValue {
  return text === "" ? null : JSON.parse(text);
}

/** What a description must have, from its root on: one of these. */
function expectedIn(
  rig: Rig,
  family: Family,
  table: Table,
  field: string,
  { seen }: Case,
): JsonValue[] {
  if (seen === null) return [{}];
  return seen.map((one) => {
    const whole = family.operation === "container.exec.create"
      ? one
      : withValue(null, `${table.shown}${field}`.split("."), one);
    return JSON.parse(withIds(rig.ids, whole));
  });
}

/** A body as text, with ids in place of the words that stand for them. */
export function withIds(ids: Rig["ids"], body: JsonValue): string {
  let text = JSON.stringify(body);
  for (const [word, id] of Object.entries(ids)) {
    text = text.replaceAll(`"${word}"`, `"${id}"`);
  }
  return text;
}
