/** Entries of a list that are left out without being parsed. */

import { assert, assertEquals } from "@std/assert";
import { skipsOf } from "../../lib/proxy/scope/answer_skip.ts";
import { decodeLatin1, encodeUtf8 } from "../../lib/host.ts";
import {
  type Alternative,
  judgeObject,
  namePattern,
  type ObjectScope,
} from "../../lib/policy/scope.ts";

const NOTHING: Alternative = { name: [], label: [], project: [], not: [] };

function scopeOf(...anyOf: Partial<Alternative>[]): ObjectScope {
  return {
    setting: "",
    anyOf: anyOf.map((one) => ({ ...NOTHING, ...one })),
  };
}

function entry(name: string, labels: Record<string, string>): string {
  const text = JSON.stringify({ Id: "1", Names: [`/${name}`], Labels: labels });
  return decodeLatin1(encodeUtf8(text));
}

Deno.test("an entry that lacks what the scope asks for is left out unread", () => {
  const skips = skipsOf(
    scopeOf({
      name: [namePattern("web-*")],
      label: [{ key: "team", value: "shop" }],
    }),
  );
  assert(skips(entry("db", { team: "shop" })));
  assert(skips(entry("web-1", { team: "bank" })));
  assert(!skips(entry("web-1", { team: "shop" })));
});

Deno.test("an entry is read where an escape could stand for any character", () => {
  const skips = skipsOf(scopeOf({ label: [{ key: "team", value: null }] }));
  assert(skips('{"Id":"1","Labels":{"tea":"\\n"}}'));
  assert(!skips('{"Id":"1","Labels":{"te\\u0061m":"1"}}'));
  const slash = skipsOf(scopeOf({ label: [{ key: "a/b", value: null }] }));
  assert(!slash('{"Id":"1","Labels":{"a\\/b":"1"}}'));
});

Deno.test("what does not begin and end as an entry is read", () => {
  const skips = skipsOf(scopeOf({ label: [{ key: "team", value: null }] }));
  assert(skips('{"Id":"1"}'));
  for (const text of ["{}", '{"Id":1}', '{"Id":"1"', "bank", ""]) {
    assert(!skips(text), text);
  }
});

Deno.test("no entry in scope is left out, whatever its names and labels are made of", () => {
  const words = ["web", "wéb-1", 'q"uote', "back\\slash", "tab\t", "ⅷ", "a/b"];
  const scopes = words.flatMap((word) => [
    scopeOf({ name: [namePattern(`*${word}*`)] }),
    scopeOf({ label: [{ key: word, value: null }] }),
    scopeOf({ label: [{ key: "k", value: word }] }),
    scopeOf({ project: [word] }, { name: [namePattern("web")] }),
  ]);
  let inside = 0;
  for (const scope of scopes) {
    for (const name of words) {
      for (
        const [key, value] of [
          [name, "1"],
          ["k", name],
          ["com.docker.compose.project", name],
        ] as const
      ) {
        const facts = {
          id: "1",
          name,
          labels: new Map([[key, value]]),
        };
        if (!judgeObject("containers", scope, facts).inside) continue;
        inside++;
        assertEquals(
          skipsOf(scope)(entry(name, { [key]: value })),
          false,
          name,
        );
      }
    }
  }
  assert(inside > 50);
});
