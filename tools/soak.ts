/**
 * `deno task soak`: sends the recorded calls of real programs through
 * sockwarden for a long time, beside streams that come and go, and says whether
 * its memory or its descriptors grow.
 *
 *     SOCKWARDEN_BINARY=dist/sockwarden-lean-x86_64 deno task soak --for 30m [--streams 200]
 *
 * Exit code: 1 where one of them grows by more than noise after five minutes,
 * or a call failed; 2 where the words are wrong.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { closeSource, type Source } from "../lib/wire/source.ts";
import { sockwarden } from "../tests/e2e/sockwarden.ts";
import { startSoakEngine } from "../tests/soak/engine.ts";
import { means, type Sample, slopeOf } from "../tests/soak/slope.ts";
import {
  bodyOf,
  connect,
  programs,
  runStream,
  send,
} from "../tests/soak/traffic.ts";
import { randomFrom } from "../tests/support/random.ts";
import { readSpan } from "./span.ts";

/** Programs that call at the same time. */
const WORKERS = 8;
/** Milliseconds between two calls of one of them. */
const CALL_PAUSE_MS = 20;
/** Milliseconds between two samples. */
const SAMPLE_MS = 2000;
/** Failures that are told. */
const MAX_TOLD = 20;
/** Minutes before growth counts: caches fill first. */
const WARM_MINUTES = 5;
/** Minutes of which one mean is taken for the slope. */
const SPAN_MINUTES = 0.5;

const options = parseArgs(Deno.args, {
  string: ["for", "streams"],
  default: { for: "30m", streams: "200" },
});
const seconds = readSpan(options.for);
const streams = Number(options.streams);
if (seconds === null || !Number.isSafeInteger(streams)) {
  console.error("usage: deno task soak --for 30m [--streams 200]");
  Deno.exit(2);
}

const engine = await startSoakEngine();
const policy = `${engine.path}.yaml`;
// One listener for all, and one whose client sees less.
const port = freePort();
const hiding = freePort();
Deno.writeTextFileSync(
  policy,
  `clients:
  hiding:
    listen: tcp://127.0.0.1:${hiding}
    allow: ["*"]
    hide: [env]
default: { allow: ["*"] }
`,
);
const child = sockwarden([
  `--listen=tcp://127.0.0.1:${port}`,
  `--engine=unix://${engine.path}`,
  `--config=${policy}`,
]).spawn();
await listening(child);
const start = performance.now();
const minutes = () => (performance.now() - start) / 60_000;
const isOver = () => minutes() * 60 >= seconds;
const counts = { calls: 0, failed: 0, streams: 0, refused: 0 };
const memory: Sample[] = [];
const descriptors: Sample[] = [];

await Promise.all([
  ...Array.from({ length: WORKERS }, (_, n) => work(n)),
  ...Array.from({ length: streams }, (_, n) => keepStream(n)),
  // What is still under way ends with it.
  sample().then(() => child.kill("SIGTERM")),
]);
const { code } = await child.status;
await engine.stop();
Deno.exit(report() && code === 0 ? 0 : 1);

/** Plays one program after another. */
async function work(number: number): Promise<void> {
  const random = randomFrom(number);
  const all = programs();
  for (let round = number; !isOver(); round++) {
    // As some programs do, and others do not.
    const keeps = round % 2 === 0;
    let source: Source | null = null;
    for (const call of all[round % all.length]!.calls) {
      if (isOver()) break;
      await pause(CALL_PAUSE_MS);
      try {
        source ??= await connect(round % 4 < 3 ? port : hiding);
        const answer = await send(source, call, bodyOf(call, random));
        if (isOver()) break;
        counts.calls++;
        if (answer === null || answer.status >= 500) {
          fail(`${call.method} ${call.target}`, answer?.status ?? 0);
        }
        if (answer?.status === 403) counts.refused++;
        if (answer?.goesOn === true && keeps) continue;
      } catch (error) {
        fail(`${call.method} ${call.target}`, error);
      }
      if (source !== null) closeSource(source);
      source = null;
    }
    if (source !== null) closeSource(source);
  }
}

/** Begins a stream each time that the one before has ended. */
async function keepStream(number: number): Promise<void> {
  const random = randomFrom(1000 + number);
  while (!isOver()) {
    try {
      const problem = await runStream(port, random);
      if (problem === null) counts.streams++;
      else fail("a stream", problem);
    } catch (error) {
      fail("a stream", error);
    }
    await pause(random.below(1000));
  }
}

/** Counts what went wrong, and says what it was. */
function fail(what: string, why: unknown): void {
  if (isOver()) return;
  if (counts.failed++ < MAX_TOLD) console.log(`failed: ${what}: ${why}`);
}

/** Looks at the process until the time is over. */
async function sample(): Promise<void> {
  let told = 0;
  console.log("minute  KiB  descriptors  calls  streams");
  while (!isOver()) {
    await pause(SAMPLE_MS);
    memory.push([minutes(), resident(child.pid)]);
    descriptors.push([minutes(), held(child.pid)]);
    if (minutes() < told + 1) continue;
    told = Math.floor(minutes());
    const last = (list: readonly Sample[]) => Math.round(list.at(-1)![1]);
    console.log(
      `${told}  ${last(memory)}  ${
        last(descriptors)
      }  ${counts.calls}  ${counts.streams}`,
    );
  }
}

/** Says what came of it; returns whether all is well. */
function report(): boolean {
  const grows = [["KiB of memory", memory], [
    "descriptors",
    descriptors,
  ]] as const;
  console.log(
    `${counts.calls} calls (${counts.refused} refused by the guard or the policy, ${counts.failed} failed), ${counts.streams} streams`,
  );
  let well = counts.failed === 0;
  for (const [what, samples] of grows) {
    const warm = samples.filter(([at]) => at >= WARM_MINUTES);
    const slope = slopeOf(means(warm, SPAN_MINUTES));
    if (slope === null) {
      console.log(`${what}: too short a run for a slope`);
      continue;
    }
    const isNoise = slope.slope <= 2 * slope.error;
    console.log(
      `${what}: ${
        slope.slope.toFixed(2)
      } a minute after ${WARM_MINUTES} minutes, ± ${
        (2 * slope.error).toFixed(2)
      }: ${isNoise ? "no growth beyond noise" : "it grows"}`,
    );
    well &&= isNoise;
  }
  return well;
}

/** Resolves when it listens; its log is read on and dropped. */
async function listening(child: Deno.ChildProcess): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  const found = Promise.withResolvers<void>();
  const read = async (from: ReadableStream<Uint8Array>) => {
    for await (const bytes of from) {
      if (text.includes(" engine unix")) continue;
      text += decoder.decode(bytes, { stream: true });
      if (text.includes(" engine unix")) found.resolve();
    }
  };
  Promise.all([read(child.stdout), read(child.stderr)]).then(() =>
    found.reject(new Error(`it did not start:\n${text}`))
  );
  await found.promise;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

function resident(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(text)?.[1]);
}

function held(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
