/**
 * Judges a Dockerfile of the classic builder: what it builds from, fetches and
 * sets.
 *
 * @module
 */

import { encodeUtf8 } from "../../host.ts";
import {
  type Dockerfile,
  type DockerfileProblem,
  type Instruction,
  readDockerfile,
  readInstruction,
  readPairs,
  splitWords,
  wordOf,
} from "../dockerfile.ts";
import { parseStrictJson, shown } from "../json.ts";
import { type Collector, find, knobOf } from "../rules.ts";
import { judgeLabelValue } from "./added_labels.ts";
import { asksImages, cannotJudge } from "./asking.ts";
import { judgeRegistry, TRANSPORT } from "./image_calls.ts";
import { judgeImage } from "./images.ts";
import {
  isFull,
  type Judging,
  listed,
  MAX_FINDINGS,
  shownAddress,
  textOf,
} from "./judging.ts";
import { asField } from "./places.ts";
import { judgeEnvironment, judgeHealthcheck, judgeLabels } from "./settings.ts";

/** What a Dockerfile is judged with. */
export interface BuildFacts {
  /** What the builder calls it, such as `Dockerfile`. */
  readonly name: string;
  /** Arguments of the build; those without a value leave the Dockerfile's. */
  readonly args: ReadonlyMap<string, string>;
  /** The knobs that ask what it says; at least one. */
  readonly knobs: readonly string[];
  /** The lines at its top that the guard itself has added. */
  readonly ownLines?: number;
}

/** What the instructions before say. */
interface State {
  readonly facts: BuildFacts;
  readonly escape: string;
  /** Arguments before the first `FROM`; null for a value that cannot be read, or none. */
  readonly args: Map<string, string | null>;
  /** The names of the stages before, as they are written, since podman tells them by their case; empty for none. */
  readonly stages: string[];
  /** The stage that is being built. */
  stage: string | null;
}

/** Stages that a Dockerfile may have: their names are kept. */
const MAX_NAMES = 1000;

/** Judges a Dockerfile, as each version of the builder reads it. */
export function judgeDockerfile(
  of: Judging,
  bytes: Uint8Array,
  facts: BuildFacts,
): void {
  const read = readDockerfile(bytes);
  if ("problem" in read) return refuseLine(of, facts, read);
  for (const dockerfile of read) judgeOne(of, dockerfile, facts);
}

function refuseLine(
  { collector }: Judging,
  { name, knobs }: BuildFacts,
  { line, problem }: DockerfileProblem,
): void {
  cannotJudge(collector, knobs, `${shown(name)}:${line}`, problem);
}

/** Judges it as one version reads it; what is known already is not told again. */
function judgeOne(
  of: Judging,
  dockerfile: Dockerfile,
  facts: BuildFacts,
): void {
  const { collector } = of;
  const inner: Collector = { rules: collector.rules, refused: [], warned: [] };
  judgeAll({ ...of, collector: inner }, dockerfile, facts);
  for (const list of ["refused", "warned"] as const) {
    collector[list].push(
      ...inner[list].filter(({ path, what }) =>
        !collector[list].some((one) => one.path === path && one.what === what)
      ).slice(0, MAX_FINDINGS),
    );
  }
}

function judgeAll(
  of: Judging,
  { instructions, escape }: Dockerfile,
  facts: BuildFacts,
): void {
  const state: State = {
    facts,
    escape,
    args: new Map(),
    stages: [],
    stage: null,
  };
  for (const one of instructions) {
    if (isFull(of.collector)) return;
    judgeInstruction(of, state, one);
  }
}

function placeOf({ facts }: State, { line }: Instruction): string {
  return `${shown(facts.name)}:${line}`;
}

function judgeInstruction(of: Judging, state: State, one: Instruction): void {
  const judge = JUDGES[one.name];
  judge?.(of, state, one, placeOf(state, one));
}

type JudgeInstruction = (
  of: Judging,
  state: State,
  one: Instruction,
  path: string,
) => void;

const JUDGES: Readonly<Record<string, JudgeInstruction>> = {
  ARG: judgeArgument,
  FROM: judgeFrom,
  COPY: judgeCopy,
  ADD: judgeAdd,
  RUN: judgeRun,
  ENV: judgeVariables,
  LABEL: judgeLabelPairs,
  HEALTHCHECK: judgeCheck,
  ONBUILD: judgeTrigger,
};

