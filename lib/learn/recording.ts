/**
 * The recording that `learn` writes: lines of JSON, appended, one kind of call a
 * line as often as it came since it was last written. Pure: text in and out.
 *
 * What came from a client is text here and nothing more; whoever prints it
 * escapes it.
 *
 * @module
 */

/** The version of the lines; a field more keeps it, a field that changes or goes raises it. */
export const RECORDING_VERSION = 1;

/** Characters of a text of a client; longer ones are cut ({@link cutText}). */
export const MAX_TEXT = 200;
/** Characters of a User-Agent. */
export const MAX_AGENT = 80;
/** Labels of one object, and characters of one. */
export const MAX_LABELS = 8;
export const MAX_LABEL = 120;
/** Texts in one list of an entry. */
export const MAX_LIST = 100;
/** Characters of one line. */
export const MAX_LINE = 64 * 1024;

/** What a run enforced while it recorded. */
export type Mode = "open" | "grants" | "dry-run";

/** The first line of a run. */
export interface RunStart {
  readonly recording: typeof RECORDING_VERSION;
  /** 32 hexadecimal digits, random; made from the first line for a log. */
  readonly run: string;
  /** The version of sockwarden; empty where it is not known. */
  readonly sockwarden: string;
  readonly mode: Mode;
  /** The version of the engine; empty where it is not known. */
  readonly engine: string;
  /** RFC 3339 in UTC, to the second. */
  readonly started: string;
  /** Whether the run was read from a log, which names no objects and bodies and has no end. */
  readonly log?: true;
}

/** What a call was about, by name. */
export interface RecordedObject {
  /** `container`, `network`, `volume`, `image`, `service` and so on. */
  readonly kind: string;
  /** Empty where it is not known; never an id. */
  readonly name: string;
  /** The Compose project. */
  readonly project?: string;
  /** The Compose service. */
  readonly service?: string;
  /** Labels of interest, `KEY=VALUE`, sorted. */
  readonly labels?: readonly string[];
}

/** What a guard judges in a body, without values that may be secret. */
export interface RecordedBody {
  /** Places of the fields that were given, sorted, without indexes. */
  readonly fields?: readonly string[];
  /** What a guard of the level `strict` would have to allow, `KNOB: VALUE`. */
  readonly needs?: readonly string[];
  /** What one of the level `standard` would have to allow. */
  readonly standard?: readonly string[];
  readonly image?: string;
  /** Why the body could not be read; the rest is absent then. */
  readonly unread?: string;
}

/** One kind of call. */
export interface Entry {
  readonly run: string;
  /** With `run` it identifies the entry; it ascends by 1 in a run. */
  readonly seq: number;
  /** Empty without a policy file, `default` for a client that is not in it. */
  readonly client: string;
  /** `-` where the route is unknown. */
  readonly operation: string;
  readonly method: string;
  /** As asked, without the query. */
  readonly path: string;
  /** Names of the parameters, sorted; with a value for a few plain ones, such as `force=1`. */
  readonly query?: readonly string[];
  readonly object?: RecordedObject;
  /** What it joins beside, of networks, volumes and containers; absent where that is not known. */
  readonly joins?: readonly RecordedObject[];
  readonly body?: RecordedBody;
  readonly agent?: string;
  /** The version in the path; empty without one. */
  readonly api?: string;
  /** What the client got; 0 for nothing. */
  readonly status: number;
  /** A reason code of `lib/observe/reasons.ts`, or one of a later version. */
  readonly code: string;
  /** The reason code that would have refused it, in a dry run. */
  readonly would?: string;
  /** How often it came. */
  readonly n: number;
  readonly first: string;
  readonly last: string;
  /** Seconds of the run when it was written, by a clock that nobody sets. */
  readonly up?: number;
}

/** Calls that could not be recorded. */
export interface Loss {
  readonly run: string;
  readonly seq: number;
  readonly dropped: number;
  readonly why: string;
}

/** The last line of a run that was ended, not killed. */
export interface RunEnd {
  readonly run: string;
  readonly seq: number;
  readonly ended: string;
  /** How many calls came in all. */
  readonly calls: number;
  readonly dropped: number;
  /** As of an entry. */
  readonly up?: number;
}

/** A line of a recording; the fields `started`, `operation`, `why` and `ended` tell which. */
export type RecordingLine = RunStart | Entry | Loss | RunEnd;

/** A text of a client, cut to that many characters and never inside of one. */
export function cutText(text: string, max: number = MAX_TEXT): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** A name of an object; empty for one that is too long, since half a name is another name. */
export function recordedName(name: string): string {
  return name.length > MAX_TEXT ? "" : name;
}

/** A line as it is appended to the file. */
export function lineText(line: RecordingLine): string {
  return `${JSON.stringify(line)}\n`;
}

/**
 * A moment as recordings have it: RFC 3339 in UTC, to the second.
 *
 * @param milliseconds Since 1970.
 */
export function stamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19) + "Z";
}
