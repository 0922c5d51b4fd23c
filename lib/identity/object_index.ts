/**
 * The objects that scopes cover, as they are known: listed once, and kept fresh
 * by the engine's events. What is not certain is not known here.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import {
  followAgain,
  type Following,
  RETRY_INTERVAL_MS,
  stopFollowing,
} from "../engine/follow.ts";
import { after, decodeUtf8 } from "../host.ts";
import type { EngineAddress } from "../net/address.ts";
import type { LogLevel } from "../observe/level.ts";
import { allRights, type Policy } from "../policy/compile.ts";
import type { KnownKind, KnownObjects } from "../policy/known_objects.ts";
import {
  isScoped,
  labelKeysOf,
  type ObjectFacts,
  SCOPE_KINDS,
} from "../policy/scope.ts";
import { type ObjectEvent, readEvent } from "./object_events.ts";
import { eachObject, type ObjectQueries } from "./object_queries.ts";

/** The index. Made by {@link createObjectIndex}. */
export interface ObjectIndex extends KnownObjects {
  /** Follows the objects that the scopes of a policy cover; none where it has no scope. */
  readonly watch: (policy: Policy) => void;
  readonly stop: () => void;
}

/** What {@link createObjectIndex} needs. */
export interface ObjectIndexOptions {
  readonly engine: EngineAddress;
  readonly objects: Pick<ObjectQueries, "find">;
  readonly tell: (level: LogLevel, message: string) => void;
}

/** Objects that are known at most; of others the engine is asked. */
export const MAX_KNOWN = 20_000;
/** Objects that are gone and remembered, those that went last. */
export const MAX_GONE = 1000;
/** Objects that are asked about one by one; of more, all are listed again. */
export const MAX_UNSURE = 16;
/** Milliseconds until all are listed again. */
export const RELIST_MS = 100;
/** Bytes of an event that has not come whole; a longer one is not read. */
const MAX_EVENT = 1024 * 1024;

/** What is followed under one policy. */
interface Watch extends Following {
  readonly kinds: ReadonlySet<KnownKind>;
  /** The keys of labels that are kept. */
  readonly keys: ReadonlySet<string>;
  /** The pieces of an event that has not come whole. */
  rest: Uint8Array[];
  restSize: number;
  /** Rises with each list: what an earlier one finds does not count. */
  list: number;
  /** Cancels the list that is due; null where none is. */
  cancelList: (() => void) | null;
  /** What events were about since the list under way began; null where none is. */
  touched: Set<string> | null;
}

interface State {
  readonly options: ObjectIndexOptions;
  readonly listeners: Set<(kind: KnownKind, id: string) => void>;
  watch: Watch | null;
  /** By `KIND ID`, as are the others. */
  live: Map<string, ObjectFacts>;
  /** What was known when the events ended; compared with the next list. */
  readonly before: Map<string, ObjectFacts>;
  readonly gone: Map<string, ObjectFacts>;
  /** What is being asked about, and whether it must be asked again. */
  readonly unsure: Map<string, { again: boolean }>;
}

/** Makes an empty index; it asks the engine nothing before {@link ObjectIndex.watch}. */
export function createObjectIndex(options: ObjectIndexOptions): ObjectIndex {
  const state: State = {
    options,
    listeners: new Set(),
    watch: null,
    live: new Map(),
    before: new Map(),
    gone: new Map(),
    unsure: new Map(),
  };
  return {
    known: (kind, id) => {
      const key = keyOf(kind, id);
      return state.live.get(key) ?? state.gone.get(key) ?? null;
    },
    changed(listener) {
      state.listeners.add(listener);
      return () => state.listeners.delete(listener);
    },
    watch: (policy) => setWatch(state, ...covered(policy)),
    stop: () => end(state),
  };
}

/** The kinds that scopes of a policy cover, and the keys of the labels that they name. */
function covered(policy: Policy): [Set<KnownKind>, Set<string>] {
  const kinds = new Set<KnownKind>();
  const keys = new Set<string>();
  for (const { scope } of allRights(policy)) {
    for (const kind of SCOPE_KINDS) {
      if (scope === null || kind === "images" || !isScoped(scope, kind)) {
        continue;
      }
      kinds.add(kind);
      for (const key of labelKeysOf(scope, kind)) keys.add(key);
    }
  }
  return [kinds, keys];
}

