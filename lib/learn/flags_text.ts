/**
 * A proposal as flags of `serve`: for one sockwarden that serves one client.
 * Pure.
 *
 * @module
 */

import { switchFlag } from "../config/flags.ts";
import { SWITCHES } from "../policy/switches.ts";
import type {
  Proposal,
  ProposedClient,
  ProposedGuard,
  ProposedScope,
} from "./proposal.ts";

/** The flags of one client, and what they cannot say. */
export interface FlagsFound {
  readonly flags: readonly string[];
  readonly says: readonly string[];
}

/** The clients of a proposal that are granted something, the rest last. */
export function grantedClients({ clients, rest }: Proposal): ProposedClient[] {
  return [...clients, rest].filter(({ allow }) => allow.length > 0);
}

/** A client's grants as flags. */
export function flagsOf(
  { allow, scopes, guard }: ProposedClient,
): FlagsFound {
  const rules = new Set(allow.map(({ rule }) => rule));
  const scope = scopeFlags(scopes.filter(({ value }) => value !== null));
  const guarded = guard === null ? NOTHING : guardFlags(guard);
  return {
    flags: [
      ...[...rules].map((rule) => `--allow=${quoted(rule)}`),
      // What is on by default without a policy file.
      ...SWITCHES.filter(({ onByDefault, grants }) =>
        onByDefault === true && !grants.every((name) => rules.has(name))
      ).map(({ name }) => `--${switchFlag(name)}=0`),
      ...scope.flags,
      ...guarded.flags,
    ],
    says: [...scope.says, ...guarded.says],
  };
}

const NOTHING: FlagsFound = { flags: [], says: [] };

/** The scope: flags hold containers alone, and close the other kinds. */
function scopeFlags(scopes: readonly ProposedScope[]): FlagsFound {
  const [one] = scopes;
  if (one === undefined) return NOTHING;
  const { kind, value } = one;
  if (
    scopes.length > 1 || kind !== "containers" || value === null ||
    value === "any" || value.key === "images" ||
    value.terms.some(({ text }) => !isOneValue(text))
  ) {
    return {
      flags: [],
      says: [
        `flags cannot say the scope on ${
          scopes.map(({ kind }) => kind).join(", ")
        }: use --format policy`,
      ],
    };
  }
  const { key, terms } = value;
  return {
    flags: terms.map(({ text }) => `--containers-${key}=${quoted(text)}`),
    says: [],
  };
}

function guardFlags({ level, knobs }: ProposedGuard): FlagsFound {
  const flags = [`--guard=${level}`];
  const says: string[] = [];
  for (const { name, items } of knobs) {
    if (name === "binds" && items !== null && items.every(isOneValue)) {
      flags.push(...items.map((item) => `--guard-binds=${quoted(item)}`));
    } else {
      says.push(
        `flags cannot say the guard's knob ${name}, without which calls are refused: use --format policy`,
      );
    }
  }
  return { flags, says };
}

/** Whether a setting that takes a list reads a text as one value. */
function isOneValue(text: string): boolean {
  return !text.includes(",") && text.trim() === text;
}

/** A text as a word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_.,:=@\/-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", "'\\''")}'`;
}
