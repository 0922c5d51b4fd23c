/**
 * Judges execs: as they are made, and as they are started, since another client
 * may have made one.
 *
 * @module
 */

import { fitsPattern } from "../pattern.ts";
import { shown } from "../json.ts";
import { type Collector } from "../rules.ts";
import {
  at,
  findNamed,
  type Judge,
  type Judging,
  listed,
  textOf,
} from "./judging.ts";
import { allLetBe, asField, judgePlaces, type Places } from "./places.ts";
import type { GuardFacts } from "./request.ts";
import { judgePrivileged } from "./security.ts";
import { judgeEnvironment, judgeUser } from "./settings.ts";
import { judgeTarget } from "./targets.ts";

/** Judges a command by its words between spaces; one whose program has a space in its name is in no list. */
function judgeCommand(
  collector: Collector,
  path: string,
  words: readonly string[],
): void {
  const command = words.join(" ");
  // Arguments may hold passwords: they are told to the client alone.
  const [program = "", ...rest] = words;
  const which = rest.length === 0
    ? `runs '${shown(program)}'`
    : `runs '${shown(program)}' with ${rest.length} ${
      rest.length === 1 ? "argument" : "arguments"
    }`;
  findNamed(
    collector,
    "commands",
    path,
    which,
    command,
    (entry) => !program.includes(" ") && fitsPattern(entry, command),
  );
}

const judgeCmd: Judge = ({ collector }, { path, value }) =>
  judgeCommand(collector, path, listed(value).map(textOf));

const EXEC: Places = {
  Privileged: judgePrivileged,
  User: judgeUser,
  Env: judgeEnvironment,
  Cmd: judgeCmd,
  ...allLetBe("WorkingDir"),
};

/** Judges `container.exec.create`. */
export function judgeExecCreate(of: Judging): void {
  judgePlaces(of, EXEC);
}

/** The container of an exec that is started; null if it is not there. */
export function execContainer(id: string, facts: GuardFacts): string | null {
  return textOf(facts.execs.get(id)?.["ContainerID"]) || null;
}

/**
 * Judges the start of an exec by its description. Nobody can guess the id of
 * one that is not there yet: that is left to the engine's answer.
 */
export function judgeExecStart(of: Judging): void {
  const { collector, request: { parameters }, facts } = of;
  const [id = ""] = parameters;
  const exec = facts.execs.get(id);
  if (exec === null) return;
  const started = exec?.["ProcessConfig"];
  if (at(started, "privileged") === true) {
    judgePrivileged(of, asField("ProcessConfig.privileged", true));
  }
  const user = textOf(at(started, "user"));
  if (user !== "") judgeUser(of, asField("ProcessConfig.user", user));
  judgeCommand(collector, "ProcessConfig", [
    textOf(at(started, "entrypoint")),
    ...listed(at(started, "arguments")).map(textOf),
  ]);
  judgeTarget(collector, "", execContainer(id, facts) ?? "", facts);
}