/** Only arguments before the first stage are known to `FROM`. */
function judgeArgument(
  { collector }: Judging,
  { args, escape, facts: { knobs, args: given }, stage }: State,
  one: Instruction,
  path: string,
): void {
  if (stage !== null || !asksImages(knobs)) return;
  const words = splitWords(one.args, escape);
  for (const { raw } of words ?? []) {
    const [, name, value] = /^([A-Za-z_]\w*)(?:=([^]*))?$/.exec(raw) ?? [];
    if (name === undefined || args.size >= MAX_NAMES) {
      return cannotJudge(collector, knobs, path, UNREADABLE);
    }
    const own = value === undefined ? null : wordOf(value).text;
    const isOwn = !OF_ENGINE.test(name);
    args.set(name, isOwn ? given.get(name) ?? own : null);
  }
  if (words === null) cannotJudge(collector, knobs, path, UNREADABLE);
}

/** What podman sets by the build's platform, whatever the Dockerfile says; undeclared too. */
const OF_ENGINE = /^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$/;

const UNREADABLE = "has a name that cannot be read; write it plainly";

function judgeFrom(
  of: Judging,
  state: State,
  { args, flags }: Instruction,
  path: string,
): void {
  const { collector } = of;
  const { stage, stages, facts: { knobs } } = state;
  if (stage !== null) stages.push(stage);
  const words = args.split(/[ \t]+/);
  state.stage = words.length === 3 ? words[2]! : "";
  if (!asksImages(knobs)) return;
  if (stages.length >= MAX_NAMES) {
    return cannotJudge(collector, knobs, path, "begins too many stages");
  }
  const isPlain = words.length === 1 ||
    words.length === 3 && words[1]!.toLowerCase() === "as" &&
      /^[a-z][\w.-]*$/i.test(words[2]!);
  if (!isPlain || flags.some((flag) => !flag.startsWith("--platform="))) {
    return cannotJudge(collector, knobs, path, "is no FROM that can be read");
  }
  const image = expand(words[0]!, state.args);
  if (typeof image !== "string") {
    return cannotJudge(collector, knobs, path, image.problem);
  }
  if (image === "scratch") return;
  if (stages.includes(image)) return;
  judgeNamedImage(collector, state, path, image, "builds from");
}

function judgeNamedImage(
  collector: Collector,
  { facts: { knobs } }: State,
  path: string,
  image: string,
  verb: string,
): void {
  if (TRANSPORT.test(image)) {
    const what =
      `${verb} '${image}', which podman takes for a place that is no registry`;
    return cannotJudge(collector, knobs, path, what);
  }
  judgeImage(collector, path, image, verb);
  judgeRegistry(collector, path, image);
}

const PLAIN = /^[A-Za-z0-9][\w./:@-]*$/;

/** The name of an image, its variables replaced as the builder does; or a clause that says why it cannot be read. */
function expand(
  word: string,
  args: ReadonlyMap<string, string | null>,
): string | { readonly problem: string } {
  let missing: string | null = null;
  const variable =
    /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?)-([\w./:@-]*))?\})/g;
  const image = word.replace(
    variable,
    (_, bare: string | undefined, braced: string, empty, other) => {
      const name = bare ?? braced;
      const value = args.get(name) ?? null;
      // A value that cannot be read is not known to be empty.
      if (args.has(name) || other === undefined || OF_ENGINE.test(name)) {
        if (value === null) missing ??= name;
        return value === "" && empty === ":" ? other : value ?? "";
      }
      return other;
    },
  );
  if (missing !== null) {
    return {
      problem: `builds from '${
        shown(word)
      }', where '${missing}' is no ARG before the first FROM with a plain value, nor given as one`,
    };
  }
  return PLAIN.test(image)
    ? image
    : { problem: `builds from '${shown(word)}', which cannot be read` };
}

function judgeCopy(
  { collector }: Judging,
  state: State,
  { flags }: Instruction,
  path: string,
): void {
  const { facts: { knobs }, stages } = state;
  if (!asksImages(knobs)) return;
  for (const flag of flags) {
    if (!flag.startsWith("--from")) continue;
    const from = flag.slice("--from=".length);
    if (!PLAIN.test(from)) {
      const what = `copies from '${shown(from)}', which cannot be read`;
      cannotJudge(collector, knobs, path, what);
      continue;
    }
    const isStage = stages.includes(from) ||
      /^(?:0|[1-9]\d{0,3})$/.test(from) && Number(from) < stages.length;
    if (!isStage) judgeNamedImage(collector, state, path, from, "copies from");
  }
}

