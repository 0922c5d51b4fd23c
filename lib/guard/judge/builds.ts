/**
 * Judges builds by the classic builder, by their query. The Dockerfile in the
 * body is judged by `contents.ts`, where some knob asks what it says.
 *
 * @module
 */

import { encodeUtf8 } from "../../host.ts";
import { parseStrictJson, shown } from "../json.ts";
import { readLists } from "../query.ts";
import { type Collector, find, knobOf } from "../rules.ts";
import { askingKnobs, asksImages, cannotJudge } from "./asking.ts";
import { judgeGivenName } from "./image_calls.ts";
import { judgeImage } from "./images.ts";
import {
  entriesOf,
  isFull,
  item,
  type Judging,
  shownAddress,
  texts,
} from "./judging.ts";
import { parseCeiling } from "./limits.ts";
import { judgeNetworkMode } from "./network_settings.ts";
import { asField, queryOf, refuse } from "./places.ts";
import { judgeCgroupParent, judgeSecurityOptions } from "./security.ts";
import { judgeAmount } from "./service_limits.ts";
import { judgeLabels } from "./settings.ts";

/** What only says how it is built, or is judged in the containers that are made of it. */
const FREE =
  "buildargs nocache pull rm forcerm target platform extrahosts q squash cpushares cpusetcpus cpusetmems"
    .split(" ");

const JUDGED = [
  "dockerfile",
  "cachefrom",
  "remote",
  "t",
  "networkmode",
  "version",
  "session",
  "buildid",
  "outputs",
  "cgroupparent",
  "memory",
  "memswap",
  "cpuperiod",
  "cpuquota",
  "shmsize",
  "ulimits",
  "securityopt",
  "labels",
] as const;

type Values = Readonly<Record<typeof JUDGED[number], readonly string[]>>;

/** Judges `image.build`. */
export function judgeBuild(of: Judging): void {
  const { collector } = of;
  const values = queryOf(of, [...JUDGED, ...FREE]) as Values | null;
  if (values === null) return;
  find(collector, "builds", "the request", "builds an image");
  judgeUnread(collector, values);
  for (const images of values.cachefrom) judgeCache(of, images);
  judgeOthers(of);
  judgeBuildKit(of, values);
  for (const remote of values.remote) {
    if (remote === "") continue;
    const what = `makes the engine fetch '${shownAddress(remote)}'`;
    find(collector, "remote-context", "remote", what);
  }
  for (const file of values.dockerfile) judgeDockerfile(of, file);
  for (const [i, name] of values.t.entries()) {
    judgeGivenName(collector, `t[${i}]`, name);
  }
  const modes = values.networkmode.length === 0 ? [""] : values.networkmode;
  for (const mode of modes) {
    judgeNetworkMode(of, asField("networkmode", mode));
  }
  for (const parent of values.cgroupparent) {
    if (parent !== "") judgeCgroupParent(of, asField("cgroupparent", parent));
  }
  judgeSecurityOptions(of, asField("securityopt", values.securityopt));
  for (const ulimits of values.ulimits) {
    if (["", "[]", "null"].includes(ulimits.trim())) continue;
    const what = "sets resource limits of its processes";
    find(collector, "ulimits", "ulimits", what);
  }
  for (const labels of values.labels) judgeLabelsText(of, labels);
  judgeLimits(of, values);
}

/**
 * Podman takes a list of files as JSON, none for `null`, a file of the host for
 * an absolute path (`processBuildContext()`), leaves the context by `..`, and
 * fetches addresses.
 */