function setWatch(
  state: State,
  kinds: ReadonlySet<KnownKind>,
  keys: ReadonlySet<string>,
): void {
  const { watch: old, options: { engine, tell } } = state;
  if (
    old !== null && kinds.size > 0 && isSame(old.kinds, kinds) &&
    isSame(old.keys, keys)
  ) return;
  end(state);
  if (kinds.size === 0) return;
  const watch: Watch = {
    kinds,
    keys,
    stopped: false,
    stopFollowing: () => {},
    rest: [],
    restSize: 0,
    list: 0,
    cancelList: null,
    touched: null,
  };
  state.watch = watch;
  void followAgain(engine, eventsOf(kinds), watch, {
    begun: () => {
      watch.rest = [];
      watch.restSize = 0;
      listAfter(state, watch, 0);
    },
    more: (bytes) => noteBytes(state, watch, bytes),
    ended: (reason, isNew) => {
      forget(state);
      if (!isNew) return;
      tell(
        "notice",
        `the engine's event stream for scopes ended (${reason}); until it goes on, sockwarden asks the engine about each object`,
      );
    },
  });
}

/** Only what gives an object another name, or makes or ends it. */
function eventsOf(kinds: ReadonlySet<KnownKind>): string {
  return "/events?filters=" + encodeURIComponent(JSON.stringify({
    type: [...kinds].map((kind) => kind.slice(0, -1)),
    event: ["create", "rename", "destroy", "remove"],
  }));
}

function isSame<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): boolean {
  return one.size === other.size && [...one].every((each) => other.has(each));
}

function end(state: State): void {
  if (state.watch === null) return;
  stopFollowing(state.watch);
  state.watch.cancelList?.();
  state.watch = null;
  forget(state);
  state.before.clear();
  state.gone.clear();
}

/** Events may be missed from now on: nothing is certain but what is gone for good. */
function forget(state: State): void {
  for (const [key, facts] of state.live) {
    if (state.before.size < MAX_KNOWN) state.before.set(key, facts);
  }
  state.live = new Map();
  // A volume of the same name may be made.
  for (const key of state.gone.keys()) {
    if (!key.startsWith("containers ")) state.gone.delete(key);
  }
  for (const one of state.unsure.values()) one.again = true;
  if (state.watch !== null) state.watch.list++;
}

async function list(state: State, watch: Watch): Promise<void> {
  const mine = ++watch.list;
  watch.touched = new Set();
  const found = new Map<string, ObjectFacts>();
  for (const kind of watch.kinds) {
    const failed = await eachObject(state.options.engine, kind, (facts) => {
      if (found.size < MAX_KNOWN) {
        found.set(keyOf(kind, facts.id), reduced(facts, watch.keys));
      }
    });
    if (watch.stopped || watch.list !== mine) return;
    if (failed !== null) {
      watch.touched = null;
      return listAfter(state, watch, RETRY_INTERVAL_MS);
    }
  }
  const { touched } = watch;
  watch.touched = null;
  for (const [key, facts] of found) {
    if (!touched.has(key)) learn(state, key, facts);
  }
  for (const key of state.before.keys()) {
    // What was touched is compared once it is known again.
    if (!touched.has(key)) lose(state, key);
  }
  for (const key of touched) {
    if (!state.live.has(key)) ask(state, watch, key);
  }
}

/** Takes the next bytes of the events: one a line. */
function noteBytes(state: State, watch: Watch, bytes: Uint8Array): void {
  let from = 0;
  for (
    let to = bytes.indexOf(NEWLINE);
    to >= 0;
    to = bytes.indexOf(NEWLINE, from)
  ) {
    hold(watch, bytes.subarray(from, to));
    from = to + 1;
    const whole = decodeUtf8(concat(watch.rest));
    const isRead = watch.restSize <= MAX_EVENT;
    watch.rest = [];
    watch.restSize = 0;
    if (isRead && whole.trim() === "") continue;
    const event = isRead ? readEvent(whole) : null;
    // It may have been about any object.
    if (event === null) relist(state, watch);
    else note(state, watch, event);
  }
  hold(watch, bytes.subarray(from));
}

const NEWLINE = 10;

function hold(watch: Watch, piece: Uint8Array): void {
  watch.restSize += piece.length;
  if (watch.restSize <= MAX_EVENT) watch.rest.push(piece.slice());
}

