/**
 * Filters a stream of events, one JSON text a line, for as long as it lasts.
 *
 * @module
 */

import {
  decodeLatin1,
  decodeUtf8,
  encodeLatin1,
  monotonic,
  pause,
} from "../../host.ts";
import {
  type EventSubject,
  needsFacts,
  showsActor,
  showsImage,
  subjectOf,
} from "../../policy/scope_events.ts";
import type { Scope } from "../../policy/scope.ts";
import { type AnswerSources, factsById } from "./answer_facts.ts";
import type { AnswerFilter, Passed } from "./answer_hold.ts";

/** Characters of one event. */
const MAX_EVENT = 1024 * 1024;
/** Milliseconds after which others get a turn. */
const TURN_MS = 3;
const NOT_ASCII = /[\u0080-\u00ff]/;

/** Filters events; nothing is reordered, and what must be asked is waited for. */
export function filterEvents(
  sources: AnswerSources,
  scope: Scope,
): AnswerFilter {
  let rest: string[] = [];
  let size = 0;
  const read = async (text: string): Promise<Passed> => {
    const lines = text.split("\n");
    const last = lines.pop()!;
    if (lines.length > 0) {
      lines[0] = rest.join("") + lines[0];
      rest = [];
      size = 0;
    }
    if (last !== "") rest.push(last);
    size += last.length;
    if (size > MAX_EVENT) return { problem: "has an event that is too long" };
    let shown = "";
    let since = monotonic();
    for (const line of lines) {
      const shows = showsLine(sources, scope, line);
      const isShown = typeof shows === "object" && shows instanceof Promise
        ? await shows
        : shows;
      if (typeof isShown !== "boolean") return isShown;
      if (isShown) shown += `${line}\n`;
      if (monotonic() - since < TURN_MS) continue;
      await pause(0);
      since = monotonic();
    }
    return shown;
  };
  return {
    live: true,
    add: (bytes) => read(decodeLatin1(bytes)),
    end: () => size === 0 ? Promise.resolve("") : read("\n"),
  };
}

type Shows = boolean | { readonly problem: string };

/** Whether a line is shown; a promise only where the engine is asked. */
function showsLine(
  sources: AnswerSources,
  scope: Scope,
  line: string,
): Shows | Promise<Shows> {
  // RFC 7464: a text of a sequence begins with this.
  const text = line.startsWith("\u001e") ? line.slice(1) : line;
  if (text.trim() === "") return true;
  const subject = subjectOf(
    NOT_ASCII.test(text) ? decodeUtf8(encodeLatin1(text)) : text,
    scope,
  );
  if (subject === "unreadable") return { problem: "has what is no event" };
  if (subject === null) return false;
  const { image, actors } = subject;
  if (image !== null) return showsImage(scope, image);
  for (const actor of actors) {
    if (!needsFacts(scope, actor)) {
      if (!showsActor(scope, actor, null)) return false;
      continue;
    }
    const facts = sources.known.known(actor.kind, actor.id);
    if (facts === null) return showsAsked(sources, scope, subject);
    if (!showsActor(scope, actor, facts)) return false;
  }
  return true;
}

/** Asks the engine; what is gone is judged by what the event says of it. */
async function showsAsked(
  sources: AnswerSources,
  scope: Scope,
  { actors }: EventSubject,
): Promise<Shows> {
  for (const actor of actors) {
    if (!needsFacts(scope, actor)) {
      if (!showsActor(scope, actor, null)) return false;
      continue;
    }
    const facts = await factsById(sources, actor.kind, actor.id);
    if (facts !== null && "problem" in facts) return facts;
    if (!showsActor(scope, actor, facts ?? actor.facts)) return false;
  }
  return true;
}
