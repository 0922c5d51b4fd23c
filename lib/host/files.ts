/**
 * Files and folders.
 *
 * @module
 */

import { errorKind } from "./errors.ts";
import { lean } from "./lean.ts";

/** What is known of a file without following a link. */
export type FileInfo = Deno.FileInfo;

/** The whole file as text (UTF-8). */
export function readTextFile(path: string): string {
  return Deno.readTextFileSync(path);
}

/** What stands at a path, links not followed; null where nothing does. */
export function statLink(path: string): FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (errorKind(error) === "NotFound") return null;
    throw error;
  }
}

/** What stands at a path, links followed; null where nothing does. */
export function stat(path: string): FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (errorKind(error) === "NotFound") return null;
    throw error;
  }
}

/** Removes a file. */
export function remove(path: string): void {
  Deno.removeSync(path);
}

/** Gives a file another name in its file system; what bore that name is replaced. */
export function rename(from: string, to: string): void {
  Deno.renameSync(from, to);
}

/** Sets a file's permission bits. */
export function chmod(path: string, mode: number): void {
  Deno.chmodSync(path, mode);
}

/** Sets a file's group; the owner stays. */
export function chgrp(path: string, gid: number): void {
  Deno.chownSync(path, null, gid);
}

/** A file that is only added to. */
export type AppendFile = Pick<
  Deno.FsFile,
  "write" | "syncData" | "close" | "statSync" | "tryLockSync"
>;

/**
 * Opens a file for adding to its end.
 *
 * @param mode Its permission bits where it is made.
 */
export function openAppend(path: string, mode: number): AppendFile {
  return Deno.openSync(path, { append: true, create: true, mode });
}

/**
 * Bytes of a file from a place on: so many at most, fewer at its end.
 *
 * @param from How many bytes stand before them.
 */
export function readPart(
  path: string,
  from: number,
  most: number,
): Uint8Array<ArrayBuffer> {
  if (lean !== undefined) return lean.readPart(path, from, most);
  const file = Deno.openSync(path);
  try {
    file.seekSync(from, Deno.SeekMode.Start);
    const bytes = new Uint8Array(most);
    let got = 0;
    while (got < most) {
      const more = file.readSync(bytes.subarray(got));
      if (more === null) break;
      got += more;
    }
    return bytes.subarray(0, got);
  } finally {
    file.close();
  }
}
