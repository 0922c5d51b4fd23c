/**
 * Numbers, times and foreign texts as the page shows them.
 *
 * @module
 */

/** What a text shows where there is no value. */
export const NONE = "–";

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
/** Ages, largest first: the seconds in one, and its letter. */
const AGE_UNITS = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]] as const;

/**
 * Characters that hide, reorder or break a text: controls, separators,
 * directional marks, and what has no width.
 */
const UNSEEN =
  // deno-lint-ignore no-control-regex -- control characters are what it is about
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/**
 * A text from the API as it is shown: names and paths are chosen by clients, so
 * what cannot be seen stands as `\u{…}`.
 */
export function visible(text: string): string {
  return text.replace(
    UNSEEN,
    (one) => `\\u{${one.charCodeAt(0).toString(16)}}`,
  );
}

/** The same for a text of several lines. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

/** A count with its thousands apart. */
export function count(value: number): string {
  return value.toLocaleString("en");
}

/** A count with its noun: `1 row`, `2 rows`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Bytes in the largest unit that leaves a number of at least one. */
export function bytes(value: number): string {
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${figures(value)} ${BYTE_UNITS[unit]}`;
}

/** A rate: whole from ten on, else to a tenth. */
export function rate(value: number): string {
  return value >= 10 || Number.isInteger(value)
    ? count(Math.round(value))
    : value.toFixed(1);
}

/** Milliseconds, in seconds where they are many; a dash for null. */
export function milliseconds(value: number | null): string {
  if (value === null) return NONE;
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  if (value > 0 && value < 0.1) return `${value.toFixed(2)} ms`;
  return `${value < 100 ? value.toFixed(1) : count(Math.round(value))} ms`;
}

/** A duration in its two largest units: `3 h 12 min`. */
export function age(seconds: number): string {
  let left = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [size, unit] of AGE_UNITS) {
    const whole = Math.floor(left / size);
    left -= whole * size;
    if (whole > 0) parts.push(`${whole} ${unit}`);
    // Two neighbours: a day and some seconds say no more than a day.
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ") || "0 s";
}

/** The time of day where the reader is, to the millisecond where asked for. */
export function clock(time: string | number, fine = false): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return NONE;
  const text = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0")).join(":");
  return fine
    ? `${text}.${String(date.getMilliseconds()).padStart(3, "0")}`
    : text;
}

/** How long ago a time was, in words; `never` for null. */
export function ago(time: string | null, now: number): string {
  if (time === null) return "never";
  const seconds = (now - Date.parse(time)) / 1000;
  return seconds < 1 ? "just now" : `${age(seconds)} ago`;
}

function figures(value: number): string {
  return Number.isInteger(value) || value >= 100
    ? String(Math.round(value))
    : value.toFixed(1);
}