/** Lists all again after a while, as changes may have been missed; until then nothing is certain. */
function relist(state: State, watch: Watch): void {
  forget(state);
  watch.touched = null;
  listAfter(state, watch, RELIST_MS);
}

function listAfter(state: State, watch: Watch, milliseconds: number): void {
  watch.cancelList ??= after(milliseconds, () => {
    watch.cancelList = null;
    if (!watch.stopped) void list(state, watch);
  });
}

function note(state: State, watch: Watch, event: ObjectEvent): void {
  const { kind, id, action, name, labels } = event;
  if (!watch.kinds.has(kind)) return;
  const key = keyOf(kind, id);
  watch.touched?.add(key);
  if (watch.touched !== null && watch.touched.size > MAX_UNSURE) {
    return relist(state, watch);
  }
  const before = state.live.get(key) ?? null;
  if (action === "gone") {
    state.live.delete(key);
    const asking = state.unsure.get(key);
    if (asking !== undefined) asking.again = true;
    if (before === null) return lose(state, key);
    remember(state, key, before);
    return report(state, key);
  }
  if (action === "made") state.gone.delete(key);
  if (name !== null && before !== null) learn(state, key, { ...before, name });
  else if (name !== null && labels !== null && action === "made") {
    // What an event names in the place of a label is no label.
    if (!NOT_LABELS.some((one) => watch.keys.has(one))) {
      learn(state, key, reduced({ id, name, labels }, watch.keys));
    }
  } else state.live.delete(key);
  ask(state, watch, key);
}

/** Attributes that engines write over a label in the event of a creation. */
const NOT_LABELS = ["image", "name", "podId", "containerExitCode"] as const;

function remember({ gone }: State, key: string, facts: ObjectFacts): void {
  gone.delete(key);
  gone.set(key, facts);
  if (gone.size <= MAX_GONE) return;
  for (const oldest of gone.keys()) {
    gone.delete(oldest);
    return;
  }
}

/** Asks the engine about one object, and again where an event came meanwhile. */
function ask(state: State, watch: Watch, key: string): void {
  const asking = state.unsure.get(key);
  if (asking !== undefined) {
    asking.again = true;
    return;
  }
  if (state.unsure.size >= MAX_UNSURE) return relist(state, watch);
  state.unsure.set(key, { again: true });
  void askUntilSure(state, watch, key);
}

async function askUntilSure(
  state: State,
  watch: Watch,
  key: string,
): Promise<void> {
  const asking = state.unsure.get(key)!;
  const [kind, id] = partsOf(key);
  try {
    while (asking.again && !watch.stopped) {
      asking.again = false;
      const facts = await state.options.objects.find(kind, id);
      // An event that came meanwhile is newer than the answer.
      if (asking.again || watch.stopped) continue;
      if (facts === null) return lose(state, key);
      if ("reason" in facts || facts.id !== id) return;
      learn(state, key, reduced(facts, watch.keys));
    }
  } finally {
    state.unsure.delete(key);
  }
}

/** Takes over what an object is now, and reports it where it was another before. */
function learn(state: State, key: string, facts: ObjectFacts): void {
  const { live, before } = state;
  const known = live.get(key) ?? before.get(key);
  before.delete(key);
  if (live.has(key) || live.size < MAX_KNOWN) live.set(key, facts);
  if (known !== undefined && !isSameObject(known, facts)) report(state, key);
}

/** Reports what was known when the events ended, and is gone. */
function lose(state: State, key: string): void {
  if (state.before.delete(key)) report(state, key);
}

function isSameObject(one: ObjectFacts, other: ObjectFacts): boolean {
  return one.name === other.name && one.labels.size === other.labels.size &&
    [...one.labels].every(([key, value]) => other.labels.get(key) === value);
}

function report({ listeners }: State, key: string): void {
  for (const listener of listeners) listener(...partsOf(key));
}

/** An object with only the labels of these keys. */
function reduced(
  { id, name, labels }: ObjectFacts,
  keys: ReadonlySet<string>,
): ObjectFacts {
  return {
    id,
    name,
    labels: new Map([...labels].filter(([key]) => keys.has(key))),
  };
}

function keyOf(kind: KnownKind, id: string): string {
  return `${kind} ${id}`;
}

function partsOf(key: string): [KnownKind, string] {
  const at = key.indexOf(" ");
  return [key.slice(0, at) as KnownKind, key.slice(at + 1)];
}
