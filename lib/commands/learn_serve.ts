/**
 * `sockwarden learn` while it serves: records what clients do, and prints the
 * policy that they need at the end.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import type { Flags } from "../config/flags.ts";
import { parseTime } from "../config/setting_values.ts";
import {
  after,
  type AppendFile,
  decodeUtf8,
  identity,
  openAppend,
  printStderr,
  printStdout,
  readTextFile,
  stat,
  wallClock,
} from "../host.ts";
import { createLive, keep, type Live, lose, textOf } from "../learn/live.ts";
import { opened } from "../learn/open_policy.ts";
import { problemText, readRecording } from "../learn/read_recording.ts";
import { createRecorder, type Recording } from "../learn/recorder.ts";
import { type Mode, RECORDING_VERSION, stamp } from "../learn/recording.ts";
import type { Write } from "../learn/sink.ts";
import { createTally } from "../learn/tally.ts";
import { commentText } from "../learn/yaml_text.ts";
import { formatListener } from "../net/address.ts";
import { isLocal } from "../net/loopback.ts";
import type { Log } from "../observe/log.ts";
import { compile } from "../policy/compile.ts";
import { VERSION } from "../version.ts";
import { configure, printProblems } from "./configure.ts";
import { type Asked, proposalOf, readAsked } from "./learn_files.ts";
import { type Extension, serveConfig } from "./serve.ts";

/** Bytes of a file of earlier runs: it is held in memory as a whole. */
const MAX_BYTES = 64 << 20;

/** One recording that is being made. */
interface Learning {
  readonly config: Config;
  readonly asked: Asked;
  readonly live: Live;
  /** The file; null where none is written. */
  readonly path: string | null;
  /** What the file had before, from other runs. */
  before: string;
  file: AppendFile | null;
  recording: Recording | null;
}

/**
 * Serves, records, and prints a proposal at the end, at SIGUSR1, and when the
 * time of `--for` is over.
 *
 * @returns The exit code if it cannot serve; a signal stops it otherwise.
 */
export async function learnServing(flags: Flags): Promise<number> {
  const config = await configure(flags);
  if (config === null) return 2;
  const asked = readAsked(flags);
  if ("problems" in asked) {
    printProblems(asked.problems);
    return 2;
  }
  const isOpen = flags.values.get("open")?.[0] === "1";
  const problems: string[] = [];
  const milliseconds = readDuration(flags, problems);
  if (isOpen) problems.push(...openProblems(config));
  if (config.audit?.path === "-") {
    problems.push(
      `${config.audit.setting}=-: standard output is the proposal's: name a file`,
    );
  }
  if (problems.length > 0) {
    printProblems(problems);
    return 2;
  }
  const mode: Mode = isOpen ? "open" : config.dryRun ? "dry-run" : "grants";
  const learning: Learning = {
    config,
    asked,
    live: createLive({
      recording: RECORDING_VERSION,
      run: newRun(),
      sockwarden: VERSION,
      mode,
      engine: "",
      started: stamp(wallClock()),
    }),
    path: flags.values.get("record")?.[0] ?? null,
    before: "",
    file: null,
    recording: null,
  };
  return await serveConfig(
    config,
    flags,
    extensionOf(learning, isOpen, milliseconds),
  );
}

function extensionOf(
  learning: Learning,
  isOpen: boolean,
  milliseconds: number | null,
): Extension {
  const { config } = learning;
  let tell: Log["line"] = () => {};
  return {
    // Standard output is the proposal's.
    writeLog(bytes) {
      printStderr(decodeUtf8(bytes));
      return Promise.resolve(bytes.length);
    },
    ...(isOpen
      ? { compile: (grants, file = null) => compile(...opened(grants, file)) }
      : {}),
    open(log) {
      tell = log.line;
      return openFile(learning);
    },
    recorder(objects) {
      const { live, file } = learning;
      learning.recording = createRecorder({
        start: live.start,
        objects,
        sockets: config.engine.kind === "unix" ? [config.engine.path] : [],
        write: file === null ? null : writeTo(file),
        entry: (entry) => keep(live, entry),
        loss: (calls, why) => lose(live, calls, why),
        tell: (level, message) => tell(level, message),
      });
      return learning.recording;
    },
    announce(_, log, stop) {
      for (const line of startLines(learning, isOpen)) {
        log.line(isOpen ? "warning" : "notice", line);
      }
      if (milliseconds !== null) {
        after(milliseconds, () => stop("the time of --for is over"));
      }
    },
    async stopped() {
      await learning.recording?.end();
      print(learning);
    },
    onUsr1() {
      void learning.recording?.flush().then(() => print(learning));
    },
  };
}

