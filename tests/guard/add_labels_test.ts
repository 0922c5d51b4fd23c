/** What a guard adds to requests, and what it leaves as it is. */

import { assertEquals } from "@std/assert";
import { matchOperation } from "../../lib/docker/match.ts";
import { addLabels } from "../../lib/guard/add_labels.ts";
import { rulesOf } from "./judge/judging.ts";

const RULES = rulesOf({ knobs: { "labels-added": ["owner=ci", "team=a b"] } });
const BOTH = '"owner":"ci","team":"a b"';

/** The body that is sent, and the query; null for what is sent as it came. */
function added(
  target: string,
  body: string | Uint8Array = "",
  rules = RULES,
): [body: string | null, query: string | null] {
  const match = matchOperation("POST", target);
  if (match.kind !== "operation") throw new Error(target);
  const bytes = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body;
  const given = bytes.slice();
  const sent = addLabels(rules, "POST", { match, body: bytes });
  assertEquals(bytes, given);
  return [
    sent.body === null ? null : new TextDecoder().decode(sent.body),
    sent.match === null ? null : sent.match.target.query,
  ];
}

const CREATE = "/v1.41/containers/create?name=x";

for (
  const target of [
    CREATE,
    "/volumes/create",
    "/networks/create",
    "/secrets/create",
    "/configs/create",
    "/secrets/x/update?version=1",
    "/configs/x/update?version=1",
  ]
) {
  Deno.test(`labels are added at the root of ${target}`, () => {
    assertEquals(added(target, '{"n":1.0e2}'), [
      `{"Labels":{${BOTH}},"n":1.0e2}`,
      null,
    ]);
  });
}

for (const target of ["/services/create", "/services/x/update?version=1"]) {
  Deno.test(`labels are added to the service and its containers: ${target}`, () => {
    assertEquals(
      added(
        target,
        '{"Labels":null,"TaskTemplate":{"ContainerSpec":{"Labels":{"owner":"x"}}}}',
      ),
      [
        `{"Labels":{${BOTH}},"TaskTemplate":{"ContainerSpec":{"Labels":{"team":"a b","owner":"x"}}}}`,
        null,
      ],
    );
    // The containers' are left for the judge, who finds that they are missing.
    for (
      const task of ["null", "{}", '{"ContainerSpec":null}', "[]", '"x"']
    ) {
      assertEquals(
        added(target, `{"TaskTemplate":${task},"x":[{}]}`),
        [`{"Labels":{${BOTH}},"TaskTemplate":${task},"x":[{}]}`, null],
      );
    }
  });
}

Deno.test("only keys that are absent are added", () => {
  assertEquals(added(CREATE, '{"Labels":{"owner":"x"}}'), [
    '{"Labels":{"team":"a b","owner":"x"}}',
    null,
  ]);
  assertEquals(added(CREATE, `{"Labels":{${BOTH}}}`), [null, null]);
  assertEquals(added(CREATE, '{"Labels":{"owner":null,"team":1}}'), [
    null,
    null,
  ]);
  // Another key for Docker's engine; the judge takes it for another value.
  assertEquals(added(CREATE, '{"Labels":{"owner=":"","team":""}}'), [
    '{"Labels":{"owner":"ci","owner=":"","team":""}}',
    null,
  ]);
});

Deno.test("a key of the prototype is a label like others", () => {
  const rules = rulesOf({
    knobs: { "labels-added": ["__proto__=x", "constructor=y"] },
  });
  assertEquals(
    added(CREATE, "{}", rules)[0],
    '{"Labels":{"__proto__":"x","constructor":"y"}}',
  );
  assertEquals(
    added(CREATE, '{"Labels":{"__proto__":"z"},"__proto__":{}}', rules)[0],
    '{"Labels":{"constructor":"y","__proto__":"z"},"__proto__":{}}',
  );
});

