import { assertEquals } from "@std/assert";
import {
  addFresh,
  addHistory,
  EMPTY_FEED,
  type Filter,
  isOpen,
  matcher,
  MAX_KEPT,
  NO_FILTER,
} from "../../web/decisions.ts";
import { decision, refusal } from "./samples.ts";

const ALL = matcher(NO_FILTER);
const ids = (feed: { kept: readonly { id: number }[] }) =>
  feed.kept.map(({ id }) => id);

/** Whether a filter shows a refusal of Portainer's restart. */
function shows(filter: Partial<Filter>): boolean {
  return matcher({ ...NO_FILTER, ...filter })(refusal(1));
}

Deno.test("a filter shows what matches all of its parts", () => {
  assertEquals(shows({}), true);
  assertEquals(shows({ client: "portainer", decision: "refused" }), true);
  assertEquals(shows({ client: "portainer", decision: "allowed" }), false);
  assertEquals(shows({ client: "portaine" }), false);
});

Deno.test("an operation is meant whole, a group by its star", () => {
  assertEquals(shows({ operation: "container.restart" }), true);
  assertEquals(shows({ operation: "container" }), false);
  assertEquals(shows({ operation: "container.*" }), true);
  assertEquals(shows({ operation: "exec.*" }), false);
});

Deno.test("a text is looked for in path, rule, message and names, in any case", () => {
  for (
    const text of [
      "SHOP-web",
      "12:7",
      "NOT allowed",
      "ops-",
      "172.18.",
      "post /v1",
      "01jhm",
    ]
  ) {
    assertEquals(shows({ text }), true, text);
  }
  assertEquals(shows({ text: "shop-web portainer" }), false);
  assertEquals(isOpen({ ...NO_FILTER, text: " " }), true);
  assertEquals(isOpen({ ...NO_FILTER, text: "x" }), false);
});

Deno.test("fresh decisions come first, each once, and at most so many are kept", () => {
  let feed = addFresh(EMPTY_FEED, [decision(1), decision(2)], 0, ALL);
  feed = addFresh(feed, [decision(2), decision(3)], 5, ALL);
  assertEquals(ids(feed), [3, 2, 1]);
  assertEquals([feed.fresh, feed.skipped], [3, 5]);
  const many = Array.from({ length: MAX_KEPT }, (_, at) => decision(at + 4));
  feed = addFresh(feed, many, 0, ALL);
  assertEquals(feed.kept.length, MAX_KEPT);
  assertEquals(feed.kept[0]!.id, MAX_KEPT + 3);
});

Deno.test("fresh decisions that the filter hides are not counted", () => {
  const none = matcher({ ...NO_FILTER, client: "nobody" });
  assertEquals(addFresh(EMPTY_FEED, [decision(1)], 0, none), EMPTY_FEED);
});

Deno.test("the history fills the gaps and stands in order", () => {
  const feed = addFresh(EMPTY_FEED, [decision(5), decision(9)], 0, ALL);
  const whole = addHistory(
    feed,
    [decision(9), decision(7), decision(5), decision(2)],
    2,
    ALL,
  );
  assertEquals(ids(whole), [9, 7, 5, 2]);
  assertEquals(whole.next, 2);
});

Deno.test("a history that is longer than what is kept has no older part", () => {
  const older = Array.from(
    { length: MAX_KEPT + 1 },
    (_, at) => decision(MAX_KEPT + 1 - at),
  );
  const feed = addHistory(EMPTY_FEED, older, 1, ALL);
  assertEquals([feed.kept.length, feed.next], [MAX_KEPT, null]);
});
