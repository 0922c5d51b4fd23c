/**
 * Reads `tests/recordings/`: what real programs sent to a real engine.
 *
 * @module
 */

import { readRecording } from "../../lib/learn/read_recording.ts";
import type { RecordingLine } from "../../lib/learn/recording.ts";

/** One kind of call of a program. */
export interface ProgramCall {
  readonly count: number;
  readonly method: string;
  /** Path and query; values of the query are mostly left out. */
  readonly target: string;
  readonly operation: string;
  readonly status: number;
}

/** What is known of a recording beside its calls. */
export interface Origin {
  /** The program, with its version as it reports itself. */
  readonly program: string;
  readonly engine: string;
  /** The day. */
  readonly recorded: string;
  /** How, or the command that made it. */
  readonly made: string;
}

/** One file. */
export interface ProgramRecording extends Origin {
  readonly calls: readonly ProgramCall[];
}

const FOLDER = new URL("../recordings/", import.meta.url);
const HEADER = "count\tmethod\tpath\toperation\tstatus";
const ID = "4fa6e0f0c6786287e131c3852c58a2e01cc697a68231826813597e4994f1d6e2";
/** What stands for an id or a name in a file. */
const PLACES = /ID64|ID25|ID12|DIGEST|NAME/g;
const IDS: Readonly<Record<string, string>> = {
  ID64: ID,
  ID25: "9mnpnzenvg8p8tdbtq4wvbkcz",
  ID12: ID.slice(0, 12),
  DIGEST: `sha256:${ID}`,
  NAME: "web",
};

/**
 * All recordings by the names of their files, without `.tsv` or `.jsonl`.
 *
 * @throws {Error} A file has another form.
 */
export function programRecordings(): ReadonlyMap<string, ProgramRecording> {
  const found = new Map<string, ProgramRecording>();
  for (const { name } of [...Deno.readDirSync(FOLDER)].sort(byName)) {
    const end = /\.(?:tsv|jsonl)$/.exec(name)?.[0];
    if (end === undefined) continue;
    const text = Deno.readTextFileSync(new URL(name, FOLDER));
    found.set(
      name.slice(0, -end.length),
      end === ".tsv" ? fromTable(name, text) : fromLearn(name, text),
    );
  }
  return found;
}

/** The lines of each run of a program. */
export type Runs = ReadonlyMap<string, readonly RecordingLine[]>;

/**
 * The runs of the recordings of `sockwarden learn`, by the names of their files.
 *
 * @throws {Error} A line cannot be read.
 */
export function learnedRuns(): ReadonlyMap<string, Runs> {
  const found = new Map<string, Runs>();
  for (const { name } of [...Deno.readDirSync(FOLDER)].sort(byName)) {
    if (!name.endsWith(".jsonl")) continue;
    const runs = new Map<string, RecordingLine[]>();
    const text = Deno.readTextFileSync(new URL(name, FOLDER));
    const problems = readRecording(name, text, (line) => {
      runs.set(line.run, [...runs.get(line.run) ?? [], line]);
    });
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    found.set(name.slice(0, -".jsonl".length), runs);
  }
  return found;
}

/** The text of every file, for a search in it. */
export function recordingTexts(): string[] {
  return [...Deno.readDirSync(FOLDER)]
    .map(({ name }) => Deno.readTextFileSync(new URL(name, FOLDER)));
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** A pull names an image, or it would be none. */
function withImage(target: string): string {
  return target.replace(/\bfromImage=(?=&|$)/, "fromImage=nginx");
}

function fromTable(name: string, text: string): ProgramRecording {
  const lines = text.trimEnd().split("\n");
  const about = (key: string) => {
    const line = lines.find((one) => one.startsWith(`# ${key}\t`));
    if (line === undefined) throw new Error(`${name} does not say its ${key}`);
    return line.slice(key.length + 3);
  };
  const at = lines.indexOf(HEADER);
  if (at < 0) throw new Error(`${name} has no header`);
  return {
    program: about("program"),
    engine: about("engine"),
    recorded: about("recorded"),
    made: about("made"),
    calls: lines.slice(at + 1).map((line) => {
      const [count, method, path, operation, status, ...more] = line.split(
        "\t",
      );
      if (status === undefined || more.length > 0) {
        throw new Error(`${name}: ${line}`);
      }
      return {
        count: Number(count),
        method: method!,
        target: withImage(path!.replaceAll(PLACES, (place) => IDS[place]!)),
        operation: operation!,
        status: Number(status),
      };
    }),
  };
}

/** A recording of `sockwarden learn`; `made.json` says where it is from. */
function fromLearn(name: string, text: string): ProgramRecording {
  const origins: Readonly<Record<string, Origin>> = JSON.parse(
    Deno.readTextFileSync(new URL("made.json", FOLDER)),
  );
  const origin = origins[name];
  if (origin === undefined) throw new Error(`made.json does not name ${name}`);
  const calls: ProgramCall[] = [];
  const problems = readRecording(name, text, (line) => {
    if (!("operation" in line)) return;
    const { n, method, path, query = [], operation, status } = line;
    const keys = query.map((key) => key.includes("=") ? key : `${key}=`);
    calls.push({
      count: n,
      method,
      target: withImage(
        path + (keys.length === 0 ? "" : `?${keys.join("&")}`),
      ),
      operation,
      status,
    });
  });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return { ...origin, calls };
}