/** What the start says. */
function startLines({ path }: Learning, isOpen: boolean): string[] {
  const where = path === null
    ? "nothing is written: --record=FILE keeps the recording"
    : `recorded in ${path}`;
  return [
    isOpen
      ? `learning with --open: EVERY CLIENT MAY DO EVERYTHING, root on this host among it: for a sandbox only; ${where}`
      : `learning under the grants below: what they refuse is recorded too; ${where}`,
    "the policy is printed on standard output at the end (Ctrl-C, SIGTERM) and at SIGUSR1",
  ];
}

/** Why the engine may not be opened: somebody else could connect. */
function openProblems({ listeners, dryRun }: Config): string[] {
  const problems = listeners.filter((address) => !isLocal(address)).map(
    (address) =>
      `--open: every client that connects may do everything, so it needs a unix socket or the loopback, and --listen=${
        formatListener(address)
      } is neither: write --listen=tcp://127.0.0.1:2375`,
  );
  return dryRun
    ? [
      ...problems,
      "--open and --dry-run: each lets everything through; give one of them",
    ]
    : problems;
}

/** The time of `--for` in milliseconds; null without one. */
function readDuration(flags: Flags, problems: string[]): number | null {
  const [text] = flags.values.get("for") ?? [];
  if (text === undefined) return null;
  const time = parseTime(text);
  if (typeof time === "number") return time;
  problems.push(`--for=${text}: ${time.problem}`);
  return null;
}

/** Opens the file of the recording, and reads what other runs have left in it; or why it cannot be. */
function openFile(learning: Learning): string | null {
  const { path } = learning;
  if (path === null) return null;
  try {
    const size = stat(path)?.size ?? 0;
    if (size > MAX_BYTES) {
      return `--record=${path}: the file has more than ${
        MAX_BYTES >> 20
      } MiB, and all of it is read for the proposal: name another one, and give both to sockwarden learn`;
    }
    learning.before = size === 0 ? "" : readTextFile(path);
    learning.file = openAppend(path, 0o600);
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `--record=${path}: the recording cannot be written: ${why}; ${
      mendText(path, why)
    }`;
  }
}

/** What makes a file writable for who we are: started as root, the lean binary no longer is. */
function mendText(path: string, why: string): string {
  const user = identity().uid ?? "of this process";
  const named = `name a file in a folder that user ${user} may write to`;
  if (!/permission denied/i.test(why)) return named;
  const folder = /^(.*)\/[^/]*$/s.exec(path)?.[1] ?? ".";
  const owned = stat(path) === null ? folder || "/" : path;
  return `sockwarden writes it as user ${user}: ${named}, or run chown ${user} '${owned}' before`;
}

function writeTo(file: AppendFile): Write {
  return {
    write: (bytes) => file.write(bytes),
    sync: () => file.syncData(),
  };
}

function print(learning: Learning): void {
  const { live, before, path, recording, asked, config } = learning;
  const now = textOf(live, recording?.calls() ?? 0, stamp(wallClock()));
  const tallying = createTally();
  const file = path ?? "this run";
  const problems = [before, now].flatMap((text) =>
    text === "" ? [] : readRecording(file, text, tallying.take)
  );
  for (const problem of problems) {
    printStderr(`sockwarden: ${commentText(problemText(problem))}\n`);
  }
  const running = config.policyFile === null ? null : config;
  const printed = proposalOf(tallying.result(), asked, running);
  if ("problem" in printed) printStderr(`sockwarden: ${printed.problem}\n`);
  else printStdout(printed.text);
}

/** 32 hexadecimal digits that tell this run from others. */
function newRun(): string {
  const digits = () =>
    Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, "0");
  return digits() + digits() + digits() + digits();
}
