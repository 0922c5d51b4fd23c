import { assertEquals } from "@std/assert";
import { type EventSubject, subjectOf } from "../../lib/policy/scope_events.ts";
import type { Scope } from "../../lib/policy/scope.ts";

Deno.test("the label that a scope names is found in an event, however its key is written", () => {
  const scope: Scope = {
    containers: {
      setting: "",
      anyOf: [{
        name: [],
        label: [{ key: "r&d", value: null }],
        project: [],
        not: [],
      }],
    },
    networks: null,
    volumes: null,
    images: null,
  };
  // Go writes the key with an escape; whoever makes a container chooses others.
  const event = (attributes: string) =>
    `{"Type":"container","Action":"create","Actor":{"ID":"1","Attributes":${attributes}}}`;
  const labels = (attributes: string) =>
    (subjectOf(event(attributes), scope) as EventSubject)
      .actors[0]!.facts;
  const seen = labels('{"name":"a","r\\\\u":"x"}');
  const found = labels('{"name":"a","r\\u0026d":"x"}');
  assertEquals(seen, { id: "1", name: "a", labels: new Map([["r&d", ""]]) });
  assertEquals(found, { id: "1", name: "a", labels: new Map([["r&d", "x"]]) });
});
