/**
 * Gathers the licences of what is in a binary, with the copyright notices that
 * they ask to be handed on.
 *
 * @module
 */

import { exists } from "../exists.ts";
import { ROOT } from "../runtimes.ts";
import type { Part } from "./parts.ts";

/** Of licences that one may choose between, the first of these. */
const CHOICE = ["MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"];

/** Names of a licence's file, the most particular first. */
const FILES = [
  "LICENSE-MIT",
  "LICENSE",
  "LICENSE.md",
  "LICENSE.txt",
] as const;

/**
 * The licence that a part is used under.
 *
 * @param expression Its licences, as an SPDX expression.
 * @throws {Error} Where it may be used under none of those that are known here.
 */
export function chosenLicense(expression: string): string {
  const offered = expression.split(" OR ");
  const chosen = CHOICE.find((one) => offered.includes(one));
  if (chosen === undefined) {
    throw new Error(
      `The licence '${expression}' is new: read what it asks for, and add it to tools/release/licenses.ts`,
    );
  }
  return chosen;
}

/** A licence's text, apart from who holds the copyright. */
interface Terms {
  readonly notices: readonly string[];
  readonly text: string;
}

/**
 * The text of all licences: each once, with the parts that it is of and their
 * copyright notices.
 *
 * @param product The binary's file name.
 * @param parts What `partsOf()` found.
 * @throws {Error} Where a part brings no licence, or one that is not known here.
 */
export function makeLicenses(product: string, parts: readonly Part[]): string {
  const groups = new Map<string, Map<string, string[]>>();
  for (const part of parts) {
    const chosen = chosenLicense(part.license);
    const { notices, text } = split(textOf(part, chosen));
    const group = groups.get(text) ?? new Map<string, string[]>();
    groups.set(text, group);
    const shown = notices.map((line) => `  ${line}\n`).join("");
    const line = `${part.name} ${part.version} (${chosen})\n`;
    group.set(shown, [...group.get(shown) ?? [], line]);
  }
  const rule = "-".repeat(72);
  return [
    `What is in ${product}, and the licences of it.\n`,
    ...[...groups].map(([text, group]) =>
      `${rule}\n${
        [...group].map(([notices, names]) => names.join("") + notices)
          .join("\n")
      }\n${text}\n`
    ),
  ].join("\n");
}

/** A line that names who holds the copyright. */
const NOTICE = /^Copyright .*\n?/gm;
/** The words that stand above the licence MIT, or not. */
const TITLE = /^(?:The )?MIT License(?: \(MIT\))?\n/;

/** Takes the notices out of the licence MIT; every other text stays whole. */
function split(whole: string): Terms {
  const terms = (text: string) =>
    text.replace(TITLE, "").replaceAll(NOTICE, "");
  const words = (text: string) => terms(text).replaceAll(/\s+/g, " ").trim();
  const own = ownLicense();
  if (words(whole) !== words(own)) return { notices: [], text: whole };
  const notices = whole.match(NOTICE) ?? [];
  return {
    notices: notices.map((line) => line.trim()),
    text: terms(own).trim(),
  };
}

/** This project's, which is MIT. */
function ownLicense(): string {
  return tidy(Deno.readTextFileSync(`${ROOT}/LICENSE`));
}

function textOf(part: Part, chosen: string): string {
  // The exception frees what a compiler puts into a program.
  if (chosen.includes("exception")) {
    return "No notice is asked for in a program that a compiler has made.";
  }
  const file = part.folder === null
    ? undefined
    : FILES.map((name) => `${part.folder}/${name}`).find(exists);
  if (file !== undefined) return tidy(Deno.readTextFileSync(file));
  const own = ownLicense();
  if (part.hash === null) return own;
  if (chosen !== "MIT" || part.holders === undefined) {
    throw new Error(`${part.name} ${part.version} brings no licence`);
  }
  return own.replace(/^Copyright .*$/m, `Copyright (c) ${part.holders}`);
}

/** Without what only editors see, so that equal texts are equal. */
function tidy(text: string): string {
  return text.replaceAll("\r", "").replaceAll(/[ \t]+$/gm, "").trim();
}
