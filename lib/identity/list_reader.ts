/**
 * Reads a JSON list entry by entry as it comes, so that a long list is never
 * held whole. Pure.
 *
 * @module
 */

import { findProblem } from "../guard/json.ts";
import { decodeLatin1, parseJson } from "../host.ts";

/** Reads a list. Made by {@link readList}. */
export interface ListReader {
  /** Takes the next bytes; a clause that says what is wrong, or null. */
  add(bytes: Uint8Array): string | null;
  /** Takes the end; as {@link add}. */
  end(): string | null;
}

/** Characters of one entry, and of a list whose entries cannot be told apart; an image that exposes every port of three protocols fits. */
export const MAX_ENTRY = 8 * 1024 * 1024;
/** Characters of a list. */
export const MAX_LIST = 256 * 1024 * 1024;

/** The start of a list of objects, up to the colon after the first key. */
const START = /^\s*\[(\{"[A-Za-z]{1,32}":)/;
/** Characters in which that start must be. */
const MAX_START = 64;

/** Parts that are joined to one entry, before it is none. */
const MAX_JOINS = 16;

const INVALID = "is not valid JSON";

/** What is known of a list that is being read. */
interface State {
  readonly entry: (text: string) => void;
  /** What stands between two entries; empty where they cannot be told apart, null before that is known. */
  between: string | null;
  /** The beginning of the entry that has not ended, without {@link edge}. */
  held: string[];
  size: number;
  /** The last characters: a boundary may begin in them. */
  edge: string;
  /** How often what is held did not parse. */
  joins: number;
}

/**
 * Makes a reader.
 *
 * All entries of an engine's list begin with the same key (both engines write
 * `Id`), so that they are parted at `},{"Id":`. A string never contains that,
 * since its quotes would be escaped there; an object within an entry could,
 * and then the parts do not parse and are joined again. A list of another form
 * is read whole, if it is short.
 *
 * @param entry Gets the JSON text of each entry, one code unit a byte; it
 * throws where that is not one.
 */
export function readList(entry: (text: string) => void): ListReader {
  let total = 0;
  const state: State = {
    entry,
    between: null,
    held: [],
    size: 0,
    edge: "",
    joins: 0,
  };
  return {
    add(bytes) {
      total += bytes.length;
      const text = state.edge + decodeLatin1(bytes);
      state.edge = "";
      if (state.between === null && text.length < MAX_START) {
        state.edge = text;
        return null;
      }
      part(state, begin(state, text));
      if (state.joins > MAX_JOINS) return INVALID;
      return state.size > MAX_ENTRY || total > MAX_LIST ? "is too long" : null;
    },
    end() {
      if (state.between === null) part(state, begin(state, state.edge));
      const rest = state.held.join("") + state.edge;
      if (state.between === "") return readWhole(state, rest);
      try {
        const end = rest.trimEnd();
        entry(end.endsWith("]") ? end.slice(0, -1) : "");
        return null;
      } catch {
        // It may be several entries that begin with other keys.
        return readWhole(state, `[${rest}`);
      }
    },
  };
}

/** Takes the start of the list from its text, once. */
function begin(state: State, text: string): string {
  if (state.between !== null) return text;
  state.edge = "";
  const start = START.exec(text);
  state.between = start === null ? "" : `},${start[1]}`;
  return start === null ? text : text.slice(start[0].indexOf("{"));
}

/** Hands on the entries that end in a text, and holds the rest. */
function part(state: State, text: string): void {
  const between = state.between!;
  let from = 0;
  while (between !== "" && state.joins <= MAX_JOINS) {
    const at = text.indexOf(between, from);
    if (at < 0) break;
    const whole = state.held.join("") + text.slice(from, at + 1);
    from = at + 2;
    state.held = [];
    state.size = 0;
    try {
      state.entry(whole);
      state.joins = 0;
    } catch {
      state.joins++;
      hold(state, `${whole},`);
    }
  }
  const cut = between === ""
    ? text.length
    : Math.max(from, text.length - between.length + 1);
  hold(state, text.slice(from, cut));
  state.edge = text.slice(cut);
}

function hold(state: State, text: string): void {
  state.held.push(text);
  state.size += text.length;
}

/** Reads a list that is at hand whole; a clause that says what is wrong, or null. */
function readWhole({ entry }: State, text: string): string | null {
  try {
    const problem = findProblem(text);
    if (problem !== null) return problem;
    const list = parseJson(text);
    if (!Array.isArray(list)) return "is not a list";
    for (const one of list) entry(JSON.stringify(one));
    return null;
  } catch {
    return INVALID;
  }
}
