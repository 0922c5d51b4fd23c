/**
 * The commands, as data: the program finds them here, and the help text lists
 * them. Each is loaded when it runs, so that a start loads nothing else.
 *
 * @module
 */

import type { Command } from "./command.ts";

/** The command that runs where none is named. */
export const DEFAULT_COMMAND = "serve";

/** The commands in the order of the help text. */
export const COMMANDS: readonly Command[] = [
  {
    name: DEFAULT_COMMAND,
    usage: "[serve] [FLAGS]",
    summary: "serve until a signal stops it",
    load: async () => (await import("./serve.ts")).serve,
  },
  {
    name: "check",
    alias: "validate",
    usage: "check [--json] [FLAGS]",
    summary: "print the effective policy (also: validate)",
    load: async () => (await import("./check.ts")).check,
  },
  {
    name: "explain",
    alias: "match",
    usage: "explain [--client NAME] [--json] METHOD PATH [FLAGS]",
    summary: "show what the policy does with a request, and why (also: match)",
    load: async () => (await import("./explain.ts")).explain,
  },
  {
    name: "diff",
    usage: "diff OLD NEW [--json] [FLAGS]",
    summary: "show what a change of the policy file allows and refuses",
    load: async () => (await import("./diff.ts")).diff,
  },
  {
    name: "learn",
    usage:
      "learn [FILE…] [--open] [--record FILE] [--for TIME] [--by KEY] [FLAGS]",
    summary: "serve, record, and propose what clients need (docs/learn.md)",
    load: async () => (await import("./learn.ts")).learn,
  },
  {
    name: "replay",
    usage: "replay RECORDING… [FLAGS]",
    summary: "show which recorded calls a policy would refuse",
    load: async () => (await import("./replay.ts")).replay,
  },
  {
    name: "unused",
    usage: "unused --since TIME RECORDING… [FLAGS]",
    summary: "list rights that recordings do not need",
    load: async () => (await import("./unused.ts")).unused,
  },
  {
    name: "audit",
    usage: "audit verify FILE… --audit-key KEY",
    summary: "verify the chain of an audit's lines (docs/audit.md)",
    load: async () => (await import("./audit.ts")).audit,
  },
  {
    name: "presets",
    usage: "presets [NAME] [--json]",
    summary: "show what known clients need",
    load: async () => (await import("./presets.ts")).presets,
  },
  {
    name: "top",
    usage: "top [--admin ADDRESS] [--admin-token-file PATH] [--once] [--json]",
    summary: "show what a running sockwarden does (docs/admin.md)",
    load: async () => (await import("./top.ts")).top,
  },
  {
    name: "completion",
    usage: "completion SHELL",
    summary: "print the completion script of bash, zsh or fish",
    load: async () => (await import("./completion.ts")).completionOf(COMMANDS),
  },
  {
    name: "healthcheck",
    usage: "healthcheck [FLAGS]",
    summary: "exit with 0 if the running sockwarden and its engine respond",
    load: async () => (await import("./healthcheck.ts")).healthcheck,
  },
  {
    name: "demo",
    usage: "demo [FLAGS]",
    summary: "serve an embedded demo engine",
    load: async () => (await import("./demo.ts")).demo,
  },
];

/** The command of that name or alias; null where there is none. */
export function findCommand(name: string): Command | null {
  return COMMANDS.find((command) =>
    command.name === name || command.alias === name
  ) ?? null;
}
