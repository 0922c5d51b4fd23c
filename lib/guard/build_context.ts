/**
 * Finds the one Dockerfile in the tar of a build as it comes by, as the engine
 * finds it when it has unpacked the tar. Where an entry could make another file
 * of it, that is a problem. Sans-IO.
 *
 * @module
 */

import {
  cleanPath,
  endTar,
  feedTar,
  openTar,
  type TarEntry,
  type TarReader,
} from "./tar.ts";

/** The largest Dockerfile that is read. */
export const MAX_DOCKERFILE_BYTES = 128 * 1024;
/** Links that a tar may have, and characters of their paths, which are kept. */
const MAX_LINKS = 2000;
const MAX_LINK_CHARACTERS = 128 * 1024;

/** The most bytes that the search keeps. */
export const MAX_SEARCH_BYTES = 2 * MAX_DOCKERFILE_BYTES + MAX_LINK_CHARACTERS;

/** The tar of a build that is being read. Made by {@link openContext}. */
export interface BuildContext {
  readonly tar: TarReader;
  /** The path that is asked for, and in lower case. */
  readonly wanted: string;
  readonly folded: string;
  /** The entry that may be it. */
  found: TarEntry | null;
  dockerfile: Uint8Array | null;
  /** Paths of links: what is below one is written elsewhere. */
  readonly links: Set<string>;
  linkCharacters: number;
}

/** What has become of the search. */
export type Search =
  | { readonly kind: "going on" }
  | { readonly kind: "found"; readonly dockerfile: Uint8Array }
  | { readonly kind: "refused"; readonly problem: string };

/**
 * Starts to read the tar of a build.
 *
 * @param dockerfile As in the query; empty for `Dockerfile`.
 * @returns A clause whose subject is the parameter, where no such file is read.
 */
export function openContext(
  dockerfile: string,
): BuildContext | { readonly problem: string } {
  const wanted = cleanPath(dockerfile || "Dockerfile");
  if (wanted === null || !/^[!-~][ -~]*$/.test(wanted)) {
    return { problem: "is no plain path in the context" };
  }
  // Podman runs those through the preprocessor of C.
  if (wanted.endsWith(".in")) {
    return { problem: "ends with '.in', which podman reads otherwise" };
  }
  const context: BuildContext = {
    tar: openTar({
      entry: (entry) => takeEntry(context, entry),
      content: (bytes) => context.dockerfile = bytes,
    }),
    wanted,
    folded: wanted.toLowerCase(),
    found: null,
    dockerfile: null,
    links: new Set(),
    linkCharacters: 0,
  };
  return context;
}

/** Reads more of the tar. */
export function feedContext(context: BuildContext, bytes: Uint8Array): Search {
  const { tar } = context;
  feedTar(tar, bytes);
  if (tar.problem !== null) return refused(tar.problem);
  return tar.zeros === 0 ? { kind: "going on" } : conclude(context);
}

/** What it comes to where the body has ended. */
export function endContext(context: BuildContext): Search {
  const problem = endTar(context.tar);
  return problem === null ? conclude(context) : refused(problem);
}

function refused(problem: string): Search {
  return { kind: "refused", problem };
}

function conclude({ wanted, found, dockerfile }: BuildContext): Search {
  // The engine looks for the name in lower case where the usual one is absent.
  const isIt = found !== null && (found.path === wanted ||
    wanted === "Dockerfile" && found.path === "dockerfile");
  return isIt && dockerfile !== null
    ? { kind: "found", dockerfile }
    : refused(`has no file '${wanted}'`);
}

function takeEntry(
  context: BuildContext,
  entry: TarEntry,
): boolean | { readonly problem: string } {
  const { wanted, links } = context;
  const { path, kind } = entry;
  if (isBelow(links, path)) {
    return { problem: "has an entry below a link, which is written elsewhere" };
  }
  const isLink = kind === "link" || kind === "hard link";
  // File systems may not tell names by their case.
  const folded = path.toLowerCase();
  if (isLink && context.folded.startsWith(`${folded}/`)) {
    return { problem: `has a link in the path of '${wanted}'` };
  }
  if (isLink && path !== "") {
    context.linkCharacters += path.length;
    if (
      links.size >= MAX_LINKS || context.linkCharacters > MAX_LINK_CHARACTERS
    ) return { problem: `has more than ${MAX_LINKS} links, or long ones` };
    links.add(path);
  }
  if (kind === "hard link" && entry.target.toLowerCase() === context.folded) {
    return { problem: `has a link to '${wanted}'` };
  }
  if (folded !== context.folded) return false;
  // A folder of such a name beside the file.
  if (kind === "folder" && path !== wanted) return false;
  return takeCandidate(context, entry);
}

function takeCandidate(
  context: BuildContext,
  entry: TarEntry,
): boolean | { readonly problem: string } {
  const { wanted } = context;
  if (entry.kind !== "file") {
    return { problem: `has '${wanted}' as something else than a file` };
  }
  if (context.found !== null) return { problem: `has '${wanted}' twice` };
  if (entry.size > MAX_DOCKERFILE_BYTES) {
    const problem =
      `has a '${wanted}' of more than ${MAX_DOCKERFILE_BYTES} bytes`;
    return { problem };
  }
  context.found = entry;
  return true;
}

/** Whether a folder of a path is a link. */
function isBelow(links: ReadonlySet<string>, path: string): boolean {
  if (links.size === 0) return false;
  for (
    let end = path.lastIndexOf("/");
    end > 0;
    end = path.lastIndexOf("/", end - 1)
  ) {
    if (links.has(path.slice(0, end))) return true;
  }
  return false;
}