function judgeDockerfile({ collector }: Judging, file: string): void {
  if (/^https?:\/\//i.test(file)) {
    const what = `makes the engine fetch '${shownAddress(file)}'`;
    find(collector, "remote-context", "dockerfile", what);
  } else if (
    /^(?:\/|\s*(?:\[|null\s*$))/.test(file) || file.split("/").includes("..")
  ) {
    const what = `is '${shown(file)}', which podman reads as other files`;
    refuse(collector, "dockerfile", what);
  }
}

/** Judges a build whose Dockerfile does not pass through here as the classic builder reads it. */
function judgeUnread(collector: Collector, values: Values): void {
  const knobs = askingKnobs(collector.rules);
  if (knobs.length === 0 || readsContext(values)) return;
  const what = "cannot be read where BuildKit builds, or the engine fetches it";
  cannotJudge(collector, knobs, "the Dockerfile", what);
}

/** Whether the body is the context of a build by the classic builder. */
function readsContext({ remote, version, session }: Values): boolean {
  return remote.every((one) => one === "") &&
    session.every((one) => one === "") &&
    version.every((one) => one === "" || one === "1");
}

/** Judges images whose layers may be taken for steps of the build. */
function judgeCache({ collector }: Judging, text: string): void {
  const knobs = askingKnobs(collector.rules);
  if (text === "" || !asksImages(knobs)) return;
  const parsed = parseStrictJson(encodeUtf8(text));
  if ("problem" in parsed || typeof parsed.value !== "object") {
    const what = "is no list of images that can be read";
    return cannotJudge(collector, knobs, "cachefrom", what);
  }
  for (const [path, image] of texts({ path: "cachefrom", ...parsed })) {
    if (isFull(collector)) return;
    judgeImage(collector, path, image, "takes layers of");
  }
}

/** What of the query says how the body is read. */
export interface ContextQuery {
  readonly dockerfile: string;
  readonly args: ReadonlyMap<string, string>;
}

/**
 * Reads what the query says of the Dockerfile.
 *
 * @returns null where the body is not judged, since the query is refused; or a
 * clause that says why it cannot be.
 */
export function readContextQuery(
  query: string,
): ContextQuery | { readonly path: string; readonly problem: string } | null {
  const read = readLists(query, [...JUDGED, "buildargs"]);
  if ("problem" in read || !readsContext(read.values)) return null;
  const { dockerfile, buildargs } = read.values;
  if (dockerfile.length > 1) {
    return { path: "dockerfile", problem: "is given twice" };
  }
  const args = new Map<string, string>();
  for (const text of buildargs) {
    if (text === "") continue;
    const parsed = parseStrictJson(encodeUtf8(text));
    if ("problem" in parsed || buildargs.length > 1) {
      return { path: "buildargs", problem: "cannot be read" };
    }
    for (const [name, value] of entriesOf(parsed.value)) {
      if (typeof value === "string") args.set(name, value);
    }
  }
  return { dockerfile: dockerfile[0] ?? "", args };
}

function judgeBuildKit({ collector }: Judging, values: Values): void {
  const what = "builds by BuildKit, whose steps cannot be judged";
  for (const version of values.version) {
    if (version !== "" && version !== "1") {
      find(collector, "buildkit", "version", what);
    }
  }
  for (const name of ["session", "buildid", "outputs"] as const) {
    if (values[name].some((value) => value !== "")) {
      find(collector, "buildkit", name, what);
    }
  }
}

function judgeLabelsText(of: Judging, text: string): void {
  if (text === "") return;
  const parsed = parseStrictJson(encodeUtf8(text));
  if ("problem" in parsed) {
    const why = parsed.problem.replace(/^the body /, "");
    return refuse(of.collector, "labels", why);
  }
  judgeLabels(of, asField("labels", parsed.value));
}

/** A whole number of the query; 0 where it is absent, NaN for another text. */
function numberOf([text = "", ...more]: readonly string[]): number {
  if (text === "" && more.length === 0) return 0;
  return more.length === 0 && /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
}

/** The engine's own period, in microseconds. */
const PERIOD = 100_000;

function judgeLimits(of: Judging, values: Values): void {
  const { collector } = of;
  const memory = numberOf(values.memory);
  judgeAmount(of, "memory-max", "memory", "memory", memory);
  const swap = numberOf(values.memswap);
  const [most = ""] = knobOf(collector.rules, "memory-max").list;
  // Where it is not given, it is twice the memory.
  if (swap !== 0 && !(swap > 0 && swap <= 2 * parseCeiling(most))) {
    const what = `asks for more swap than goes with ${most} of memory`;
    find(collector, "memory-max", "memswap", what);
  }
  const period = numberOf(values.cpuperiod) || PERIOD;
  const cpus = numberOf(values.cpuquota) / period;
  judgeAmount(of, "cpus-max", "cpuquota", "processors", cpus);
  const shm = numberOf(values.shmsize);
  if (shm !== 0) judgeAmount(of, "shm-max", "shmsize", "shared memory", shm);
}

/** Refuses parameters that this release does not know, podman's among them, unless the guard names them. */
function judgeOthers({ collector, request: { query } }: Judging): void {
  const known: ReadonlySet<string> = new Set([...JUDGED, ...FREE]);
  const seen = new Set<string>();
  for (const pair of query.split("&")) {
    const name = decodeURIComponent(
      pair.split("=", 1)[0]!.replaceAll("+", " "),
    );
    if (name === "" || known.has(name) || seen.has(name)) continue;
    seen.add(name);
    if (collector.rules.fields.has(name)) continue;
    collector.refused.push({
      knob: "fields",
      path: shown(name),
      what: "is not known to this release, nor what it does",
      remedy: `fields: [${item(name)}]`,
    });
  }
}