/** What the engine fetches for `ADD`; git too in newer builders and podman. */
const ADDRESS = /^(?:https?|ftp|git|ssh):\/\/|^git@/i;
const SCHEMES = ["http://", "https://", "ftp://", "git://", "ssh://", "git@"];

function judgeAdd(
  { collector }: Judging,
  { facts: { knobs } }: State,
  { args }: Instruction,
  path: string,
): void {
  if (knobOf(collector.rules, "remote-context").verdict === "allow") return;
  const sources = sourcesOf(args);
  if (sources === null) {
    return cannotJudge(
      collector,
      knobs,
      path,
      "has a list that cannot be read",
    );
  }
  for (const source of sources) {
    if (isFull(collector)) return;
    const plain = source.split(/["'$\\`]/, 1)[0]!.toLowerCase();
    const mayBe = plain.length < source.length &&
      SCHEMES.some((scheme) => scheme.startsWith(plain));
    if (!ADDRESS.test(source) && !mayBe) continue;
    const what = mayBe
      ? `may make the engine fetch '${shownAddress(source)}'`
      : `makes the engine fetch '${shownAddress(source)}'`;
    find(collector, "remote-context", path, what);
  }
}

/** The words of `ADD`, which may be written as JSON; null where that cannot be read. */
function sourcesOf(args: string): readonly string[] | null {
  if (!args.startsWith("[")) return args.split(/[ \t]+/);
  const parsed = parseStrictJson(encodeUtf8(args));
  if ("problem" in parsed) return null;
  return listed(parsed.value).map(textOf);
}

function judgeRun(
  { collector }: Judging,
  { facts: { knobs } }: State,
  { flags }: Instruction,
  path: string,
): void {
  for (const flag of flags.slice(0, 1)) {
    const what = `has the flag '${
      shown(flag)
    }', which the classic builder does not know`;
    cannotJudge(collector, knobs, path, what);
  }
}

function judgeVariables(
  of: Judging,
  { escape, facts: { knobs } }: State,
  { args }: Instruction,
  path: string,
): void {
  if (knobOf(of.collector.rules, "env-forbidden").list.length === 0) return;
  const pairs = readPairs(args, escape);
  if (pairs === null) {
    return cannotJudge(of.collector, knobs, path, UNREADABLE);
  }
  judgeEnvironment(of, asField(path, pairs.map(([name]) => `${name}=`)));
}

function judgeLabelPairs(
  of: Judging,
  { escape, facts: { knobs, ownLines = 0 } }: State,
  { args, line }: Instruction,
  path: string,
): void {
  const { list } = knobOf(of.collector.rules, "labels-forbidden");
  const areFixed = knobs.includes("labels-added");
  if (list.length === 0 && !areFixed || line <= ownLines) return;
  const pairs = readPairs(args, escape);
  if (pairs === null) {
    return cannotJudge(of.collector, knobs, path, UNREADABLE);
  }
  const readsValues = list.some((word) => word.includes("="));
  for (const [name, value] of pairs) {
    if (isFull(of.collector)) return;
    if (areFixed) judgeLabelValue(of.collector, path, name, value);
    if (value === null && readsValues) {
      const what = `gives the label '${
        shown(name)
      }' a value that cannot be read`;
      cannotJudge(of.collector, knobs, path, what);
    } else judgeLabels(of, asField(path, { [name]: value }));
  }
}

function judgeCheck(
  of: Judging,
  _state: State,
  { args }: Instruction,
  path: string,
): void {
  const test = /^none$/i.test(args) ? ["NONE"] : ["CMD"];
  judgeHealthcheck(of, asField(path, test));
}

/** What is done where others build from it: stages are theirs. */
function judgeTrigger(
  of: Judging,
  state: State,
  one: Instruction,
  path: string,
): void {
  const { facts: { knobs } } = state;
  const inner = readInstruction(one.args, one.line);
  const problem = "problem" in inner
    ? inner.problem
    : ["ONBUILD", "FROM"].includes(inner.name)
    ? `has ONBUILD of ${inner.name}`
    : null;
  if (problem !== null || "problem" in inner) {
    return cannotJudge(of.collector, knobs, path, problem ?? "");
  }
  judgeInstruction(of, { ...state, stages: [] }, inner);
}
