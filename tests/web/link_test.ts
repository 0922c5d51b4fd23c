import { assertEquals } from "@std/assert";
import { follow, type Link, pauseAfter } from "../../web/link.ts";

/** Follows streams of these answers; each break is tried again at once. */
async function told(answers: readonly (() => Response)[]): Promise<string[]> {
  const said: string[] = [];
  let at = 0;
  await new Promise<void>((resolve) => {
    const link: Link = follow(() => {
      const answer = answers[at++];
      return answer === undefined
        ? Promise.reject(new TypeError("refused"))
        : Promise.resolve(answer());
    }, {
      onOpen: () => said.push("open"),
      onEvent: ({ name }) => said.push(name),
      onBreak(reason, pauseMs, tries) {
        said.push(`${reason}: ${pauseMs} ms after ${tries}`);
        if (at > answers.length) {
          link.stop();
          resolve();
        } else queueMicrotask(() => link.retry());
      },
      onUnauthorized() {
        said.push("unauthorized");
        resolve();
      },
    });
  });
  return said;
}

const stream = (text: string) => () => new Response(text);
const refusal = (status: number, message: string) => () =>
  Response.json({ message }, { status });

Deno.test("the pause grows with each try that failed, to half a minute", () => {
  assertEquals([1, 2, 3, 4, 5, 6, 60].map(pauseAfter), [
    1000,
    2000,
    4000,
    8000,
    16_000,
    30_000,
    30_000,
  ]);
});

Deno.test("a stream that ends is opened again; only an event makes the pause short again", async () => {
  assertEquals(
    await told([
      stream("event: state\ndata: {}\n\n"),
      refusal(503, "too many readers"),
      stream(""),
      stream("event: state\ndata: {}\n\n"),
    ]),
    [
      "open",
      "state",
      "the admin listener ended it: 1000 ms after 1",
      "too many readers: 2000 ms after 2",
      "open",
      "the admin listener ended it: 4000 ms after 3",
      "open",
      "state",
      "the admin listener ended it: 1000 ms after 1",
      "the admin listener does not answer: 2000 ms after 2",
    ],
  );
});

Deno.test("where a token is wanted it is not tried again", async () => {
  assertEquals(await told([refusal(401, "a token is wanted")]), [
    "unauthorized",
  ]);
});
