/**
 * Whether a guard allows what a recorded call needs of it. Pure.
 *
 * @module
 */

import { coversPath } from "../guard/judge/host_paths.ts";
import { coversImage } from "../guard/judge/images.ts";
import { parseCeiling } from "../guard/judge/limits.ts";
import { coversPort } from "../guard/judge/network_settings.ts";
import { KNOB_ROWS } from "../guard/knobs.ts";
import { fitsPattern } from "../guard/pattern.ts";

/** Paths of which an entry must name the path itself: sockets, and what the kernel shows. */
const EXACT = /\.sock$|^\/proc(?:\/|$)/;

function capability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, "");
}

/**
 * Whether an entry of a knob's list covers what is needed, as the judges of that
 * knob compare them.
 *
 * @param entry An entry of the list.
 * @param item What is needed, as a finding's remedy has it.
 */
export function coversEntry(
  knob: string,
  entry: string,
  item: string,
): boolean {
  if (entry === item) return true;
  switch (knob) {
    case "binds": {
      const readOnly = item.endsWith(":ro");
      const path = readOnly ? item.slice(0, -3) : item;
      return coversPath(entry, path, readOnly, EXACT.test(path));
    }
    case "capabilities":
      return [capability(item), "ALL"].includes(capability(entry));
    case "images":
      return coversImage(entry, item);
    case "ports": {
      const [, bracketed, plain = "", port = ""] =
        /^(?:\[([^\]]*)\]|([^:]*)):([\d-]+)$/.exec(item) ?? [];
      return port === ""
        ? coversPort(entry, "", item)
        : coversPort(entry, bracketed ?? plain, port);
    }
    default:
      return KNOB_ROWS.get(knob)?.kind === "limit"
        ? parseCeiling(item) <= parseCeiling(entry)
        : fitsPattern(entry, item);
  }
}
