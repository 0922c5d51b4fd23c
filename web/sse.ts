/**
 * Reads server-sent events out of the pieces in which they come. A page cannot
 * give an `EventSource` a token, so it reads the stream itself.
 *
 * Source of the format: the HTML standard, "Server-sent events", 9.2.6.
 *
 * @module
 */

/** One event. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** Characters that one event may take: beyond them the stream is not ours. */
export const MAX_EVENT_CHARACTERS = 8 << 20;

/**
 * Makes a reader of one stream.
 *
 * @returns A function that takes the next piece and gives the events that it
 * completes; it throws a `RangeError` where an event has no end.
 */
export function eventReader(): (piece: string) => ServerEvent[] {
  let rest = "";
  let name = "";
  let data: string[] = [];
  let length = 0;
  return (piece) => {
    const events: ServerEvent[] = [];
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line.replace(/\r$/, ""), events);
    if (rest.length + length > MAX_EVENT_CHARACTERS) {
      throw new RangeError("an event of the stream has no end");
    }
    return events;
  };

  function take(line: string, events: ServerEvent[]): void {
    if (line === "") {
      if (data.length > 0) {
        events.push({ name: name || "message", data: data.join("\n") });
      }
      name = "";
      data = [];
      length = 0;
      return;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === "event") name = value!;
    else if (field === "data") {
      data.push(value!);
      length += value!.length;
    }
  }
}