Deno.test("what cannot be read, or could be read in another way, is left for the judge", () => {
  for (
    const body of [
      "",
      "null",
      "[]",
      '"x"',
      "1",
      "{",
      '{"Labels":{}}{}',
      '{"Labels":{},"Labels":{}}',
      '{"Labels":{"a":"1","a":"2"}}',
      '{"Labels":{},"labels":{}}',
      '{"labels":{}}',
      '{"LABELS":null}',
      '{"Label\\u017f":{}}',
      '{"Labels":[]}',
      '{"Labels":"x"}',
      '{"Labels":0}',
      '\ufeff{"Labels":{}}',
      '{"Labels":{"\\ud800":""}}',
    ]
  ) assertEquals(added(CREATE, body), [null, null], body);
  const gzip = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  assertEquals(added(CREATE, gzip), [null, null]);
  assertEquals(
    added("/services/create", '{"tasktemplate":{}}')[0],
    `{"Labels":{${BOTH}},"tasktemplate":{}}`,
  );
});

const json = (text: string) => `labels=${encodeURIComponent(text)}`;

Deno.test("a build gets its labels in the query", () => {
  for (
    const [query, expected] of [
      ["", json(`{${BOTH}}`)],
      ["?t=a%20b&q", `t=a%20b&q&${json(`{${BOTH}}`)}`],
      ["?labels=", json(`{${BOTH}}`)],
      ["?labels", json(`{${BOTH}}`)],
      ["?labels=null&t=x", `t=x&${json(`{${BOTH}}`)}`],
      ["?labels={}", json(`{${BOTH}}`)],
      ["?%6cabels=%7B%22a%22%3A%22b+c%22%7D", json(`{${BOTH},"a":"b c"}`)],
      [`?${json('{"owner":"x"}')}`, json('{"team":"a b","owner":"x"}')],
    ] as const
  ) {
    assertEquals(added(`/v1.41/build${query}`), [null, expected], query);
  }
});

Deno.test("a build's labels that are given twice or cannot be read are left for the judge", () => {
  for (
    const query of [
      "labels={}&labels={}",
      "labels={}&%6cabels={}",
      "Labels={}",
      "labels=[]",
      "labels=1",
      'labels={"a":"1","a":"2"}',
      "labels={",
      json(`{${BOTH}}`),
    ]
  ) assertEquals(added(`/build?${query}`), [null, null], query);
});

Deno.test("a commit gets its labels as the first changes", () => {
  const own = "changes=LABEL%20owner%3Dci&changes=LABEL%20team%3D%22a%20b%22";
  assertEquals(added("/commit"), [null, own]);
  assertEquals(added("/commit?container=x&changes=LABEL+owner%3Dci"), [
    null,
    `${own}&container=x&changes=LABEL+owner%3Dci`,
  ]);
  // The body is not touched, and what is there already is not added again.
  assertEquals(added(`/commit?container=x&${own}`, "null"), [null, null]);
  assertEquals(added("/commit?Changes=x"), [null, null]);
});

Deno.test("an import gets its labels as the first changes, and a pull gets none", () => {
  const own = "changes=LABEL%20owner%3Dci&changes=LABEL%20team%3D%22a%20b%22";
  assertEquals(added("/images/create?fromSrc=-&changes=ENV+x%3Dy"), [
    null,
    `${own}&fromSrc=-&changes=ENV+x%3Dy`,
  ]);
  assertEquals(added("/images/create?fromImage=x&changes=ENV+x%3Dy"), [
    null,
    null,
  ]);
});

Deno.test("other operations, and guards without such labels, change nothing", () => {
  assertEquals(added("/containers/x/start", "{}"), [null, null]);
  assertEquals(added("/containers/x/exec", "{}"), [null, null]);
  assertEquals(added("/networks/x/connect", "{}"), [null, null]);
  assertEquals(added("/images/create?fromImage=x"), [null, null]);
  for (const target of [CREATE, "/build", "/commit", "/services/create"]) {
    assertEquals(added(target, "{}", rulesOf({})), [null, null]);
  }
});
