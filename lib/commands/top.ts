/**
 * `sockwarden top`: what a running sockwarden does, in the terminal, as its
 * admin listener tells it.
 *
 * @module
 */

import type { DecisionsAnswer, State, StreamsAnswer } from "../admin/api.ts";
import { readToken } from "../admin/token.ts";
import { type Flags, readFlags } from "../config/flags.ts";
import { parseListenAddress } from "../config/parse_address.ts";
import { ask } from "../engine/ask.ts";
import {
  environment,
  isTerminal,
  onSignal,
  parseJson,
  pause,
  printStderr,
  printStdout,
  takeKeys,
  terminalSize,
} from "../host.ts";
import { type EngineAddress, formatAddress } from "../net/address.ts";
import { escapeControl } from "../observe/control.ts";
import { printProblems } from "./configure.ts";
import { jsonText } from "./json_text.ts";
import { ownArguments } from "./own_flags.ts";
import { reachable, runningFlags } from "./running.ts";
import { linesText, printable, topLines, type TopReport } from "./top_view.ts";

/** Milliseconds between two views. */
const REDRAW_MS = 1000;
/** Refusals that are asked for. */
const REFUSALS = 50;
/** Size of the largest answer: 500 streams, whose paths may be long. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Switches to the other screen and hides the cursor; and back. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
/** To the upper left corner of an empty screen. */
const CLEAR = "\x1b[H\x1b[2J";

/** Where the admin listener is, and what it asks for. */
interface Target {
  readonly address: EngineAddress;
  readonly token: string | null;
}

/**
 * Shows the view each second until `q` or a signal ends it; with `--once`, or where
 * standard output is no terminal, a single time.
 *
 * @returns 0; 1 if the admin listener cannot be asked; 2 if the call is wrong.
 */
export async function top(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, ownArguments("top"));
  const target = flags.problems.length > 0
    ? { problems: flags.problems }
    : findTarget(flags);
  if ("problems" in target) {
    printProblems(target.problems);
    return 2;
  }
  const json = flags.values.has("json");
  const report = await readReport(target);
  if ("problem" in report) {
    printStderr(`sockwarden: ${escapeControl(report.problem)}\n`);
    return 1;
  }
  if (!json && !flags.values.has("once") && isTerminal()) {
    return await watch(target, report);
  }
  printStdout(
    json
      ? jsonText(report)
      : linesText(topLines(report, null), Infinity, coloured()),
  );
  return 0;
}

/** Draws until `q` or a signal ends it, and leaves the terminal as it was. */
async function watch(target: Target, first: TopReport): Promise<number> {
  let end = () => {};
  let ended = false;
  const over = new Promise<void>((resolve) => {
    end = () => {
      ended = true;
      resolve();
    };
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    onSignal(signal, end);
  }
  const restore = takeKeys((key) => {
    if (key === "q" || key === "Q") end();
  });
  printStdout(ENTER);
  try {
    let report: TopReport | { problem: string } = first;
    while (!ended) {
      draw(report);
      await Promise.race([pause(REDRAW_MS), over]);
      if (ended) break;
      report = await Promise.race([
        readReport(target),
        over.then(() => ({ problem: "" })),
      ]);
    }
  } finally {
    printStdout(LEAVE);
    restore();
  }
  return 0;
}

function draw(report: TopReport | { readonly problem: string }): void {
  const { columns, rows } = terminalSize() ?? sizeOfVariables();
  const lines = "problem" in report
    ? [{ text: printable(report.problem), look: "bad" as const }]
    : topLines(report, rows).slice(0, rows - 1);
  printStdout(CLEAR + linesText(lines, columns, coloured()));
}

/** What shells and `docker exec --env` may tell of the size. */
function sizeOfVariables(): { columns: number; rows: number } {
  const { COLUMNS = "", LINES = "" } = environment();
  const number = (text: string, otherwise: number) =>
    /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : otherwise;
  return { columns: number(COLUMNS, 80), rows: number(LINES, 24) };
}

/** Colours are for terminals, and for those who want them (no-color.org). */
function coloured(): boolean {
  const { NO_COLOR = "", TERM = "" } = environment();
  return NO_COLOR === "" && TERM !== "dumb" && isTerminal();
}

/** The admin listener by flags, variables, or the flags of the sockwarden that runs here. */
function findTarget(
  flags: Flags,
): Target | { readonly problems: readonly string[] } {
  const variables = environment();
  const given = (flag: string, variable: string) =>
    flags.values.get(flag)?.[0] ?? (variables[variable] || runningValue(flag));
  const admin = given("admin", "SOCKWARDEN_ADMIN");
  const tokenFile = given("admin-token-file", "SOCKWARDEN_ADMIN_TOKEN_FILE");
  if (admin === null) {
    return {
      problems: [
        "which sockwarden? Give the address of its admin listener: --admin=tcp://127.0.0.1:9323 or unix:///path",
      ],
    };
  }
  const address = parseListenAddress(admin);
  if ("problem" in address) {
    return { problems: [`--admin=${admin}: ${address.problem}`] };
  }
  if (address.kind === "tls") {
    return { problems: [`--admin=${admin}: the admin listener has no TLS`] };
  }
  const read = tokenFile === null
    ? { token: null }
    : readToken(tokenFile, "--admin-token-file");
  return "problem" in read
    ? { problems: [read.problem] }
    : { address: reachable(address), token: read.token };
}

function runningValue(flag: string): string | null {
  return readFlags(runningFlags() ?? []).values.get(flag)?.[0] ?? null;
}

/** Asks for everything that is shown. */
async function readReport(
  target: Target,
): Promise<TopReport | { readonly problem: string }> {
  const [state, streams, refused] = await Promise.all([
    get<State>(target, "/api/v1/state", "State"),
    get<StreamsAnswer>(target, "/api/v1/streams", "Streams"),
    get<DecisionsAnswer>(
      target,
      `/api/v1/decisions?decision=refused&limit=${REFUSALS}`,
      "Decisions",
    ),
  ]);
  if ("problem" in state) return state;
  if ("problem" in streams) return streams;
  if ("problem" in refused) return refused;
  return {
    format: "top/1",
    state,
    streams: streams.streams,
    refused: refused.decisions,
  };
}

/**
 * Asks for one answer; nothing of what comes is taken for granted.
 *
 * @param schema The name of its schema in the OpenAPI file.
 */
async function get<Answer>(
  { address, token }: Target,
  path: string,
  schema: string,
): Promise<Answer | { readonly problem: string }> {
  const fields = token === null ? "" : `Authorization: Bearer ${token}\r\n`;
  const answer = await ask(address, path, MAX_BYTES, fields);
  const where = `the admin listener ${formatAddress(address)}`;
  if ("reason" in answer) {
    return {
      problem: `${where} cannot be asked: ${
        answer.reason.replaceAll("the engine's", "its")
          .replaceAll("the engine", "it")
      }`,
    };
  }
  if (answer.status !== 200) {
    return {
      problem: `${where} answered with status ${answer.status}${
        answer.status === 401 ? ": give its token with --admin-token-file" : ""
      }`,
    };
  }
  let value: unknown;
  try {
    value = parseJson(answer.body);
  } catch {
    return { problem: `${where} is none of sockwarden: it sent no JSON` };
  }
  const { takeAnswer } = await import("../admin/take_answer.ts");
  const taken = takeAnswer<Answer>(schema, value);
  return typeof taken === "object" && taken !== null && "problem" in taken
    ? {
      problem:
        `${where} is none of sockwarden, or of another version: in its answer to ${path} ${taken.problem}`,
    }
    : taken;
}
