/**
 * The page under 2,000 requests a second.
 */

import { assert, assertEquals } from "@std/assert";
import type { Decision } from "../../lib/admin/api.ts";
import { openPage, pageTest, type Scene } from "./page.ts";
import { decision, NOW, refusal } from "./samples.ts";

/** What the admin listener sends at most: messages a second, and their decisions. */
const MESSAGES_A_SECOND = 20;
const DECISIONS = 100;
const SECONDS = 6;
/** What one task of the page's thread may use of the processor, in microseconds. */
const LONGEST_TASK = 100_000;

/** A task of a thread, as the browser's trace has it. */
interface Task {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time in microseconds: what other programs use does not count. */
  readonly tdur?: number;
}

pageTest(
  "2,000 decisions a second make no task over 100 ms, and the document does not grow",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene);
    const stopTracing = await trace(scene);
    const last = 10_000 + SECONDS * MESSAGES_A_SECOND * DECISIONS - 1;
    await sendAll(scene);
    await tab.until(
      `document.querySelector('.row[data-id]').dataset.id === '${last}'`,
    );
    const tasks = await stopTracing();
    assert(tasks.length > SECONDS * MESSAGES_A_SECOND, "the trace is empty");
    const longest = Math.max(...tasks.map(({ tdur }) => tdur ?? 0));
    assert(longest > 0, "the trace has no processor times");
    assert(
      longest < LONGEST_TASK,
      `a task used ${Math.round(longest / 1000)} ms of the processor`,
    );
    assertEquals(
      await tab.value("document.querySelectorAll('.row[data-id]').length"),
      100,
    );
    // A click is answered while they come.
    void sendAll(scene);
    await tab.click(".row[data-id]");
    await tab.until("document.querySelector('.details')");
  },
);

/** A request that has no text in common with the one before. */
function request(id: number): Decision {
  const given = {
    time: new Date(NOW + id).toISOString(),
    client: `client-${id % 7}`,
    path: `/v1.47/containers/${id}/json`,
    engine_ms: id % 90 / 7,
  };
  return id % 10 === 0 ? refusal(id, given) : decision(id, given);
}

/** Sends as much as the admin listener would. */
async function sendAll({ stub }: Scene): Promise<void> {
  let id = 10_000;
  for (let message = 0; message < SECONDS * MESSAGES_A_SECOND; message++) {
    const decisions = Array.from({ length: DECISIONS }, () => {
      id++;
      return request(id - 1);
    });
    stub.send("decisions", { decisions, skipped: 0 });
    await new Promise((resolve) =>
      setTimeout(resolve, 1000 / MESSAGES_A_SECOND)
    );
  }
}

/** Records the tasks of the page's main thread until the result is called. */
async function trace({ tab }: Scene): Promise<() => Promise<Task[]>> {
  // deno-lint-ignore no-explicit-any -- the trace's own objects
  const events: any[] = [];
  tab.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await tab.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: ["toplevel", "disabled-by-default-devtools.timeline"],
    },
  });
  return async () => {
    const done = new Promise((resolve) =>
      tab.on("Tracing.tracingComplete", resolve)
    );
    await tab.send("Tracing.end");
    await done;
    const main = new Set(
      events.filter(({ name, args }) =>
        name === "thread_name" && args.name === "CrRendererMain"
      ).map(({ pid, tid }) => `${pid} ${tid}`),
    );
    return events.filter(({ name, pid, tid }) =>
      /RunTask$/.test(name) && main.has(`${pid} ${tid}`)
    );
  };
}
